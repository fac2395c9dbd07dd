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

static _Atomic uintptr_t silent;  // the thread that is

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

void silence(int begins) {
  uintptr_t none = 0;
  if (!begins) atomic_store(&silent, 0);
  while (begins && !atomic_compare_exchange_weak(&silent, &none, own_thread())) none = 0;
}

int is_silent(void) {
  uintptr_t thread = atomic_load_explicit(&silent, memory_order_relaxed);
  return !LIKELY(thread == 0) && thread == own_thread();
}

#endif
