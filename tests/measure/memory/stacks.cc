// Allocations at known depths, by functions without frame pointers. A thread makes some of them.

#include <cstdlib>
#include <thread>
#include <vector>

extern "C" {

__attribute__((noinline)) void *innermost(size_t size) {
  void *volatile block = malloc(size);
  return block;
}

__attribute__((noinline)) void deeper(int depth, size_t size) {
  if (depth > 0) {
    deeper(depth - 1, size);
  } else {
    free(innermost(size));
  }
  __asm__ volatile("");
}

// Its frame has a size that only the run knows.
__attribute__((noinline)) void of_any_size(size_t count) {
  volatile char *room = static_cast<volatile char *>(alloca(count));
  room[0] = 1;
  deeper(0, 100);
  __asm__ volatile("" : : "r"(room));
}

__attribute__((noinline)) void by_operators() {
  std::vector<int> values(250);
  __asm__ volatile("" : : "r"(values.data()));
}
}

int main(int count, char **) {
  deeper(3, 10);
  deeper(200, 1);
  of_any_size(static_cast<size_t>(count) * 300);
  by_operators();
  std::thread thread([] { deeper(1, 7); });
  thread.join();
}
