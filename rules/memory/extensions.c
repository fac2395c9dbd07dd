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
#define ALIGN_EACH(name)                                                                 \
  OUTER_NEW(name, KIND_ALIGNED, count * size, (size_t count, size_t size, size_t alignment), \
            (count, size, alignment))
#define EACH(name) \
  OUTER_NEW(name, KIND_MALLOC, count * size, (size_t count, size_t size), (count, size))
#define RELEASE(name) OUTER_DELETE(name, (void *block), (block))
#define RELEASE_WITH(name) OUTER_DELETE(name, (void *block, size_t with), (block, with))

ALLOCATE(mi_malloc)
CLEAR(mi_zalloc)
CLEAR_EACH(mi_calloc)
ALIGN(mi_malloc_aligned)
ALIGN(mi_zalloc_aligned)
ALIGN_EACH(mi_calloc_aligned)
EACH(mi_mallocn)
ALLOCATE(mi_malloc_small)
CLEAR(mi_zalloc_small)
ALLOCATE(mi_new)
ALLOCATE(mi_new_nothrow)
ALIGN(mi_new_aligned)
RELEASE(mi_free)
RELEASE_WITH(mi_free_size)
RELEASE_WITH(mi_free_aligned)
OUTER_DELETE(mi_free_size_aligned, (void *block, size_t size, size_t alignment),
             (block, size, alignment))

ALLOCATE(tc_malloc)
CLEAR_EACH(tc_calloc)
OUTER_NEW(tc_memalign, KIND_ALIGNED, size, (size_t alignment, size_t size), (alignment, size))
ALLOCATE(tc_new)
ALLOCATE(tc_newarray)
RELEASE(tc_free)
RELEASE_WITH(tc_free_sized)
RELEASE(tc_delete)
RELEASE(tc_deletearray)

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
REALLOCATE(mi_realloc_aligned, (void *block, size_t size, size_t alignment),
           (block, size, alignment))
REALLOCATE(tc_realloc, (void *block, size_t size), (block, size))
REALLOCATE(rallocx, (void *block, size_t size, int flags), (block, size, flags))
