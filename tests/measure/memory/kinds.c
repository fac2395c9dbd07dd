// Each function of the allocator once: peak 1000, total 3258, 12 calls.

#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  void *volatile block;
  void *aligned;
  free(block = malloc(512));
  free(block = calloc(10, 100));
  block = malloc(100);
  block = realloc(block, 200);
  block = realloc(block, 0);
  free(block = malloc(33));
  free(block = aligned_alloc(64, 512));
  if (posix_memalign(&aligned, 128, 768)) return 1;
  free(aligned);
  free(block = memalign(64, 96));
  free(block = valloc(10));
  free(block = reallocarray(NULL, 3, 7));
  free(block = malloc(0));
  free(block = strdup("kinds"));
  return 0;
}
