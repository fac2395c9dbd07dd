// A small benchmark harness over CodSpeed's hooks library.
//
// It speaks the command line of google_benchmark as far as rules_codspeed uses
// it (--benchmark_list_tests, --benchmark_filter) and reports benchmarks under
// `<file>::<name>`, as CodSpeed's C++ integration does.

#ifndef TESTS_BENCHMARKS_NATIVE_HARNESS_H_
#define TESTS_BENCHMARKS_NATIVE_HARNESS_H_

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <regex>
#include <string>
#include <vector>

#include "core.h"
#include "tests/benchmarks/native/timing.h"

namespace harness {

struct Benchmark {
  std::string name;            // without the file
  std::function<void()> body;  // what is measured; its inputs are made before
};

// Keeps a value alive that the optimiser would drop.
template <typename T>
inline void Keep(T const& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

// Runs the benchmarks that the command line asks for; returns the exit status.
inline int Main(int argc, char** argv, const std::string& file,
                const std::vector<Benchmark>& benchmarks) {
  static const char kList[] = "--benchmark_list_tests";
  static const char kFilter[] = "--benchmark_filter=";
  std::string filter = ".*";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], kList) == 0) {
      for (const auto& b : benchmarks) std::printf("%s::%s\n", file.c_str(), b.name.c_str());
      return 0;
    }
    if (std::strncmp(argv[i], kFilter, sizeof(kFilter) - 1) == 0) {
      filter = argv[i] + sizeof(kFilter) - 1;
    } else {
      std::fprintf(stderr, "unknown argument: %s\n", argv[i]);
      return 2;
    }
  }
  const std::regex wanted(filter);
  const char* mode = std::getenv("CODSPEED_RUNNER_MODE");
  const bool walltime = mode && std::strcmp(mode, "walltime") == 0;
  std::vector<Timed> timed;
  InstrumentHooks* hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  for (const auto& b : benchmarks) {
    const std::string uri = file + "::" + b.name;
    if (!std::regex_search(uri, wanted)) continue;
    if (walltime) {
      timed.push_back(Time(hooks, b.name, uri, b.body));
      instrument_hooks_set_executed_benchmark(hooks, getpid(), uri.c_str());
      continue;
    }
    b.body();  // unmeasured: caches of the allocator and lazy binding
    instrument_hooks_start_benchmark_inline(hooks);
    b.body();
    instrument_hooks_stop_benchmark_inline(hooks);
    instrument_hooks_set_executed_benchmark(hooks, getpid(), uri.c_str());
  }
  instrument_hooks_deinit(hooks);
  return walltime && !WriteResults(timed) ? 1 : 0;
}

}  // namespace harness

#endif  // TESTS_BENCHMARKS_NATIVE_HARNESS_H_
