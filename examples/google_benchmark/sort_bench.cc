// Sorting, with google_benchmark.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <vector>

static void Sort(benchmark::State &state) {
  std::vector<int> rising(state.range(0));
  std::iota(rising.begin(), rising.end(), 0);
  for (auto _ : state) {
    std::vector<int> falling(rising.rbegin(), rising.rend());
    std::sort(falling.begin(), falling.end());
    benchmark::DoNotOptimize(falling.data());
  }
}
BENCHMARK(Sort)->Arg(100)->Arg(1000);
