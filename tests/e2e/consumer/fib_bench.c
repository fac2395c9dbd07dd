#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core.h"

static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(int argc, char** argv) {
#ifndef COMPILED_FOR_SIMULATION
  printf("compiled for no mode\n");
  return 0;
#endif
  InstrumentHooks* hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  volatile long n = argc > 1 ? atol(argv[1]) : 10;
  instrument_hooks_start_benchmark_inline(hooks);
  volatile long result = fib(n);
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), "fib_bench.c::fib");
  printf("%ld\n", result);
  instrument_hooks_deinit(hooks);
  return 0;
}
