// The logical clock: it starts at a fixed time and moves by what the program does.
//
// Each look moves it by a step. A sleep returns at once and moves it by its length. A wait for
// other things with a limit moves it by the limit, for else a program that waits for a time by it
// would never end; what it waits for takes as long as it takes.
//
// All processes of a run share one clock. Timers that send signals are the machine's.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "kernel.h"
#include "machine.h"

#define STEP 1000                    // nanoseconds: what a look takes
#define START 1893456000             // 2030-01-01: later than the files of the machine
#define SECOND 1000000000            // nanoseconds
#define TICKS 100                    // in a second: of times(2)
#define LONGEST ((int64_t)1 << 60)   // nanoseconds
#define LARGEST_PROCESS 65536        // KiB
#define DYNAMIC 3                    // the lowest bits of a clock that is a device

static int64_t now;  // nanoseconds since the start

void reset_logical_clock(void) { now = 0; }

static void pass(int64_t nanoseconds) {
  if (nanoseconds > 0) now += nanoseconds < LONGEST - now ? nanoseconds : LONGEST - now;
}

static int64_t look(void) {
  pass(STEP);
  return now;
}

// Returns where a clock starts, in nanoseconds; negative for one that is not logical.
static int64_t start_of(uint64_t clock) {
  switch ((int)clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
      return (int64_t)START * SECOND;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      return (int64_t)UPTIME * SECOND;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
      return 0;
    default:  // the time that a process or thread took, or a device
      return (int)clock < 0 && ((int)clock & 7) != DYNAMIC ? 0 : -1;
  }
}

// Reads a length, or a time; returns 0, -EINVAL, -EFAULT, or UNABLE.
static long read_time(struct request *request, uint64_t address, int64_t unit, int64_t *nanoseconds) {
  int64_t read[2];  // struct timespec, or timeval
  long error = read_memory(request, address, read, sizeof read);
  if (error) return error;
  if (read[0] < 0 || read[1] < 0 || read[1] >= SECOND / unit) return -EINVAL;
  *nanoseconds = read[0] < LONGEST / SECOND ? read[0] * SECOND + read[1] * unit : LONGEST;
  return 0;
}

static long write_time(struct request *request, uint64_t address, int64_t nanoseconds, int64_t unit) {
  int64_t given[] = {nanoseconds / SECOND, nanoseconds % SECOND / unit};
  return address ? write_memory(request, address, given, sizeof given) : 0;
}

long on_logical_clock_gettime(struct request *request) {
  int64_t start = start_of(request->args[0]);
  return start < 0 ? BY_MACHINE : write_time(request, request->args[1], start + look(), 1);
}

long on_logical_gettimeofday(struct request *request) {
  int32_t zone[2] = {0, 0};
  int64_t time = (int64_t)START * SECOND + look();
  long error = write_time(request, request->args[0], time, 1000);
  if (error || !request->args[1]) return error;
  return write_memory(request, request->args[1], zone, sizeof zone);
}

long on_logical_time(struct request *request) {
  int64_t seconds = START + look() / SECOND;
  long error = request->args[0] ? write_memory(request, request->args[0], &seconds, sizeof seconds) : 0;
  return error ? error : seconds;
}

long on_logical_times(struct request *request) {
  struct tms given = {look() / (SECOND / TICKS), 0, 0, 0};
  long error = request->args[0] ? write_memory(request, request->args[0], &given, sizeof given) : 0;
  return error ? error : UPTIME * TICKS + given.tms_utime;
}

long on_logical_getrusage(struct request *request) {
  struct rusage given;
  int whose = (int)request->args[0];
  if (whose != RUSAGE_SELF && whose != RUSAGE_CHILDREN && whose != RUSAGE_THREAD) return -EINVAL;
  memset(&given, 0, sizeof given);
  int64_t used = whose == RUSAGE_CHILDREN ? 0 : look();
  given.ru_utime = (struct timeval){used / SECOND, used % SECOND / 1000};
  given.ru_maxrss = LARGEST_PROCESS;
  return write_memory(request, request->args[1], &given, sizeof given);
}

long on_logical_nanosleep(struct request *request) {
  int64_t length;
  long error = read_time(request, request->args[0], 1, &length);
  if (!error) pass(length);
  return error;
}

long on_logical_clock_nanosleep(struct request *request) {
  int64_t time, start = start_of(request->args[0]);
  if (start < 0) return BY_MACHINE;
  long error = read_time(request, request->args[2], 1, &time);
  if (error) return error;
  pass(request->args[1] & TIMER_ABSTIME ? time - start - now : time);
  return 0;
}

// Waits of a length in nanoseconds, negative if without a limit, for something or for nothing.
static long wait_for(int something, int64_t length) {
  if (length < 0) return BY_MACHINE;
  pass(length);
  return something ? BY_MACHINE : 0;
}

static long wait_as_read(struct request *request, int something, uint64_t address, int64_t unit) {
  int64_t length = -1;
  long error = address ? read_time(request, address, unit, &length) : 0;
  return error ? error : wait_for(something, length);
}

static int64_t of_milliseconds(uint64_t argument) { return (int64_t)(int)argument * 1000000; }

long on_logical_poll(struct request *request) {
  return wait_for(request->args[1] != 0, of_milliseconds(request->args[2]));
}

long on_logical_ppoll(struct request *request) {
  return wait_as_read(request, request->args[1] != 0, request->args[2], 1);
}

long on_logical_select(struct request *request) {
  uint64_t limit = request->args[4];
  long result = wait_as_read(request, request->args[0] != 0, limit, 1000);
  // As the kernel does: what is left of it.
  return result == 0 ? write_time(request, limit, 0, 1000) : result;
}

long on_logical_pselect(struct request *request) {
  return wait_as_read(request, request->args[0] != 0, request->args[4], 1);
}

long on_logical_epoll_wait(struct request *request) {
  return wait_for(1, of_milliseconds(request->args[3]));
}

long on_logical_epoll_pwait2(struct request *request) {
  return wait_as_read(request, 1, request->args[3], 1);
}

// A lock is waited for as long as a sleep lasts: its limit may be a time of this clock, which means
// nothing to the machine's.
long on_logical_futex(struct request *request) {
  int operation = (int)request->args[1], command = operation & FUTEX_CMD_MASK;
  uint32_t found;
  int64_t limit;
  if (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET) return BY_MACHINE;
  long error = read_memory(request, request->args[0], &found, sizeof found);
  if (!error) error = read_time(request, request->args[3], 1, &limit);
  if (error) return error;
  if (found != (uint32_t)request->args[2]) return -EAGAIN;
  uint64_t clock = operation & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  pass(command == FUTEX_WAIT ? limit : limit - start_of(clock) - now);
  return -ETIMEDOUT;
}
