// The functions of an allocator, each with one event per call (spec: memory 5.2).
//
// `reallocarray` of the C library calls `realloc`, that of mimalloc does not: a preloaded library stands
// in for both, so that it is seen once.

#define _GNU_SOURCE
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"

static void *allocated(enum kind kind, void *block, size_t size) {
  if (LIKELY(block != NULL)) emit(kind, block, size, NULL);
  return block;
}

EXPORT void *malloc(size_t size) {
  const struct real *real = real_functions();
  if (real == NULL) return bootstrap_allocate(size, 0);
  return allocated(KIND_MALLOC, real->malloc(size), size);
}

EXPORT void *calloc(size_t count, size_t size) {
  const struct real *real = real_functions();
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  // Fresh bootstrap memory is zero.
  if (real == NULL) return bootstrap_allocate(bytes, 0);
  return allocated(KIND_CALLOC, real->calloc(count, size), bytes);
}

static void release(void (*function)(void *), void *block) {
  if (block == NULL || bootstrap_left(block)) return;
  emit(KIND_FREE, block, 0, NULL);
  function(block);
}

EXPORT void free(void *block) {
  const struct real *real = real_functions();
  if (real != NULL) release(real->free, block);
}

EXPORT void cfree(void *block) { free(block); }

EXPORT void free_sized(void *block, size_t size) {
  const struct real *real = real_functions();
  if (real == NULL || !real->free_sized) return free(block);
  if (block == NULL || bootstrap_left(block)) return;
  emit(KIND_FREE, block, 0, NULL);
  real->free_sized(block, size);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size) {
  const struct real *real = real_functions();
  if (real == NULL || !real->free_aligned_sized) return free(block);
  if (block == NULL || bootstrap_left(block)) return;
  emit(KIND_FREE, block, 0, NULL);
  real->free_aligned_sized(block, alignment, size);
}

// Moves a block that was allocated before the functions were known.
static void *moved(void *block, size_t size, size_t left) {
  void *result = malloc(size);
  if (result) memcpy(result, block, size < left ? size : left);
  return result;
}

EXPORT void *realloc(void *block, size_t size) {
  size_t left = bootstrap_left(block);
  const struct real *real = real_functions();
  if (block == NULL) return malloc(size);
  if (left || real == NULL) return moved(block, size, left);
  if (size == 0) {
    // C libraries differ: the block is freed, or replaced by an empty one. Freed, its address may be
    // another thread's at once, so the event comes before the call.
    emit(KIND_FREE, block, 0, NULL);
    return allocated(KIND_MALLOC, real->realloc(block, 0), 0);
  }
  emit(KIND_REALLOC_OLD, block, 0, NULL);
  void *result = real->realloc(block, size);
  if (LIKELY(result != NULL))
    emit(KIND_REALLOC, result, size, block);
  else
    emit(KIND_REALLOC_FAILED, block, 0, NULL);
  return result;
}

#ifndef MEMORY_WRAPPED
EXPORT void *reallocarray(void *block, size_t count, size_t size) {
  size_t bytes;
  if (!__builtin_mul_overflow(count, size, &bytes)) return realloc(block, bytes);
  errno = ENOMEM;
  return NULL;
}
#endif

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  const struct real *real = real_functions();
  if (real == NULL) return bootstrap_allocate(size, alignment);
  if (!real->aligned_alloc) die("the allocator has no such function", "aligned_alloc");
  return allocated(KIND_ALIGNED, real->aligned_alloc(alignment, size), size);
}

EXPORT void *memalign(size_t alignment, size_t size) {
  const struct real *real = real_functions();
  if (real == NULL) return bootstrap_allocate(size, alignment);
  if (!real->memalign) return aligned_alloc(alignment, size);
  return allocated(KIND_ALIGNED, real->memalign(alignment, size), size);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size) {
  const struct real *real = real_functions();
  if (real == NULL) {
    *block = bootstrap_allocate(size, alignment);
    return 0;
  }
  if (!real->posix_memalign) die("the allocator has no such function", "posix_memalign");
  int status = real->posix_memalign(block, alignment, size);
  if (status == 0) allocated(KIND_ALIGNED, *block, size);
  return status;
}

static void *page_aligned(void *(*function)(size_t), size_t size) {
  if (function == NULL) {
    errno = ENOSYS;
    return NULL;
  }
  return allocated(KIND_MALLOC, function(size), size);
}

EXPORT void *valloc(size_t size) {
  const struct real *real = real_functions();
  return real ? page_aligned(real->valloc, size) : bootstrap_allocate(size, 4096);
}

EXPORT void *pvalloc(size_t size) {
  const struct real *real = real_functions();
  return real ? page_aligned(real->pvalloc, size) : bootstrap_allocate(size, 4096);
}
