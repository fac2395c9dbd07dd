// Finds the functions of the allocator that comes next: the C library's, or that of a library such
// as jemalloc.

#define _GNU_SOURCE
#include "names.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

#include "preload.h"

// In glibc with malloc, which a program may replace; in musl each by itself.
#ifdef __GLIBC__
#define ALIGNED NEXT
#else
#define ALIGNED NEEDED
#endif

static struct real found;
static _Atomic int state;  // 0 before, 1 while they are looked up, 2 after

static void look_up(void) {
  *(void **)&found.free = NEEDED(free);
  *(void **)&found.calloc = NEEDED(calloc);
  *(void **)&found.realloc = NEEDED(realloc);
  *(void **)&found.aligned_alloc = ALIGNED(aligned_alloc);
  *(void **)&found.memalign = ALIGNED(memalign);
  *(void **)&found.posix_memalign = ALIGNED(posix_memalign);
  *(void **)&found.valloc = NEXT(valloc);
  *(void **)&found.pvalloc = NEXT(pvalloc);
  *(void **)&found.free_sized = NEXT(free_sized);
  *(void **)&found.free_aligned_sized = NEXT(free_aligned_sized);
  *(void **)&found.malloc = NEEDED(malloc);
  if (!found.malloc || !found.free || !found.calloc || !found.realloc)
    die("no allocator", "no malloc, free, calloc or realloc behind this library");
}

const struct real *real_functions(void) {
  if (LIKELY(atomic_load_explicit(&state, memory_order_acquire) == 2)) return &found;
  int none = 0;
  // The first call is that of the loader or of a constructor: there are no threads yet.
  if (!atomic_compare_exchange_strong(&state, &none, 1)) return none == 2 ? &found : NULL;
  int before = errno;
  look_up();
  errno = before;
  atomic_store_explicit(&state, 2, memory_order_release);
  return &found;
}
