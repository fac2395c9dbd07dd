// A program with an allocator of its own, whose functions are named as those of jemalloc in Rust.

#include <stddef.h>
#include <stdio.h>

static char memory[1 << 20];

__attribute__((noinline)) void *_rjem_malloc(size_t size) {
  if (size <= sizeof memory) return memory;
  fputs("<jemalloc>: Error allocating memory\n", stderr);
  return NULL;
}

int main(int count, char **arguments) {
  (void)arguments;
  return _rjem_malloc(100 * (size_t)count) == NULL;
}
