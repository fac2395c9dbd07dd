// Sorting: the standard library against two textbook algorithms.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/benchmarks/native/harness.h"

namespace {

// Numbers without a pattern, the same on every machine (Knuth's LCG).
std::vector<uint32_t> Numbers(size_t count) {
  std::vector<uint32_t> numbers(count);
  uint64_t state = 42;
  for (auto& n : numbers) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    n = static_cast<uint32_t>(state >> 32);
  }
  return numbers;
}

void InsertionSort(std::vector<uint32_t>& v) {
  for (size_t i = 1; i < v.size(); ++i) {
    uint32_t x = v[i];
    size_t j = i;
    for (; j > 0 && v[j - 1] > x; --j) v[j] = v[j - 1];
    v[j] = x;
  }
}

void RadixSort(std::vector<uint32_t>& v) {
  std::vector<uint32_t> other(v.size());
  for (int shift = 0; shift < 32; shift += 8) {
    size_t count[257] = {};
    for (uint32_t x : v) ++count[((x >> shift) & 255) + 1];
    for (int i = 0; i < 256; ++i) count[i + 1] += count[i];
    for (uint32_t x : v) other[count[(x >> shift) & 255]++] = x;
    v.swap(other);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto few = Numbers(200), many = Numbers(5000);
  const auto sorting = [](const std::vector<uint32_t>& numbers, auto sort) {
    return [&numbers, sort] {
      auto copy = numbers;
      sort(copy);
      harness::Keep(copy.data());
    };
  };
  const auto standard = [](std::vector<uint32_t>& v) { std::sort(v.begin(), v.end()); };
  return harness::Main(argc, argv, __FILE__,
                       {
                           {"insertion_sort[200]", sorting(few, InsertionSort)},
                           {"std_sort[200]", sorting(few, standard)},
                           {"std_sort[5000]", sorting(many, standard)},
                           {"radix_sort[5000]", sorting(many, RadixSort)},
                       });
}
