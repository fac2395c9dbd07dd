// Finds the functions of the allocator that comes next: the C library's, or that of a library such
// as jemalloc.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

#include "preload.h"

static struct real found;
static _Atomic int state;  // 0 before, 1 while they are looked up, 2 after

static void look_up(void) {
  const struct {
    void **place;
    const char *name;
  } names[] = {
      {(void **)&found.free, "free"},
      {(void **)&found.calloc, "calloc"},
      {(void **)&found.realloc, "realloc"},
      {(void **)&found.aligned_alloc, "aligned_alloc"},
      {(void **)&found.memalign, "memalign"},
      {(void **)&found.posix_memalign, "posix_memalign"},
      {(void **)&found.valloc, "valloc"},
      {(void **)&found.pvalloc, "pvalloc"},
      {(void **)&found.free_sized, "free_sized"},
      {(void **)&found.free_aligned_sized, "free_aligned_sized"},
      {(void **)&found.malloc, "malloc"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    *names[i].place = dlsym(RTLD_NEXT, names[i].name);
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
