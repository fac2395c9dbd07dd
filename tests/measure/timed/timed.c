// A walltime benchmark program that does what its arguments say, in order.
//
// It writes results/<pid>.json as CodSpeed's integrations do, when it ends well.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../leave.h"
#include "core.h"

enum { ROUNDS = 5, ITERATIONS = 10 };

static InstrumentHooks *hooks;
static int markers = 1, stop = 1, name = 1, results = 1;
static char entries[1 << 16];

static void begin(void) {
  if (hooks) return;
  hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
}

__attribute__((noinline)) long work(long count) {
  volatile long sum = 0;
  for (long i = 0; i < count; ++i) sum += i * i;
  return sum;
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static void report(const char *uri, double *times) {
  double total = 0, sorted[ROUNDS];
  for (int i = 0; i < ROUNDS; ++i) total += sorted[i] = times[i];
  qsort(sorted, ROUNDS, sizeof *sorted, ascending);
  size_t length = strlen(entries);
  snprintf(entries + length, sizeof entries - length,
           "%s{\"name\": \"b\", \"uri\": \"%s\", \"config\": {}, \"stats\": {\"min_ns\": %.17g, \"max_ns\": %.17g, "
           "\"mean_ns\": %.17g, \"stdev_ns\": 0, \"q1_ns\": %.17g, \"median_ns\": %.17g, \"q3_ns\": %.17g, "
           "\"rounds\": %d, \"total_time\": %.17g, \"iqr_outlier_rounds\": 0, \"stdev_outlier_rounds\": 0, "
           "\"iter_per_round\": %d, \"warmup_iters\": 0}}",
           length ? ", " : "", uri, sorted[0], sorted[ROUNDS - 1], total / ROUNDS, sorted[1], sorted[2], sorted[3],
           ROUNDS, total * ITERATIONS / 1e9, ITERATIONS);
}

static void measure(const char *uri, long count) {
  begin();
  double times[ROUNDS];
  instrument_hooks_start_benchmark(hooks);
  for (int i = 0; i < ROUNDS; ++i) {
    uint64_t start = instrument_hooks_current_timestamp();
    for (int j = 0; j < ITERATIONS; ++j) work(count);
    uint64_t end = instrument_hooks_current_timestamp();
    times[i] = (double)(end - start) / ITERATIONS;
    if (!markers) continue;
    instrument_hooks_add_marker(hooks, getpid(), MARKER_TYPE_BENCHMARK_START, start);
    instrument_hooks_add_marker(hooks, getpid(), MARKER_TYPE_BENCHMARK_END, end);
  }
  if (stop) instrument_hooks_stop_benchmark(hooks);
  if (name) instrument_hooks_set_executed_benchmark(hooks, getpid(), uri);
  report(uri, times);
}

static FILE *create(const char *folder, const char *file) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", getenv("CODSPEED_PROFILE_FOLDER"), folder);
  mkdir(path, 0755);
  snprintf(path, sizeof path, "%s/%s/%s", getenv("CODSPEED_PROFILE_FOLDER"), folder, file);
  return fopen(path, "w");
}

static void write_results(void) {
  // Integrations write nothing where nothing is measured.
  if (!results || !*entries || !getenv("CODSPEED_PROFILE_FOLDER")) return;
  char file[64];
  snprintf(file, sizeof file, "%d.json", getpid());
  FILE *stream = create("results", file);
  fprintf(stream, "{\"creator\": {\"name\": \"codspeed-cpp\", \"version\": \"2.3.0\", \"pid\": %d}, ", getpid());
  fprintf(stream, "\"instrument\": {\"type\": \"walltime\"}, \"benchmarks\": [%s]}", entries);
  fclose(stream);
}

static void write_file(const char *folder, const char *file, const char *content) {
  FILE *stream = create(folder, file);
  fputs(content, stream);
  fclose(stream);
}

// As cargo's programs do: one file for each benchmark below the root of the workspace.
static void write_rust(void) {
  char command[8192];
  snprintf(command, sizeof command, "mkdir -p %s/target/codspeed/walltime/raw_results/divan",
           getenv("CODSPEED_CARGO_WORKSPACE_ROOT"));
  if (system(command)) exit(8);
  snprintf(command, sizeof command, "%s/target/codspeed/walltime/raw_results/divan/1.json",
           getenv("CODSPEED_CARGO_WORKSPACE_ROOT"));
  FILE *stream = fopen(command, "w");
  fputs(entries, stream);
  fclose(stream);
  results = 0;
}

