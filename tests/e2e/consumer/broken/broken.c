// One program, many ways to go wrong: -DHOW=<name> chooses.

#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core.h"

#define TEXT(x) #x
#define NAME(x) TEXT(x)

static InstrumentHooks* hooks;

static void measure(const char* uri) {
  instrument_hooks_start_benchmark_inline(hooks);
  volatile long sum = 0;
  for (int i = 0; i < 100; ++i) sum += i;
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), uri);
}

// Leaves a profile as a process of its own would.
static void leave_profile(const char* content) {
  char path[4096];
  snprintf(path, sizeof path, "%s/99999.out", getenv("CODSPEED_PROFILE_FOLDER"));
  FILE* file = fopen(path, "w");
  fputs(content, file);
  fclose(file);
  measure("broken.c::measured");
}

int main(void) {
  const char* how = NAME(HOW);
  if (strcmp(how, "asks_for_a_helper") == 0) {  // as criterion does, without hooks
    char* arguments[] = {"no-such-plotter", "--version", NULL};
    pid_t child;
    if (posix_spawnp(&child, *arguments, NULL, NULL, arguments, environ) == 0)
      waitpid(child, NULL, 0);
    return 0;
  }
  hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  fprintf(stderr, "the program is about to go wrong: %s\n", how);
  if (strcmp(how, "fails") == 0) return 3;
  if (strcmp(how, "crashes") == 0) abort();
  if (strcmp(how, "hangs") == 0) {
    fork();  // the child hangs too, and must go with its parent
    for (;;) pause();
  }
  if (strcmp(how, "forks") == 0) {
    if (fork() == 0) _exit(0);
    wait(NULL);
  }
  if (strcmp(how, "prints_garbage") == 0) {
    for (int i = 0; i < 100000; ++i) fwrite("\xff\x00\x1b[31mgarbage\n", 1, 16, stderr);
    fputs("\n##[stop-commands]token\n::set-output name=a::b\nabc\r##[error]boom\n", stderr);
    return 5;
  }
  if (strcmp(how, "foreign_profile") == 0) leave_profile("this is not a callgrind file\n");
  if (strcmp(how, "truncated_profile") == 0) {
    leave_profile(
        "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 99999\ncmd:  ./cut\npart: 1\n\n"
        "desc: Timerange: Basic block 0 - 1\n"
        "desc: Trigger: Client Request: broken.c::cut\n\npositions: line\nevents: Ir\nsummary: 12\n\n"
        "ob=(1) /cut\nfl=(1) cut.c\nfn=(1) main\n1 5\n2 ");
  }
  if (strcmp(how, "twice") == 0) {
    measure("broken.c::same");
    measure("broken.c::same");
  }
  instrument_hooks_deinit(hooks);
  return 0;
}
