// A program with an allocator of its own.

#include <stddef.h>
#include <string.h>

static _Alignas(64) char memory[1 << 20];
static size_t used;

void *malloc(size_t size) {
  void *block = memory + used;
  used += (size + 63) & ~(size_t)63;
  return block;
}

void *calloc(size_t count, size_t size) { return malloc(count * size); }

void *realloc(void *block, size_t size) {
  void *result = malloc(size);
  if (block) memcpy(result, block, size);
  return result;
}

void free(void *block) { (void)block; }

int main(void) { return malloc(100) == NULL; }