static void send_old_version(void) {
  static const unsigned char frame[] = {12, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  int fifo = open("/tmp/runner.ctl.fifo", O_RDWR);
  if (write(fifo, frame, sizeof frame) != sizeof frame) exit(8);
  sleep(5);
}

static void write_perf_map(void) {
  char path[64];
  snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
  FILE *stream = fopen(path, "w");
  fputs("1000 10 generated\n", stream);
  fclose(stream);
}

// How many times this was called before, in all runs of the program.
static int ordinal(void) {
  char text[16] = "";
  int file = open("ordinal", O_RDWR | O_CREAT, 0644);
  if (read(file, text, sizeof text) < 0) exit(8);
  dprintf(file, "x");
  close(file);
  return (int)strlen(text);
}

int main(int argc, char **argv) {
  setbuf(stdout, NULL);
  for (int i = 1; i < argc; ++i) {
    const char *what = argv[i];
    fprintf(stderr, "about to: %s\n", what);
    if (strcmp(what, "without-markers") == 0) markers = 0;
    if (strcmp(what, "without-stop") == 0) stop = 0;
    if (strcmp(what, "without-name") == 0) name = 0;
    if (strcmp(what, "without-results") == 0) results = 0;
    if (strcmp(what, "measure") == 0) measure("pkg/b.c::work", 100000);
    if (strncmp(what, "leave:", 6) == 0) leave(argv[0], what + 6);
    if (strcmp(what, "measure-again") == 0) measure("pkg/b.c::again", 50000);
    if (strcmp(what, "measure-long") == 0) measure("pkg/b.c::long", 4000000);
    if (strcmp(what, "measure-stage-path") == 0) {
      char uri[4096];
      snprintf(uri, sizeof uri, "%s/pkg/b.c::staged", getenv("BUILD_WORKSPACE_DIRECTORY"));
      measure(uri, 1000);
    }
    if (strcmp(what, "fork") == 0) {
      if (fork() == 0) {
        entries[0] = 0;
        measure("pkg/b.c::child", 100000);
        write_results();
        _exit(0);
      }
      wait(NULL);
    }
    if (strcmp(what, "late-child") == 0 && fork() == 0) {
      usleep(1500000);
      measure("pkg/b.c::late", 1000);
      _exit(0);
    }
    if (strcmp(what, "leave-child") == 0 && fork() == 0)
      for (;;) pause();
    if (strcmp(what, "hang") == 0) {
      if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        setsid();
      }
      for (;;) pause();
    }
    if (strcmp(what, "fail") == 0) return 3;
    if (strcmp(what, "fail-measured") == 0 && getenv("CODSPEED_ENV")) return 4;
    if (strcmp(what, "crash") == 0) *(volatile int *)8 = 1;
    if (strcmp(what, "kill") == 0) kill(getpid(), SIGKILL);
    if (strcmp(what, "garbage") == 0)
      for (int n = 0; n < 300000; ++n) fwrite("\xff\x00\x1b[31mgarbage\n", 1, 16, n % 2 ? stderr : stdout);
    if (strcmp(what, "broken-json") == 0) write_file("results", "1.json", "{\"creator\": ");
    if (strcmp(what, "other-json") == 0) write_file("results", "1.json", "{\"creator\": 5}");
    if (strcmp(what, "odd-name") == 0) write_file("results", "a\nb.json", "{}");
    if (strcmp(what, "environment") == 0) write_file("", "environment-77.json", "{\"integration_environment\": {}}");
    if (strcmp(what, "deep-environment") == 0) {
      char content[1801] = "";
      memset(content, '[', 900);
      memset(content + 900, ']', 900);
      write_file("", "environment-77.json", content);
    }
    if (strcmp(what, "rust") == 0) write_rust();
    if (strcmp(what, "old-version") == 0) send_old_version();
    if (strcmp(what, "perf-map") == 0) write_perf_map();
    if (strcmp(what, "remove-profile") == 0 && rename(getenv("CODSPEED_PROFILE_FOLDER"), "away")) return 5;
    if (strcmp(what, "print-environment") == 0)
      for (char **entry = environ; *entry; ++entry) puts(*entry);
    if (strcmp(what, "nap") == 0) sleep(2);
    if (strcmp(what, "once-faster") == 0) measure("pkg/b.c::varies", 1000000 >> (3 * ordinal()));
    if (strcmp(what, "fail-later") == 0 && ordinal()) return 4;
  }
  write_results();
  if (hooks) instrument_hooks_deinit(hooks);
  return 0;
}
