// Seconds: within a burst of calls, `time` stands still.
//
// A library that has looked at something notes the second, and looks again in another one: ncurses
// searches its databases anew. Where a second ended between two such calls, 1 run in 100 had
// another heap from then on. All other clocks are the machine's.

#include <stddef.h>
#include <time.h>

#include "kernel.h"

#define PAUSE 3     // seconds without a call, which end a burst
#define LONGEST 10  // seconds of a burst, so that whoever waits for a later second gets it

static int64_t burst_start, last_call;  // seconds of the monotonic clock; 0 before the first call
static int64_t held;

void reset_clock(void) { burst_start = last_call = 0; }

static int64_t second(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!last_call || now.tv_sec - last_call >= PAUSE || now.tv_sec - burst_start >= LONGEST) {
    burst_start = now.tv_sec;
    held = time(NULL);
  }
  last_call = now.tv_sec;
  return held;
}

#if defined(__x86_64__)
long on_time(struct request *request) {
  int64_t given = second();
  long error = request->args[0] ? write_memory(request, request->args[0], &given, sizeof given) : 0;
  return error ? error : given;
}
#else
long on_clock_gettime(struct request *request) {
  if (request->args[0] != CLOCK_REALTIME_COARSE) return BY_MACHINE;
  struct timespec given = {second(), 0};
  return write_memory(request, request->args[1], &given, sizeof given);
}
#endif
