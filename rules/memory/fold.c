// Folds events into totals (spec: memory 8).
//
// Only blocks of the windows since the last name count: the free of an older one frees nothing. An
// allocation that gives a live block again, with its size, is the inner call of the one before: some
// C libraries implement one function of the allocator by another. Between windows blocks die, and none is
// added.

#include "fold.h"

#define TICK 1000  // ns

static struct entry *bytes_of(struct fold *fold, uint64_t program) {
  struct entry *found = table_find(&fold->bytes, program, 1);
  return found ? found : table_add(&fold->bytes, program, 1);
}

static void grow(struct fold *fold, uint64_t program, uint64_t size) {
  fold->current += size;
  bytes_of(fold, program)->size += size;
  if (fold->current > fold->totals.peak) fold->totals.peak = fold->current;
}

static void shrink(struct fold *fold, uint64_t program, uint64_t size) {
  fold->current -= size;
  bytes_of(fold, program)->size -= size;
}

static void drop(struct fold *fold, struct entry *block) {
  shrink(fold, block->first, block->size);
  table_remove(&fold->live, block);
}

// Adds a block in place of a stale one, which was freed unseen; returns the address by which it is known.
static uint64_t add(struct fold *fold, uint64_t program, const struct event *event,
                    uint64_t known_as, struct entry *stale) {
  uint64_t address = event->address, size = event->size;
  if (stale) drop(fold, stale);
  // Of programs that have ended.
  table_make_room(&fold->live, &fold->bytes, 1);
  struct entry *block = table_add(&fold->live, program, address);
  block->size = size;
  block->number = known_as ? known_as : identities_block(&fold->identities);
  known_as = block->number;
  grow(fold, program, size);
  fold->totals.total += size;
  fold->totals.calls++;
  weigh(&fold->weights, event->stack, size);
  if (size > fold->totals.largest) fold->totals.largest = size;
  return known_as;
}

// Takes the block that a thread reallocates out of the table: another thread may get its address.
static void set_aside(struct fold *fold, uint64_t program, const struct event *event) {
  struct entry *aside = table_find(&fold->pending, program, event->thread | 1);
  if (aside == NULL) {
    table_make_room(&fold->pending, &fold->bytes, 1);
    aside = table_add(&fold->pending, program, event->thread | 1);
  }
  struct entry *block = table_find(&fold->live, program, event->address);
  aside->size = block ? block->size : 0;
  aside->number = block ? block->number : 0;
  if (block) table_remove(&fold->live, block);
}

static struct entry take_aside(struct fold *fold, uint64_t program, const struct event *event) {
  struct entry *aside = table_find(&fold->pending, program, event->thread | 1), none = {0, 0, 0, 0};
  if (aside == NULL) return none;
  none = *aside;
  table_remove(&fold->pending, aside);
  return none;
}

static void put_back(struct fold *fold, uint64_t program, const struct event *event) {
  struct entry aside = take_aside(fold, program, event);
  if (aside.number == 0) return;
  struct entry *block = table_add(&fold->live, program, event->address);
  block->size = aside.size;
  block->number = aside.number;
}

static void reallocate(struct fold *fold, uint64_t program, const struct event *event,
                       struct record *record, struct entry *stale) {
  struct entry aside = take_aside(fold, program, event);
  record->old = aside.number ? aside.number : identities_block(&fold->identities);
  if (aside.number) shrink(fold, program, aside.size);
  uint64_t known_as = event->address == event->old ? record->old : 0;
  record->address = add(fold, program, event, known_as, stale);
}

static void end_program(struct fold *fold, uint32_t process) {
  uint64_t number = identities_process(&fold->identities, process);
  uint64_t program = identities_ended(&fold->identities, process);
  struct entry *bytes = program ? table_find(&fold->bytes, program, 1) : NULL;
  if (bytes == NULL) return;
  if (bytes->size) owe_program(&fold->owed, &fold->live, program, number);
  fold->left += bytes->size;
  fold->current -= bytes->size;
  table_remove(&fold->bytes, bytes);
}

