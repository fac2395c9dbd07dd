// The program whose profiles are checked in here; see README.md.
#include <stdio.h>
#include <valgrind/callgrind.h>

static inline __attribute__((always_inline)) unsigned step(unsigned value) {
  return value * 1664525u + 1013904223u;
}

static __attribute__((noinline)) unsigned fill(unsigned *values, int count) {
  unsigned value = 1;
  for (int i = 0; i < count; i++) {
    value = step(value);
    values[i] = value;
  }
  return value;
}

static __attribute__((noinline)) unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static unsigned values[4096];

#define MEASURE(uri, work)            \
  do {                                \
    CALLGRIND_ZERO_STATS;             \
    CALLGRIND_START_INSTRUMENTATION;  \
    sink += (work);                   \
    CALLGRIND_STOP_INSTRUMENTATION;   \
    CALLGRIND_DUMP_STATS_AT(uri);     \
  } while (0)

int main(void) {
  unsigned sink = 0;
  CALLGRIND_DUMP_STATS_AT("Metadata: two-benchmarks 1.0");
  MEASURE("two_benchmarks.c::fill[4096]", fill(values, 4096));
  MEASURE("two_benchmarks.c::fib[10]", fib(10));
  return printf("%u\n", sink) < 0;
}
