// Times a benchmark in rounds and writes what CodSpeed's C++ integration writes
// in walltime: a JSON file with the statistics, and a pair of markers a round.

#ifndef TESTS_BENCHMARKS_NATIVE_TIMING_H_
#define TESTS_BENCHMARKS_NATIVE_TIMING_H_

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "core.h"

namespace harness {

constexpr uint64_t kWarmup = 20 * 1000 * 1000;     // ns
constexpr uint64_t kShortestRound = 2 * 1000 * 1000;  // ns
constexpr int kRounds = 30;

struct Timed {
  std::string name, uri;
  uint64_t iterations;          // of each round
  std::vector<double> rounds;   // ns by iteration
  double total;                 // ns
};

// As codspeed-cpp: position q * (n - 1), between neighbours.
inline double Quantile(const std::vector<double>& sorted, double q) {
  const double position = q * (sorted.size() - 1);
  const size_t low = static_cast<size_t>(position);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (position - low) * (sorted[high] - sorted[low]);
}

inline Timed Time(InstrumentHooks* hooks, const std::string& name, const std::string& uri,
                  const std::function<void()>& body) {
  const uint64_t begin = instrument_hooks_current_timestamp();
  uint64_t calls = 0, now = begin;
  while (now < begin + kWarmup) {
    body();
    ++calls;
    now = instrument_hooks_current_timestamp();
  }
  const uint64_t iterations = std::max<uint64_t>(1, kShortestRound * calls / (now - begin));
  std::vector<uint64_t> stamps;
  instrument_hooks_start_benchmark_inline(hooks);
  for (int round = 0; round < kRounds; ++round) {
    stamps.push_back(instrument_hooks_current_timestamp());
    for (uint64_t i = 0; i < iterations; ++i) body();
    stamps.push_back(instrument_hooks_current_timestamp());
  }
  instrument_hooks_stop_benchmark_inline(hooks);
  Timed timed{name, uri, iterations, {}, 0};
  for (size_t i = 0; i < stamps.size(); i += 2) {
    // Reported after the fact, so that reporting costs no round anything.
    instrument_hooks_add_marker(hooks, getpid(), MARKER_TYPE_BENCHMARK_START, stamps[i]);
    instrument_hooks_add_marker(hooks, getpid(), MARKER_TYPE_BENCHMARK_END, stamps[i + 1]);
    const double time = static_cast<double>(stamps[i + 1] - stamps[i]);
    timed.total += time;
    timed.rounds.push_back(time / iterations);
  }
  return timed;
}

inline void WriteBenchmark(std::FILE* file, const Timed& timed) {
  std::vector<double> sorted = timed.rounds;
  std::sort(sorted.begin(), sorted.end());
  double mean = 0, variance = 0;
  for (double t : sorted) mean += t / sorted.size();
  for (double t : sorted) variance += (t - mean) * (t - mean) / sorted.size();
  const double deviation = std::sqrt(variance);
  const double q1 = Quantile(sorted, 0.25), q3 = Quantile(sorted, 0.75);
  const double fence = 1.5 * (q3 - q1);
  int far = 0, deviating = 0;
  for (double t : sorted) {
    far += t < q1 - fence || t > q3 + fence;
    deviating += std::fabs(t - mean) > 3 * deviation;
  }
  std::fprintf(
      file,
      "{\"name\": \"%s\", \"uri\": \"%s\", \"config\": {}, \"stats\": {\"min_ns\": %.17g, "
      "\"max_ns\": %.17g, \"mean_ns\": %.17g, \"stdev_ns\": %.17g, \"q1_ns\": %.17g, "
      "\"median_ns\": %.17g, \"q3_ns\": %.17g, \"rounds\": %zu, \"total_time\": %.17g, "
      "\"iqr_outlier_rounds\": %d, \"stdev_outlier_rounds\": %d, \"iter_per_round\": %llu, "
      "\"warmup_iters\": 0}}",
      timed.name.c_str(), timed.uri.c_str(), sorted.front(), sorted.back(), mean, deviation, q1,
      Quantile(sorted, 0.5), q3, sorted.size(), timed.total / 1e9, far, deviating,
      static_cast<unsigned long long>(timed.iterations));
}

// Writes $CODSPEED_PROFILE_FOLDER/results/<pid>.json; returns whether that worked.
inline bool WriteResults(const std::vector<Timed>& all) {
  const char* folder = std::getenv("CODSPEED_PROFILE_FOLDER");
  if (!folder) return false;
  const std::string results = std::string(folder) + "/results";
  mkdir(results.c_str(), 0755);
  std::FILE* file = std::fopen((results + "/" + std::to_string(getpid()) + ".json").c_str(), "w");
  if (!file) return false;
  std::fprintf(file,
               "{\"creator\": {\"name\": \"codspeed-cpp\", \"version\": \"2.3.0\", \"pid\": %d}, "
               "\"instrument\": {\"type\": \"walltime\"}, \"benchmarks\": [",
               static_cast<int>(getpid()));
  for (size_t i = 0; i < all.size(); ++i) {
    if (i) std::fputs(", ", file);
    WriteBenchmark(file, all[i]);
  }
  std::fputs("]}\n", file);
  return std::fclose(file) == 0;
}

}  // namespace harness

#endif  // TESTS_BENCHMARKS_NATIVE_TIMING_H_
