// What the driver calls. One thread folds; another one marks, from where clients are answered.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fold.h"

#define AHEAD 8          // events
#define TORN_AFTER_S 10  // a claimed position whose writer does not go on

struct reader {
  struct channel *channel;
  struct fold fold;
  uint64_t position;
  uint64_t lost;     // events whose writer was killed
  uint64_t notes;    // of the last mark, if the program put it
  uint64_t running;  // of the last mark: see the address of an event
  struct totals named;
  struct timeline named_timeline;
  uint64_t marked_at;  // time of the last mark, on the artifact's clock
  _Atomic int is_over;
};

// Makes the channel, in a new file all of which is on the disk. Returns NULL, with errno.
EXPORT struct reader *memory_open(const char *path, uint64_t capacity) {
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return NULL;
  size_t bytes = channel_bytes(capacity);
  void *memory = MAP_FAILED;
  // Else a full disk would kill the writers.
  errno = posix_fallocate(file, 0, (off_t)bytes);
  if (errno == 0) memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  int failure = errno;
  close(file);
  struct reader *reader = memory == MAP_FAILED ? NULL : calloc(1, sizeof *reader);
  if (reader == NULL) {
    errno = failure ? failure : ENOMEM;
    return NULL;
  }
  reader->channel = memory;
  reader->channel->magic = CHANNEL_MAGIC;
  reader->channel->capacity = capacity;
  return reader;
}

EXPORT void memory_close(struct reader *reader) {
  munmap(reader->channel, channel_bytes(reader->channel->capacity));
  owe_nothing(&reader->fold.owed);
  free(reader->fold.weights.all);
  table_clear(&reader->fold.live);
  table_clear(&reader->fold.pending);
  table_clear(&reader->fold.bytes);
  table_clear(&reader->fold.identities.programs);
  table_clear(&reader->fold.identities.threads);
  free(reader);
}

static void pause_ns(long nanoseconds) {
  const struct timespec pause = {0, nanoseconds};
  nanosleep(&pause, NULL);
}

// Puts a mark between the events of the program. KIND_END: no process is left.
EXPORT void memory_mark(struct reader *reader, uint32_t kind) {
  struct channel *channel = reader->channel;
  channel_before_mark(channel, kind);
  uint64_t position = atomic_fetch_add(&channel->reserved, 1);
  while (position - atomic_load(&channel->taken) >= channel->capacity) pause_ns(50000);
  struct event *event = channel_event(channel, position);
  event->kind = kind;
  event->size = event->address = 0;
  atomic_store_explicit(&event->turn, position + 1, memory_order_release);
  channel_after_mark(channel, kind);
  // After the mark: what is not complete by then never will be.
  if (kind == KIND_END) atomic_store(&reader->is_over, 1);
}

static void give_room(const struct reader *reader) {
  atomic_store_explicit(&reader->channel->taken, reader->position, memory_order_release);
}

// Waits for the next event; NULL if it was lost.
static const struct event *next_event(struct reader *reader) {
  struct event *event = channel_event(reader->channel, reader->position);
  struct timespec since = {0, 0}, now;
  for (long spins = 0;; spins++) {
    if (atomic_load_explicit(&event->turn, memory_order_acquire) == reader->position + 1)
      return event;
    if (spins < 200) continue;
    // Writers may wait for this.
    if (spins == 200) give_room(reader);
    if (atomic_load(&reader->channel->reserved) > reader->position) {
      if (atomic_load(&reader->is_over)) return NULL;
      clock_gettime(CLOCK_MONOTONIC, &now);
      if (since.tv_sec == 0) since = now;
      if (now.tv_sec - since.tv_sec > TORN_AFTER_S) return NULL;
    }
    pause_ns(spins < 1000 ? 50000 : 1000000);
  }
}

// What an event needs lies anywhere in large tables: it takes longer to come than to fold.
static void look_ahead(const struct reader *reader) {
  uint64_t position = reader->position + AHEAD;
  const struct event *event = channel_event(reader->channel, position);
  __builtin_prefetch(channel_event(reader->channel, position + AHEAD));
  if (atomic_load_explicit(&event->turn, memory_order_acquire) == position + 1)
    fold_expect(&reader->fold, event);
}

