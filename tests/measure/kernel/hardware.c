// Prints what the kernel says of the processor, and measures atomic operations, which depend on it.

#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "core.h"

static int count;

int main(void) {
  printf("hardware %lx %lx\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
  fflush(stdout);
  InstrumentHooks *hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  instrument_hooks_start_benchmark_inline(hooks);
  for (int i = 0; i < 1000; ++i) __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), "a.c::atomic");
  return count != 1000;
}
