// Runs what words.rs has, which allocates by Rust's global allocator: the system's.

#include <cstddef>

#include "tests/benchmarks/native/harness.h"

extern "C" {
size_t count_words(size_t words);
size_t sort_boxes(size_t words);
size_t join_words(size_t words);
}

int main(int argc, char** argv) {
  const auto of = [](size_t (*function)(size_t)) {
    return [function] { harness::Keep(function(1000)); };
  };
  return harness::Main(argc, argv, __FILE__,
                       {
                           {"count_words[1000]", of(count_words)},
                           {"sort_boxes[1000]", of(sort_boxes)},
                           {"join_words[1000]", of(join_words)},
                       });
}
