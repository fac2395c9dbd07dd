// Benchmarks that CodSpeed's hooks library reports. Arguments: what to do, in order.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"

static InstrumentHooks *hooks;
static void keep(void *block) { __asm__ volatile("" : : "g"(block) : "memory"); }

static void work(int count) {
  for (int i = 0; i < count; i++) {
    void *block = malloc(100);
    keep(block);
    free(block);
  }
}

static void measure(const char *uri, int count, int name) {
  instrument_hooks_start_benchmark_inline(hooks);
  work(count);
  instrument_hooks_stop_benchmark_inline(hooks);
  if (name) instrument_hooks_set_executed_benchmark(hooks, getpid(), uri);
}

int main(int argc, char **argv) {
  hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "one") == 0) measure("pkg/b.c::one", 1, 1);
    if (strcmp(argv[i], "five") == 0) measure("pkg/b.c::five", 5, 1);
    if (strcmp(argv[i], "empty") == 0) measure("pkg/b.c::empty", 0, 1);
    if (strcmp(argv[i], "unnamed") == 0) measure("", 1, 0);
    if (strcmp(argv[i], "only_named") == 0)
      instrument_hooks_set_executed_benchmark(hooks, getpid(), "pkg/b.c::only_named");
    if (strcmp(argv[i], "blank") == 0) measure(" ", 1, 1);
    if (strcmp(argv[i], "latin") == 0) measure("pkg/b.c::\xe9", 1, 1);
    // Two windows of one name.
    if (strcmp(argv[i], "twice") == 0) {
      measure("", 2, 0);
      work(7);
      measure("pkg/b.c::twice", 3, 1);
    }
    if (strcmp(argv[i], "list") == 0) puts("five\none");
    if (strcmp(argv[i], "fail") == 0) return 3;
    if (strcmp(argv[i], "fail_measured") == 0) return strstr(getenv("LD_PRELOAD"), "codspeed") ? 3 : 0;
    if (strcmp(argv[i], "list_all") == 0) puts("one\nhalf\nfail\nnothing\nfive");
    // A window that stays open.
    if (strcmp(argv[i], "half") == 0) {
      instrument_hooks_start_benchmark_inline(hooks);
      work(3);
      return 3;
    }
    if (strcmp(argv[i], "env") == 0) {
      instrument_hooks_start_benchmark_inline(hooks);
      int status = system("env -i /bin/true");
      instrument_hooks_stop_benchmark_inline(hooks);
      return status;
    }
    if (strcmp(argv[i], "env_before") == 0 && system("env -i /bin/true")) return 4;
  }
  instrument_hooks_deinit(hooks);
  return 0;
}
