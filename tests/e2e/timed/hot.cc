// Two functions, one of them nine times as costly.

#include <cstdio>

#include "tests/benchmarks/native/harness.h"

extern "C" __attribute__((noinline)) unsigned long hot_function() {
  volatile unsigned long sum = 1;
  for (unsigned long i = 0; i < 90000; ++i) sum = sum + i;
  return sum;
}

extern "C" __attribute__((noinline)) unsigned long cold_function() {
  volatile unsigned long sum = 2;
  for (unsigned long i = 0; i < 10000; ++i) sum = sum + i;
  return sum;
}

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
