// Measures a whole process: loaded by LD_PRELOAD into a program that knows
// nothing of CodSpeed. What CodSpeed's exec-harness does
// (spec: simulation 15), written against the public interface of instrument-hooks.

#include <stdlib.h>
#include <unistd.h>

#include "core.h"

// The integration that CodSpeed's service knows, in the version whose protocol this is.
#define INTEGRATION_NAME "exec-harness"
#define INTEGRATION_VERSION "1.3.0"

static InstrumentHooks *hooks;
static const char *uri;

__attribute__((constructor)) static void start(void) {
  uri = getenv("CODSPEED_BENCH_URI");
  if (uri == NULL || !RUNNING_ON_VALGRIND) return;
  hooks = instrument_hooks_init();
  if (hooks == NULL) return;
  instrument_hooks_set_integration(hooks, INTEGRATION_NAME, INTEGRATION_VERSION);
  instrument_hooks_start_benchmark_inline(hooks);
}

__attribute__((destructor)) static void stop(void) {
  if (hooks == NULL) return;
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), uri);
  instrument_hooks_deinit(hooks);
}
