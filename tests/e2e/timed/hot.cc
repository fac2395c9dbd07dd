// Two functions, one of them nine times as costly.

#include <cstdio>

#include "tests/benchmarks/native/harness.h"

namespace {

__attribute__((noinline)) unsigned long Spin(unsigned long n) {
  volatile unsigned long sum = 0;
  for (unsigned long i = 0; i < n; ++i) sum = sum + i;
  return sum;
}

}  // namespace

extern "C" __attribute__((noinline)) unsigned long hot_function() { return Spin(90000) + 1; }
extern "C" __attribute__((noinline)) unsigned long cold_function() { return Spin(10000) + 2; }

int main(int argc, char** argv) {
  std::printf("from %llu\n", (unsigned long long)instrument_hooks_current_timestamp());
  const int status = harness::Main(argc, argv, "hot.cc",
                                   {{"both",
                                     [] {
                                       harness::Keep(hot_function());
                                       harness::Keep(cold_function());
                                     }},
                                    {"cold", [] { harness::Keep(cold_function()); }}});
  std::printf("until %llu\n", (unsigned long long)instrument_hooks_current_timestamp());
  return status;
}
