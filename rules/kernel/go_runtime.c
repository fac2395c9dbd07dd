// What Go's runtime works by: the time that passes, and the random bytes that it gets as it starts.

#include "kernel.h"

#define SLEEP 10             // seconds
#define OF_PANIC 1000000     // nanoseconds: freezetheworld, before a panic is printed

// Sleeps of the monitor, a thread of its own, which looks after 20 microseconds at first, and later
// each 10 milliseconds.
//
// It takes the processor from a goroutine that runs for long, or whose system call does not return
// at once. Under Valgrind, and with calls that are answered here, all do: which thread runs what,
// and how often the scheduler does, would be a matter of chance. So it sleeps longer. Go's own
// time.Sleep is another call. Source: sysmon in src/runtime/proc.go of Go.
long on_go_nanosleep(struct request *request) {
  int64_t asked[2];  // struct timespec
  if (read_memory(request, request->args[0], asked, sizeof asked)) return UNABLE;
  // The monitor's are 20 microseconds, doubled up to 10 milliseconds.
  if (asked[0] || asked[1] == OF_PANIC) return BY_MACHINE;
  const int64_t given[] = {SLEEP, 0};
  // The machine's kernel sleeps: then a signal ends it, as the program expects.
  return write_memory(request, request->args[0], given, sizeof given) ? UNABLE : BY_MACHINE;
}

// Valgrind opens a file of /proc before it passes the bytes on to the program.
#if defined(__x86_64__)
long on_go_open(struct request *request) {
  fix_random_bytes(request);
  return on_open(request);
}
#endif

long on_go_openat(struct request *request) {
  fix_random_bytes(request);
  return on_openat(request);
}
