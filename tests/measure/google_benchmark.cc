// A suite of google_benchmark itself, as people have it. Arguments add benchmarks that end it.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

static std::vector<int> Falling(size_t size) {
  std::vector<int> values(size);
  for (size_t i = 0; i < size; ++i) values[i] = static_cast<int>(size - i);
  return values;
}

static void Sort(benchmark::State &state) {
  for (auto _ : state) {
    std::vector<int> values = Falling(state.range(0));
    std::sort(values.begin(), values.end());
    benchmark::DoNotOptimize(values.data());
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(Sort)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond)->Complexity();

// As above, but for making what is sorted.
static void Paused(benchmark::State &state) {
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<int> values = Falling(state.range(0));
    state.ResumeTiming();
    std::sort(values.begin(), values.end());
    benchmark::DoNotOptimize(values.data());
  }
}
BENCHMARK(Paused)->Arg(1000);

static void Count(benchmark::State &state) {
  int sum = 0;
  while (state.KeepRunning()) benchmark::DoNotOptimize(++sum);
}
BENCHMARK(Count);
BENCHMARK(Count)->Iterations(10)->Repetitions(3)->Name("ten / \"odd\" (1|2) ^é");
BENCHMARK(Count)->MinTime(0.001);
BENCHMARK(Count)->Threads(2);

template <class T>
static void Grow(benchmark::State &state) {
  for (auto _ : state) {
    T grown(10);
    benchmark::DoNotOptimize(grown.data());
  }
}
BENCHMARK_TEMPLATE(Grow, std::vector<int>);

class Fixture : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State &) override { values_ = Falling(10000); }
  void TearDown(const benchmark::State &) override { values_.clear(); }
  std::vector<int> values_;
};
BENCHMARK_F(Fixture, Sum)(benchmark::State &state) {
  for (auto _ : state) {
    long sum = 0;
    for (int value : values_) benchmark::DoNotOptimize(sum += value);
  }
}

static void Refused(benchmark::State &state) {
  state.SkipWithError("no 'data'");
  for (auto _ : state) {
  }
}
BENCHMARK(Refused);

static void Returned(benchmark::State &state) { state.SkipWithError("no file"); }
BENCHMARK(Returned);

static void Explained(benchmark::State &state) {
  printf("looking ... ");
  fflush(stdout);
  state.SkipWithError("no data:\nneither here\nnor there");
  for (auto _ : state) {
  }
}
BENCHMARK(Explained);

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    std::string how = argv[i];
    auto *added = benchmark::RegisterBenchmark(argv[i], [how](benchmark::State &state) {
      static int runs = 0;
      if (how == "later" && ++runs > 2) state.SkipWithError("no more");
      for (auto _ : state) {
        if (how == "throw") throw std::runtime_error("wrong result");
        if (how == "exit") std::exit(0);
      }
    });
    if (how == "later") added->Iterations(1);
  }
  benchmark::RegisterBenchmark("Last", Sort)->Arg(100);
  benchmark::RunSpecifiedBenchmarks();
}
