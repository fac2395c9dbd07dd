// Containers whose memory comes from jemalloc, through its operators and its malloc.

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/benchmarks/native/harness.h"

extern "C" int mallctl(const char*, void*, size_t*, void*, size_t);

namespace {

constexpr int kMany = 1000;

void InsertIntoMap() {
  std::map<uint32_t, uint64_t> map;
  for (uint32_t i = 0; i < kMany; ++i) map[i * 2654435761u] = i;
  harness::Keep(map);
}

void GrowStrings() {
  std::vector<std::string> strings;
  for (int i = 0; i < kMany; ++i) strings.emplace_back(static_cast<size_t>(i) % 97, 'x');
  harness::Keep(strings);
}

struct alignas(64) Line {
  uint64_t words[8];
};

void AllocateLines() {
  std::vector<std::unique_ptr<Line>> lines(kMany);
  for (auto& line : lines) line = std::make_unique<Line>();
  harness::Keep(lines);
}

void ReallocateBlock() {
  void* block = nullptr;
  for (size_t size = 64; size <= 64 * kMany; size += 64) block = std::realloc(block, size);
  harness::Keep(block);
  std::free(block);
}

}  // namespace

int main(int argc, char** argv) {
  // Also what makes the linker keep the library.
  const char* version = nullptr;
  size_t size = sizeof version;
  if (mallctl("version", &version, &size, nullptr, 0) != 0) {
    std::fprintf(stderr, "this program runs without jemalloc\n");
    return 1;
  }
  return harness::Main(argc, argv, __FILE__,
                       {
                           {"map_insert[1000]", InsertIntoMap},
                           {"grow_strings[1000]", GrowStrings},
                           {"aligned_lines[1000]", AllocateLines},
                           {"reallocate[1000]", ReallocateBlock},
                       });
}