static void begin(struct fold *fold) {
  if (fold->totals.windows++ == 0) {
    struct totals fresh = {0, 0, 0, 0, 0, 1};
    fold->totals = fresh;
    fold->current = fold->left = 0;
    fold->timeline.calls = fold->timeline.doublings = 0;
    owe_nothing(&fold->owed);
    weigh_nothing(&fold->weights);
    table_clear(&fold->live);
    table_clear(&fold->pending);
    table_clear(&fold->bytes);
  }
  fold->is_open = 1;
}

// Folds in a call of the allocator; returns whether it has a record.
static int call(struct fold *fold, const struct event *event, struct record *record) {
  struct program program = identities_program(&fold->identities, event->process);
  struct entry *block = table_find(&fold->live, program.number, event->address);
  record->process = program.process;
  record->thread = identities_thread(&fold->identities, program, event->thread);
  switch (event->kind) {
    case KIND_REALLOC_OLD:
      set_aside(fold, program.number, event);
      return 0;
    case KIND_REALLOC_FAILED:
      put_back(fold, program.number, event);
      return 0;
    case KIND_FREE:
      record->address = block ? block->number : identities_block(&fold->identities);
      if (block) drop(fold, block);
      return 1;
    case KIND_REALLOC:
      reallocate(fold, program.number, event, record, block);
      return 1;
    default:
      if (block && block->size == event->size) return 0;
      record->address = add(fold, program.number, event, 0, block);
      return 1;
  }
}

// Folds in the end of a block between two windows of one name.
static void call_between(struct fold *fold, const struct event *event) {
  uint64_t program = identities_known(&fold->identities, event->process);
  if (program == 0) return;
  struct entry *block = table_find(&fold->live, program, event->address), aside;
  uint64_t process = identities_process(&fold->identities, event->process);
  switch (event->kind) {
    case KIND_REALLOC_OLD:
      set_aside(fold, program, event);
      break;
    case KIND_REALLOC_FAILED:
      put_back(fold, program, event);
      break;
    case KIND_REALLOC:
      aside = take_aside(fold, program, event);
      if (aside.number) owe(&fold->owed, process, aside.number);
      shrink(fold, program, aside.size);
      break;
    case KIND_FREE:
      if (block == NULL) break;
      owe(&fold->owed, process, block->number);
      drop(fold, block);
  }
}

void fold_expect(const struct fold *fold, const struct event *event) {
  const struct table *programs = &fold->identities.programs;
  if (programs->count == 0) return;
  table_expect(&fold->live, programs->entries[programs->last].size, event->address);
  if (fold->weights.all && event->stack <= MOST_NODES)
    __builtin_prefetch(&fold->weights.all[event->stack], 1);
}

int fold_is_due(const struct fold *fold, const struct event *event) {
  return fold->is_open && event->kind <= KIND_ALIGNED && event->kind != KIND_FREE &&
         owes(&fold->owed);
}

size_t fold_due(struct fold *fold, char *to) {
  struct debt next = pay(&fold->owed);
  fold->time += TICK;
  struct record record = {next.process, next.process, fold->time, next.address, 0, 0, KIND_FREE};
  return artifact_write(to, &record);
}

size_t fold_event(struct fold *fold, const struct event *event, char *to) {
  switch (event->kind) {
    case KIND_START:
      begin(fold);
      return 0;
    case KIND_STOP:
      fold->is_open = 0;
      return 0;
    case KIND_NAME:
      fold->totals.live = fold->current + fold->left;
      return 0;
    case KIND_CHILD:
      // Its id may be that of a process that was killed.
      end_program(fold, event->process);
      identities_forget(&fold->identities, event->process);
      return 0;
    case KIND_IMAGE:
    case KIND_EXIT:
      end_program(fold, event->process);
      return 0;
  }
  if (event->kind >= KIND_IMAGE) return 0;
  if (!fold->is_open) {
    if (fold->totals.windows) call_between(fold, event);
    return 0;
  }
  struct record record = {0, 0, 0, 0, 0, event->size, event->kind};
  if (!call(fold, event, &record)) return 0;
  timeline_add(&fold->timeline, fold->current);
  record.time = fold->time += TICK;
  return artifact_write(to, &record);
}
