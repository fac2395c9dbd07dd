// Memory for calls that come while the allocator's functions are looked up: dlsym of older C libraries
// allocates. It is never reused: a few hundred bytes are needed.

#include <stdatomic.h>

#include "preload.h"

static _Alignas(64) char memory[1 << 16];
static _Atomic size_t used;

void *bootstrap_allocate(size_t size, size_t alignment) {
  if (alignment < 16) alignment = 16;
  size_t start = atomic_fetch_add(&used, size + alignment);
  if (size > sizeof memory || start + size + alignment > sizeof memory)
    die("no memory to start with", "dlsym asks for more than it should");
  uintptr_t address = (uintptr_t)(memory + start);
  return (void *)((address + alignment - 1) & ~(uintptr_t)(alignment - 1));
}

size_t bootstrap_left(const void *pointer) {
  uintptr_t at = (uintptr_t)pointer, start = (uintptr_t)memory;
  return at >= start && at < start + sizeof memory ? start + sizeof memory - at : 0;
}
