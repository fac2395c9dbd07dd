// Functions of an allocator that may or may not call those of allocators.c. A call is counted once:
// by the inner function if there is one, else by the outer.

#ifndef RULES_MEMORY_OUTER_H_
#define RULES_MEMORY_OUTER_H_

#include "names.h"
#include "preload.h"

#ifdef MEMORY_WRAPPED
#define OUTER_REAL(result, name, parameters)            \
  extern result __real_##name parameters OUTER_LINKAGE; \
  static result (*name##_real(void)) parameters { return __real_##name; }
#else
// Looks a function up once.
void *find_operator(void *_Atomic *place, const char *name);
#define OUTER_REAL(result, name, parameters)     \
  static result (*name##_real(void)) parameters { \
    static void *_Atomic place;                  \
    return find_operator(&place, #name);         \
  }
#endif

#define OUTER_NEW(name, kind, bytes, parameters, arguments)                                \
  OUTER_REAL(void *, name, parameters)                                                     \
  EXPORT void *FUNCTION(name) parameters {                                                 \
    void *(*real) parameters = name##_real();                                              \
    if (!real) die("the allocator has no such function", #name);                           \
    struct calls *calls = own_calls();                                                     \
    uint64_t before = calls ? calls->allocations : 0;                                      \
    void *block = real arguments;                                                          \
    if (calls && block && calls->allocations == before) emit(kind, block, bytes, NULL);    \
    return block;                                                                          \
  }

#define OUTER_DELETE(name, parameters, arguments)                \
  OUTER_REAL(void, name, parameters)                             \
  EXPORT void FUNCTION(name) parameters {                        \
    void (*real) parameters = name##_real();                     \
    if (!real) die("the allocator has no such function", #name); \
    struct calls *calls = own_calls();                           \
    const void *before = calls ? calls->freed : NULL;            \
    if (calls) {                                                 \
      if (block) emit(KIND_FREE, block, 0, NULL);                \
      calls->freed = block;                                      \
    }                                                            \
    real arguments;                                              \
    if (calls) calls->freed = before;                            \
  }

#endif  // RULES_MEMORY_OUTER_H_
