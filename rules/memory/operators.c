// Operators new and delete of C++, by their mangled names (Itanium C++ ABI, 5.1.3). Those of libstdc++
// and libc++ call malloc and free; those of tcmalloc, jemalloc and mimalloc need not.

#define _GNU_SOURCE
#define OUTER_LINKAGE  // pulled in from an archive
#include "outer.h"

#define PLAIN(name) OUTER_NEW(name, KIND_MALLOC, size, (size_t size), (size))
#define NOTHROW(name) \
  OUTER_NEW(name, KIND_MALLOC, size, (size_t size, const void *tag), (size, tag))
#define ALIGNED(name) \
  OUTER_NEW(name, KIND_ALIGNED, size, (size_t size, size_t alignment), (size, alignment))
#define ALIGNED_NOTHROW(name)                                                               \
  OUTER_NEW(name, KIND_ALIGNED, size, (size_t size, size_t alignment, const void *tag), \
            (size, alignment, tag))

PLAIN(_Znwm)
PLAIN(_Znam)
NOTHROW(_ZnwmRKSt9nothrow_t)
NOTHROW(_ZnamRKSt9nothrow_t)
ALIGNED(_ZnwmSt11align_val_t)
ALIGNED(_ZnamSt11align_val_t)
ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)

// With a size, an alignment, or the tag of nothrow, which are passed in the same registers.
#define DELETE(name) OUTER_DELETE(name, (void *block), (block))
#define DELETE_1(name) OUTER_DELETE(name, (void *block, uintptr_t one), (block, one))
#define DELETE_2(name) \
  OUTER_DELETE(name, (void *block, uintptr_t one, uintptr_t two), (block, one, two))

DELETE(_ZdlPv)
DELETE(_ZdaPv)
DELETE_1(_ZdlPvm)
DELETE_1(_ZdaPvm)
DELETE_1(_ZdlPvRKSt9nothrow_t)
DELETE_1(_ZdaPvRKSt9nothrow_t)
DELETE_1(_ZdlPvSt11align_val_t)
DELETE_1(_ZdaPvSt11align_val_t)
DELETE_2(_ZdlPvmSt11align_val_t)
DELETE_2(_ZdaPvmSt11align_val_t)
DELETE_2(_ZdlPvSt11align_val_tRKSt9nothrow_t)
DELETE_2(_ZdaPvSt11align_val_tRKSt9nothrow_t)
