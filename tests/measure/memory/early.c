// A library that allocates in its constructor, as libstdc++ does, and on demand.

#include <stdlib.h>

static void *pool;

__attribute__((constructor)) static void begin(void) {
#ifndef ALLOCATES
  pool = malloc(72704);
#endif
}

void *allocate_in_library(size_t size) { return pool = malloc(size); }