// Folds until a mark, or until `to` is full.
// Returns the bytes written; `kind` becomes that of the mark, or 0.
EXPORT size_t memory_fold(struct reader *reader, char *to, size_t size, uint32_t *kind) {
  size_t written = 0;
  *kind = 0;
  while (*kind == 0 && size - written >= LONGEST_EVENT) {
    const struct event *event = next_event(reader);
    if (event && fold_is_due(&reader->fold, event)) {
      written += fold_due(&reader->fold, to + written);
      continue;
    }
    if (event == NULL) {
      reader->lost++;
    } else {
      written += fold_event(&reader->fold, event, to + written);
      if (event->kind >= KIND_START) {
        reader->marked_at = reader->fold.time += 1000;
        reader->notes = event->size;
        reader->running = event->address;
        *kind = event->kind;
      }
    }
    reader->position++;
    look_ahead(reader);
    // Often enough for the writers, seldom enough for the memory bus.
    if (reader->position % 64 == 0) give_room(reader);
  }
  give_room(reader);
  if (*kind == KIND_NAME) {
    reader->named = reader->fold.totals;
    reader->named_timeline = reader->fold.timeline;
    reader->fold.totals.windows = 0;
  }
  return written;
}

EXPORT uint64_t memory_time(const struct reader *reader) { return reader->marked_at; }
EXPORT uint64_t memory_notes_then(const struct reader *reader) { return reader->notes; }
EXPORT uint64_t memory_running_then(const struct reader *reader) { return reader->running; }
EXPORT uint64_t memory_lost(const struct reader *reader) { return reader->lost; }
EXPORT const struct totals *memory_totals(const struct reader *reader) { return &reader->named; }

// Returns the bytes live at most in each step of the windows of the last name; `step` becomes the calls
// that a step has, the last one maybe fewer.
EXPORT const uint64_t *memory_timeline(const struct reader *reader, uint64_t *step, uint32_t *count) {
  *step = 1ull << reader->named_timeline.doublings;
  *count = timeline_steps(&reader->named_timeline);
  return reader->named_timeline.most;
}

// Returns how many notes there are; more than MOST_NOTES cannot be read.
EXPORT uint32_t memory_notes(const struct reader *reader) {
  return atomic_load(&reader->channel->notes);
}

// Returns how many programs have begun with the preloaded library.
EXPORT uint32_t memory_programs(const struct reader *reader) {
  return atomic_load(&reader->channel->programs);
}

// Chooses which allocations have a call stack: one of enum detail. Before a program begins.
EXPORT void memory_detail(struct reader *reader, uint32_t detail) {
  atomic_store(&reader->channel->detail, detail);
}

// Finds the first node from `node` on by which the windows of the last name allocated something.
EXPORT uint32_t memory_weight(const struct reader *reader, uint32_t node, uint64_t *bytes,
                              uint64_t *calls) {
  struct weight found = {0, 0};
  node = next_weight(&reader->fold.weights, node, &found);
  *bytes = found.bytes;
  *calls = found.calls;
  return node;
}

// Returns the key of a node: see struct stacks.
EXPORT uint64_t memory_node(const struct reader *reader, uint32_t node) {
  return node > 0 && node <= MOST_NODES ? atomic_load(&reader->channel->stacks.nodes[node - 1]) : 0;
}

// Returns what a place is known by; NULL where there is none.
EXPORT const char *memory_place(const struct reader *reader, uint32_t place) {
  return place > 0 && place <= MOST_PLACES ? reader->channel->stacks.places[place - 1].text : NULL;
}

// The program that begins next opens windows itself: one of enum regions.
EXPORT void memory_let_open(struct reader *reader, uint32_t regions) {
  atomic_store(&reader->channel->regions, regions);
}

// Returns the runtimes among these programs, bits of RUNTIME_*.
EXPORT uint32_t memory_runtimes(const struct reader *reader) {
  return atomic_load(&reader->channel->runtimes);
}

// Returns a note, or NULL where it is still being written.
EXPORT const struct note *memory_note(const struct reader *reader, uint32_t number) {
  const struct note *note = &reader->channel->note[number];
  return number < MOST_NOTES && atomic_load(&note->reason) ? note : NULL;
}
