// Allocates by operators of C++: 400, 128, 200, 7 and 101 bytes; then 33 by malloc. With an argument it
// fails to allocate before that.

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

// Where own_operators.cc is.
extern "C" {
extern int has_extensions __attribute__((weak));
void *mi_malloc_aligned(std::size_t, std::size_t) __attribute__((weak));
void *mi_realloc_aligned(void *, std::size_t, std::size_t) __attribute__((weak));
void mi_free_size_aligned(void *, std::size_t, std::size_t) __attribute__((weak));
}

namespace {

struct alignas(64) Wide {
  char bytes[128];
};

void keep(void *block) { asm volatile("" : : "g"(block) : "memory"); }

}  // namespace

int main(int count, char **) {
  if (&has_extensions) {  // as mimalloc's crate for Rust grows a Vec
    void *block = mi_realloc_aligned(mi_malloc_aligned(2000, 8), 4000, 8);
    keep(block);
    mi_free_size_aligned(block, 4000, 8);
  }
  auto *numbers = new int[100];
  keep(numbers);
  delete[] numbers;
  auto *wide = new Wide;
  keep(wide);
  delete wide;
  std::vector<int> vector(50);
  keep(vector.data());
  auto *text = new (std::nothrow) char[7];
  keep(text);
  operator delete[](text, std::nothrow);
  std::string string(100, 'x');
  keep(string.data());
  if (count > 1 && ::operator new(std::size_t(-1) / 4, std::nothrow)) return 1;
  if (count > 1) try {
      keep(::operator new(std::size_t(-1) / 4));
      return 1;
    } catch (const std::bad_alloc &) {
    }
  void *block = std::malloc(33);
  keep(block);
  std::free(block);
  return 0;
}
