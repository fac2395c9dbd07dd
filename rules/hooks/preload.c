// Measures a whole process: loaded by LD_PRELOAD into a program that knows
// nothing of CodSpeed, and into all that it starts. What CodSpeed's exec-harness does
// (spec: simulation 15), written against the public interface of instrument-hooks.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core.h"

// The integration that CodSpeed's service knows, in the version whose protocol this is.
#define INTEGRATION_NAME "exec-harness"
#define INTEGRATION_VERSION "1.3.0"

static InstrumentHooks *hooks;
static const char *uri;

// A fork has what its parent counted so far, which the parent reports itself: this begins anew.
static void start_in_fork(void) {
  if (hooks != NULL) instrument_hooks_start_benchmark_inline(hooks);
}

__attribute__((constructor)) static void start(void) {
  uri = getenv("CODSPEED_BENCH_URI");
  if (uri == NULL || !RUNNING_ON_VALGRIND) return;
  hooks = instrument_hooks_init();
  if (hooks == NULL) return;
  instrument_hooks_set_integration(hooks, INTEGRATION_NAME, INTEGRATION_VERSION);
  pthread_atfork(NULL, NULL, start_in_fork);
  instrument_hooks_start_benchmark_inline(hooks);
}

__attribute__((destructor)) static void stop(void) {
  InstrumentHooks *ours = hooks;
  if (ours == NULL) return;
  hooks = NULL;
  instrument_hooks_stop_benchmark_inline(ours);
  instrument_hooks_set_executed_benchmark(ours, getpid(), uri);
  instrument_hooks_deinit(ours);
}

// Programs that end without destructors, as /bin/sh does. Valgrind makes a fork of a vfork, so no
// other process is stopped.
static _Noreturn void end(const char *name, int status) {
  stop();
  void (*ending)(int) = (void (*)(int))dlsym(RTLD_NEXT, name);
  ending(status);
  __builtin_unreachable();
}

_Noreturn void _exit(int status) { end("_exit", status); }

_Noreturn void _Exit(int status) { end("_Exit", status); }
