// Operators of C++ that do not call malloc, as those of tcmalloc, jemalloc and mimalloc.

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

alignas(64) char memory[1 << 20];
std::size_t used;

void *take(std::size_t size) {
  if (size > sizeof memory - used) return nullptr;
  void *block = memory + used;
  used += (size + 63) & ~std::size_t(63);
  return block;
}

void *taken(std::size_t size) {
  // As jemalloc, which does so once.
  static void *first = std::malloc(size);
  if (first) return std::exchange(first, nullptr);
  void *block = take(size);
  if (!block) throw std::bad_alloc();
  return block;
}

}  // namespace

// By which it is recognised.
extern "C" {
void *tc_malloc(std::size_t size) { return take(size); }

extern int has_extensions;
int has_extensions = 1;
void *mi_malloc_aligned(std::size_t size, std::size_t) { return take(size); }
void *mi_realloc_aligned(void *, std::size_t size, std::size_t) { return take(size); }
void mi_free_size_aligned(void *, std::size_t, std::size_t) {}
}

void *operator new(std::size_t size) { return taken(size); }
void *operator new[](std::size_t size) { return operator new(size); }
void *operator new(std::size_t size, std::align_val_t) { return taken(size); }
void *operator new(std::size_t size, const std::nothrow_t &) noexcept { return take(size); }
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept { return take(size); }
void operator delete(void *) noexcept {}
void operator delete[](void *block) noexcept { operator delete(block); }
void operator delete(void *block, std::size_t) noexcept { operator delete(block); }
void operator delete[](void *block, std::size_t) noexcept { operator delete(block); }
void operator delete(void *, std::align_val_t) noexcept {}
void operator delete(void *, std::size_t, std::align_val_t) noexcept {}
void operator delete[](void *block, const std::nothrow_t &) noexcept { operator delete(block); }
