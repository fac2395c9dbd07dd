// Functions that jemalloc, mimalloc and tcmalloc offer beside those of the C library, of a static program
// that such an allocator is linked into. They come with its malloc.

#define _GNU_SOURCE
#define OUTER_LINKAGE __attribute__((weak))
#include "outer.h"

#define ALLOCATE(name) OUTER_NEW(name, KIND_MALLOC, size, (size_t size), (size))
#define CLEAR(name) OUTER_NEW(name, KIND_CALLOC, size, (size_t size), (size))
#define CLEAR_EACH(name) \
  OUTER_NEW(name, KIND_CALLOC, count * size, (size_t count, size_t size), (count, size))
#define ALIGN(name) \
  OUTER_NEW(name, KIND_ALIGNED, size, (size_t size, size_t alignment), (size, alignment))
#define RELEASE(name) OUTER_DELETE(name, (void *block), (block))

ALLOCATE(mi_malloc)
CLEAR(mi_zalloc)
CLEAR_EACH(mi_calloc)
ALIGN(mi_malloc_aligned)
ALIGN(mi_zalloc_aligned)
RELEASE(mi_free)

ALLOCATE(tc_malloc)
CLEAR_EACH(tc_calloc)
RELEASE(tc_free)

OUTER_NEW(mallocx, KIND_MALLOC, size, (size_t size, int flags), (size, flags))
OUTER_DELETE(dallocx, (void *block, int flags), (block, flags))
OUTER_DELETE(sdallocx, (void *block, size_t size, int flags), (block, size, flags))

#define REALLOCATE(name, parameters, arguments)                  \
  OUTER_REAL(void *, name, parameters)                           \
  EXPORT void *FUNCTION(name) parameters {                       \
    void *(*real) parameters = name##_real();                    \
    if (!real) die("the allocator has no such function", #name); \
    if (block) emit(KIND_REALLOC_OLD, block, 0, NULL);           \
    void *result = real arguments;                               \
    if (block && result)                                         \
      emit(KIND_REALLOC, result, size, block);                   \
    else if (block)                                              \
      emit(KIND_REALLOC_FAILED, block, 0, NULL);                 \
    else if (result)                                             \
      emit(KIND_MALLOC, result, size, NULL);                     \
    return result;                                               \
  }

REALLOCATE(mi_realloc, (void *block, size_t size), (block, size))
REALLOCATE(tc_realloc, (void *block, size_t size), (block, size))
REALLOCATE(rallocx, (void *block, size_t size, int flags), (block, size, flags))
