// Allocates twice by an allocator that a library brings, which frees nothing.

#include <stdint.h>
#include <stdlib.h>

int main(void) {
  char *first = malloc(100), *second = calloc(20, 10);
  // Of that library: its blocks lie one after the other in an array of a megabyte.
  intptr_t distance = second - first;
  return !(distance >= 100 && distance <= 1000);
}
