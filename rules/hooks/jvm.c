// An agent of a Java virtual machine (JVM) that marks one iteration of JMH: client requests around
// the work of a benchmark, on its own thread. A stub that JMH generates reads the clock before and
// after the work, so the agent takes the place of System.nanoTime, and looks who calls it. It needs
// no class of Java and no headers of a JDK: what it uses of JVMTI and JNI is declared here, by its
// fixed place in their tables of functions:
// https://docs.oracle.com/en/java/javase/17/docs/specs/jvmti.html
// https://docs.oracle.com/en/java/javase/17/docs/specs/jni/functions.html
//
// Options of the agent:
//   facts=<file>   states there how the JVM was started, and ends it before it runs anything
//   <n>,<uri>      marks iteration n, of which the first is 0, and names it

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

// No integration of CodSpeed simulates programs of Java.
#define INTEGRATION_NAME "rules_codspeed-jmh"
#define INTEGRATION_VERSION "1.37"

#define FACTS "facts="
#define STUB "_jmhStub"
// Two of them are around what prepares each call, where something does.
#define MOST_READS 4

// What JVMTI and JNI call an environment: it points to a table of functions.
typedef void **table_t;

typedef struct {
  void *method;
  int64_t location;
} frame_t;

typedef struct {
  const char *name, *signature;
  void *function;
} native_t;

// Starts with the event that has the lowest number.
typedef struct {
  void *vm_init, *others[63];
} callbacks_t;

enum { JVMTI_1_2 = 0x30010200, ENABLE = 1, VM_INIT = 50 };
enum { VM_GET_ENV = 6, JNI_FIND_CLASS = 6, JNI_REGISTER_NATIVES = 215 };
// JVMTI numbers its functions from 1.
enum {
  SET_EVENT_NOTIFICATION_MODE = 1,
  DEALLOCATE = 46,
  GET_METHOD_NAME = 63,
  GET_STACK_TRACE = 103,
  SET_EVENT_CALLBACKS = 121,
  GET_SYSTEM_PROPERTY = 130,
};

#define FUNCTION(table, index, ...) ((int (*)(table_t, ##__VA_ARGS__))((void **)*(table))[index])

static table_t jvmti;
static InstrumentHooks *hooks;

// What to mark, and where the run is.
static const char *uri;
static long chosen, iteration = -1;
static bool counting;
static long worker;
static int64_t reads[MOST_READS];
static int known;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// Returns at which byte code of a stub of JMH the clock is read; -1 if something else reads it.
static int64_t stub_location(void) {
  frame_t frames[2];  // nanoTime itself, and what calls it
  int32_t count = 0;
  if (FUNCTION(jvmti, GET_STACK_TRACE, void *, int32_t, int32_t, frame_t *, int32_t *)(jvmti, NULL, 0, 2, frames,
                                                                                      &count) != 0 ||
      count != 2) {
    return -1;
  }
  char *name = NULL;
  if (FUNCTION(jvmti, GET_METHOD_NAME, void *, char **, char **, char **)(jvmti, frames[1].method, &name, NULL,
                                                                         NULL) != 0) {
    return -1;
  }
  const char *end = strrchr(name, '_');
  bool is_stub = end != NULL && strcmp(end, STUB) == 0;
  FUNCTION(jvmti, DEALLOCATE, char *)(jvmti, name);
  return is_stub ? frames[1].location : -1;
}

// Returns which read of the stub this is; iterations before the chosen one make all of them known.
static int read_number(int64_t location) {
  for (int number = 0; number < known; number++) {
    if (reads[number] == location) return number;
  }
  if (known == MOST_READS) return MOST_READS;
  reads[known] = location;
  return known++;
}

static void start(void) {
  counting = true;
  instrument_hooks_start_benchmark_inline(hooks);
  // Callgrind has this state for each thread: those of the JVM are not counted.
  CALLGRIND_TOGGLE_COLLECT;
}

static void stop(void) {
  CALLGRIND_TOGGLE_COLLECT;
  instrument_hooks_stop_benchmark_inline(hooks);
  counting = false;
  instrument_hooks_set_executed_benchmark(hooks, getpid(), uri);
}

// The JVM calls it where a program calls System.nanoTime.
static int64_t nano_time(table_t env, void *of_class) {
  (void)env, (void)of_class;
  int64_t location = stub_location();
  if (location < 0) return now();
  // In a group of threads the one that is first is measured.
  long thread = syscall(SYS_gettid);
  if (worker == 0) worker = thread;
  if (thread != worker) return now();
  if (counting) stop();
  int number = read_number(location);
  if (number == 0) iteration++;
  int64_t time = now();
  // The work is between the two inner reads.
  if (hooks != NULL && iteration == chosen && number == known / 2 - 1) start();
  return time;
}

static void vm_init(table_t tool, table_t env, void *thread) {
  (void)tool, (void)thread;
  void *system = ((void *(*)(table_t, const char *))((void **)*env)[JNI_FIND_CLASS])(env, "java/lang/System");
  native_t native = {"nanoTime", "()J", (void *)nano_time};
  if (FUNCTION(env, JNI_REGISTER_NATIVES, void *, const native_t *, int32_t)(env, system, &native, 1) != 0) abort();
}

static void write_text(int file, const char *text) {
  if (write(file, text, strlen(text) + 1) < 0) _exit(1);
}

// Writes texts that each end with a zero: the executable; the class path; how many arguments follow,
// and those; variables.
static _Noreturn void write_facts(const char *path) {
  static char arguments[1 << 21];
  char program[4096];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  int input = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  int output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (length < 0 || input < 0 || output < 0) _exit(1);
  program[length] = 0;
  write_text(output, program);
  char *class_path = NULL;
  FUNCTION(jvmti, GET_SYSTEM_PROPERTY, const char *, char **)(jvmti, "java.class.path", &class_path);
  write_text(output, class_path != NULL ? class_path : "");
  ssize_t size = 0, got;
  while ((got = read(input, arguments + size, sizeof arguments - (size_t)size)) > 0) size += got;
  int count = 0;
  for (ssize_t i = 0; i < size; i++) count += arguments[i] == 0;
  char number[16];
  snprintf(number, sizeof number, "%d", count);
  write_text(output, number);
  if (write(output, arguments, (size_t)size) != size) _exit(1);
  for (char **variable = environ; *variable != NULL; variable++) write_text(output, *variable);
  _exit(0);
}

__attribute__((visibility("default"))) int Agent_OnLoad(table_t vm, const char *options, void *reserved) {
  (void)reserved;
  if (FUNCTION(vm, VM_GET_ENV, table_t *, int32_t)(vm, &jvmti, JVMTI_1_2) != 0 || options == NULL) return 1;
  if (strncmp(options, FACTS, strlen(FACTS)) == 0) write_facts(options + strlen(FACTS));
  char *end;
  chosen = strtol(options, &end, 10);
  if (*end != ',') return 1;
  uri = strdup(end + 1);
  if (RUNNING_ON_VALGRIND) hooks = instrument_hooks_init();
  if (hooks != NULL) instrument_hooks_set_integration(hooks, INTEGRATION_NAME, INTEGRATION_VERSION);
  static const callbacks_t callbacks = {.vm_init = (void *)vm_init};
  if (FUNCTION(jvmti, SET_EVENT_CALLBACKS, const callbacks_t *, int32_t)(jvmti, &callbacks, sizeof callbacks) != 0) {
    return 1;
  }
  return FUNCTION(jvmti, SET_EVENT_NOTIFICATION_MODE, int32_t, int32_t, void *)(jvmti, ENABLE, VM_INIT, NULL);
}
