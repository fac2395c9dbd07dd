// Writes events. Writers of all processes claim positions in one stream, so its order is that of the
// calls: an allocation is written after the allocator returned, a free before it is called.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "preload.h"

#define PATIENCE_S 60  // that the driver may take nothing
#define WRITERS 16     // that may claim at once without waiting for room

static _Atomic uint64_t taken_before;  // at least so many: saves reading what the driver writes

// Whether a position is among so many after those that were taken. It may be one that was free some
// time ago, and has been taken since.
static int is_within(uint64_t events, uint64_t position, uint64_t taken) {
  return (int64_t)(position - taken) < (int64_t)events;
}

// Waits until a position is among so many that are free: an event is never dropped.
static __attribute__((noinline)) void wait_for_room(struct channel *channel, uint64_t position,
                                                    uint64_t events) {
  int before = errno;
  uint64_t last = 0;
  long pauses = 0;
  const struct timespec pause = {0, 50000};
  for (;;) {
    uint64_t taken = atomic_load_explicit(&channel->taken, memory_order_acquire);
    atomic_store_explicit(&taken_before, taken, memory_order_relaxed);
    if (is_within(events, position, taken)) break;
    pauses = taken == last ? pauses + 1 : 0;
    last = taken;
    if (pauses > PATIENCE_S * 1000000000L / 2 / pause.tv_nsec)
      die("the driver takes no events", "it has ended, or is stopped");
    nanosleep(&pause, NULL);
  }
  errno = before;
}

static int has_room(const struct channel *channel, uint64_t position) {
  uint64_t taken = atomic_load_explicit(&taken_before, memory_order_relaxed);
  return LIKELY(is_within(channel->capacity, position, taken));
}

static void put(struct channel *channel, enum kind kind, const void *address, size_t size,
                const void *old, uint32_t stack) {
  uint32_t process = process_id();
  // Before a position is claimed: what is killed while it waits must leave none that is not written.
  uint64_t next = atomic_load_explicit(&channel->reserved, memory_order_relaxed);
  // It waits for half of the channel: on a busy machine each time that it wakes up costs.
  if (!has_room(channel, next + WRITERS))
    wait_for_room(channel, next + WRITERS, channel->capacity / 2);
  uint64_t position = atomic_fetch_add_explicit(&channel->reserved, 1, memory_order_relaxed);
  if (!has_room(channel, position)) wait_for_room(channel, position, channel->capacity);
  struct event *event = channel_event(channel, position);
  event->address = (uintptr_t)address;
  event->size = size;
  event->old = (uintptr_t)old;
  event->stack = stack;
  event->thread = (uintptr_t)__builtin_thread_pointer();
  event->process = process;
  event->kind = kind;
  atomic_store_explicit(&event->turn, position + 1, memory_order_release);
}

// Whether a call is not the program's, or is counted outside.
static int is_inside(enum kind kind, const void *block) {
  if (is_silent()) return 1;
  struct calls *calls = own_calls();
  if (LIKELY(calls == NULL)) return 0;
  if (kind != KIND_FREE) calls->allocations++;
  return kind == KIND_FREE && block == calls->freed;
}

static int is_wanted(enum kind kind, enum state state) {
  if (LIKELY(state == STATE_OPEN)) return 1;
  if (kind == KIND_EXIT) return 1;
  return state == STATE_BETWEEN && (kind == KIND_FREE || kind == KIND_REALLOC ||
                                    kind == KIND_REALLOC_OLD || kind == KIND_REALLOC_FAILED);
}

#ifdef MEMORY_WRAPPED
static uint32_t stack_of(enum kind kind) { return (void)kind, 0; }
#else
static uint32_t stack_of(enum kind kind) {
  int allocates = kind == KIND_MALLOC || kind == KIND_CALLOC || kind == KIND_REALLOC || kind == KIND_ALIGNED;
  return allocates ? own_stack() : 0;
}
#endif

void emit(enum kind kind, const void *address, size_t size, const void *old) {
  struct channel *channel = attached();
  if (is_inside(kind, address) || channel == NULL) return;
  // Also where no window is open: there may be more threads when one is.
  enum kind first = beginning();
  if (first) put(channel, first, NULL, 0, NULL, 0);
  if (kind == KIND_IMAGE) return;
  enum state state = atomic_load_explicit(&channel->state, memory_order_acquire);
  if (is_wanted(kind, state))
    put(channel, kind, address, size, old, state == STATE_OPEN ? stack_of(kind) : 0);
}

// Returns 1 more than the number of the first process whose calls cannot be seen and that runs; 0 if none does.
static uint32_t running_unseen(struct channel *channel, uint32_t notes) {
  int before = errno;
  uint32_t found = 0;
  for (uint32_t i = notes < MOST_NOTES ? notes : MOST_NOTES; i > 0; i--)
    if (kill((pid_t)channel->note[i - 1].process, 0) == 0 || errno == EPERM) found = i;
  errno = before;
  return found;
}

void emit_mark(enum kind kind) {
  struct channel *channel = attached();
  if (channel == NULL) return;
  uint32_t notes = atomic_load(&channel->notes);
  uintptr_t running = kind == KIND_START ? running_unseen(channel, notes) : 0;
  channel_before_mark(channel, kind);
  put(channel, kind, (void *)running, notes, NULL, 0);
  channel_after_mark(channel, kind);
}

static void copy(char *target, const char *source, size_t size) {
  size_t length = strnlen(source, size - 1);
  memcpy(target, source, length);
  target[length] = 0;
}

void leave_note(enum reason reason, uint32_t process, const char *program, const char *detail) {
  struct channel *channel = attached();
  if (channel == NULL) return;
  uint32_t number = atomic_fetch_add(&channel->notes, 1);
  if (number >= MOST_NOTES) return;  // the driver sees that there are too many
  struct note *note = &channel->note[number];
  note->process = process;
  copy(note->program, program, sizeof note->program);
  copy(note->detail, detail, sizeof note->detail);
  atomic_store_explicit(&note->reason, reason, memory_order_release);
}
