// What each thread has counted, for the functions of allocators that may call others (outer.h).

#define _GNU_SOURCE
#include "preload.h"

#ifdef MEMORY_WRAPPED

struct calls *own_calls(void) {
  static __thread struct calls calls;
  return &calls;
}

int is_silent(void) { return 0; }

#else

#define MOST_THREADS 4096  // that such a function is called from

static _Atomic int are_counted;
static struct {
  _Atomic uintptr_t thread;
  struct calls calls;
} all[MOST_THREADS];

#define MOST_SILENT 64  // threads at a time

static _Atomic int silences;
static _Atomic uintptr_t silent[MOST_SILENT];  // threads

static uintptr_t own_thread(void) { return (uintptr_t)__builtin_thread_pointer(); }

void count_calls(void) { atomic_store(&are_counted, 1); }

struct calls *own_calls(void) {
  if (LIKELY(!atomic_load_explicit(&are_counted, memory_order_relaxed))) return NULL;
  uintptr_t thread = own_thread();
  // Thread pointers are used again, so an entry is kept.
  for (size_t i = 0; i < MOST_THREADS; i++) {
    size_t at = (((thread >> 6) * 0x9e3779b97f4a7c15u >> 32) + i) & (MOST_THREADS - 1);
    uintptr_t none = 0;
    if (atomic_load_explicit(&all[at].thread, memory_order_relaxed) == thread) return &all[at].calls;
    if (atomic_compare_exchange_strong(&all[at].thread, &none, thread)) return &all[at].calls;
  }
  die("too many threads", "operators of C++ of an allocator are counted for 4,096");
}

// No lock: a thread that holds the loader's may wait for one that waits for that.
size_t silence_begins(void) {
  atomic_fetch_add(&silences, 1);
  for (size_t place = 0;; place = (place + 1) % MOST_SILENT) {
    uintptr_t none = 0;
    if (atomic_compare_exchange_strong(&silent[place], &none, own_thread())) return place;
  }
}

void silence_ends(size_t place) {
  atomic_store(&silent[place], 0);
  atomic_fetch_sub(&silences, 1);
}

int is_silent(void) {
  if (LIKELY(atomic_load_explicit(&silences, memory_order_relaxed) == 0)) return 0;
  for (size_t place = 0; place < MOST_SILENT; place++)
    if (atomic_load_explicit(&silent[place], memory_order_relaxed) == own_thread()) return 1;
  return 0;
}

#endif
