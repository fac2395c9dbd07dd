// Windows of programs that do not ask for them: at functions by which their framework starts and ends
// what it times. py/rules_codspeed/measure/frameworks has the sources of this knowledge.

#define _GNU_SOURCE
#include <limits.h>
#include <link.h>
#include <string.h>

#include "preload.h"

static int has_window;  // since the last name

static void starts(void) {
  has_window = 1;
  emit_mark(KIND_START);
}

static void stops(const void *state) {
  (void)state;
  if (has_window) emit_mark(KIND_STOP);
}

static void ends(const void *state) {
  // What skips itself never started.
  if (!has_window) return;
  stops(state);
  emit_mark(KIND_NAME);
  has_window = 0;
}

#define ITERATIONS 2  // place among the numbers that a State begins with, of any version since 1.5

static int64_t iterations;  // of the first run since the last report
static _Atomic int threads;    // that are in the loop of a benchmark
static _Atomic int were_more;  // than one of them, since the last report

// Its threads wait for each other behind this.
static void enters(const void *state) {
  (void)state;
  if (atomic_fetch_add(&threads, 1)) atomic_store(&were_more, 1);
}

// Where several threads take turns, each run differs. A benchmark with a time of its own runs as often as
// that allows: it differs, but for the first run.
static void resumes(const void *state) {
  int64_t now = ((const int64_t *)state)[ITERATIONS];
  if (atomic_load(&were_more)) return;
  if (iterations == 0) iterations = now;
  if (iterations == now) starts();
}

static void leaves(const void *state) {
  atomic_fetch_sub(&threads, 1);
  ends(state);
}

static void reports(const void *reporter) {
  (void)reporter;
  // Two threads at one breakpoint may have been taken for one.
  iterations = threads = were_more = 0;
  emit_mark(KIND_REPORT);
}

// criterion reads the clock four times; the work is between the second and the third.
static void reads_clock(const void *clock) {
  static int reads;
  reads++;
  if (reads == 3) ends(clock);
  reports(clock);
  if (reads == 2) starts();
}

struct function {
  const char *name;  // mangled, or how it begins
  int begins;
  hit_function *hit;
};

static const struct function google_benchmark[] = {
    {"_ZN9benchmark5State16StartKeepRunningEv", 0, enters},
    {"_ZN9benchmark5State12ResumeTimingEv", 0, resumes},
    {"_ZN9benchmark5State11PauseTimingEv", 0, stops},
    {"_ZN9benchmark5State17FinishKeepRunningEv", 0, leaves},
    {"_ZN9benchmark15ConsoleReporter10ReportRunsE", 1, reports},
    {NULL, 0, NULL},
};
static const struct function criterion[] = {{"clock_gettime", 0, reads_clock}, {NULL, 0, NULL}};

#define MOST_FUNCTIONS 5

struct search {
  const struct function *functions;
  const char *program;
  uintptr_t found[MOST_FUNCTIONS];
  uintptr_t base;
};

static int is_at(const struct function *function, const char *name) {
  if (function->begins) return strncmp(name, function->name, strlen(function->name)) == 0;
  return strcmp(name, function->name) == 0;
}

static int look_at(const char *name, uint64_t address, void *state) {
  struct search *search = state;
  for (size_t i = 0; search->functions[i].name; i++)
    if (search->found[i] == 0 && is_at(&search->functions[i], name))
      search->found[i] = search->base + address;
  return 0;
}

// The program comes first, then its libraries, as the loader searches them.
static int look_in(struct dl_phdr_info *object, size_t size, void *state) {
  (void)size;
  struct search *search = state;
  const char *path = object->dlpi_name[0] ? object->dlpi_name : search->program;
  search->base = object->dlpi_addr;
  each_defined_function(path, look_at, search);
  return 0;
}

void find_regions(void) {
  uint32_t chosen = atomic_exchange(&attached()->regions, REGIONS_NONE);
  if (chosen == REGIONS_NONE) return;
  char program[PATH_MAX];
  own_program(program, sizeof program);
  struct search search = {chosen == REGIONS_CLOCK ? criterion : google_benchmark, program, {0}, 0};
  dl_iterate_phdr(look_in, &search);
  for (size_t i = 0; search.functions[i].name; i++)
    if (search.found[i]) break_at(search.found[i], search.functions[i].hit);
}
