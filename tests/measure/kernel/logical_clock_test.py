"""The logical clock: the same times in each run, and nobody waits for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target, same

Printed = Callable[..., str]
Make = Callable[..., Target]

# Called as Valgrind's programs do, which find no vDSO. A line has the microseconds that passed.
CALLS = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
static struct timespec at(int clock) {
  struct timespec now = {-1, -1};
  syscall(SYS_clock_gettime, clock, &now);
  return now;
}
static long long microseconds(int clock) {
  struct timespec now = at(clock);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}
#define SPENT(call)                                             \
  do {                                                          \
    long long before = microseconds(CLOCK_MONOTONIC);           \
    int result = (call), error = result < 0 ? errno : 0;        \
    printf("%lld %d %d\n", microseconds(CLOCK_MONOTONIC) - before, result, error); \
  } while (0)
int main(void) {
  struct timespec real = at(CLOCK_REALTIME);
  printf("%ld %ld ", (long)real.tv_sec, real.tv_nsec);
  printf("%ld ", (long)at(CLOCK_BOOTTIME).tv_sec);
  printf("%ld\n", at(CLOCK_PROCESS_CPUTIME_ID).tv_nsec);
  struct timeval day = {0, 0};
  struct tms ticks;
  struct rusage used;
  syscall(SYS_gettimeofday, &day, NULL);
  long since = syscall(SYS_times, &ticks);
  syscall(SYS_getrusage, RUSAGE_SELF, &used);
  printf("%ld %ld %ld %ld\n", (long)day.tv_sec, since, (long)ticks.tms_stime, used.ru_minflt);
  struct timespec hour = {3600, 0}, second = {1, 500}, wrong = {1, 1000000000}, none = {0, 0};
  SPENT(syscall(SYS_nanosleep, &second, NULL));
  SPENT(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &hour, NULL));
  struct timespec later = at(CLOCK_BOOTTIME);
  later.tv_sec += 7200;
  SPENT(syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, TIMER_ABSTIME, &later, NULL));
  SPENT(syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, TIMER_ABSTIME, &later, NULL));
  SPENT(syscall(SYS_nanosleep, &wrong, NULL));
  SPENT(syscall(SYS_nanosleep, 8L, NULL));
  SPENT(syscall(SYS_ppoll, NULL, 0, &hour, NULL, 8));
  SPENT(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &hour, NULL));
  // An event that is there, and none: the limit passes, by the machine's clock too.
  int ends[2], events = epoll_create1(0);
  if (pipe(ends)) return 1;
  struct epoll_event event = {EPOLLIN, {0}};
  epoll_ctl(events, EPOLL_CTL_ADD, ends[0], &event);
  struct pollfd one = {ends[0], POLLIN, 0};
  second.tv_sec = 0;
  second.tv_nsec = 2000000;
  SPENT(syscall(SYS_epoll_pwait, events, &event, 1, 2, NULL, 8));
  SPENT(syscall(SYS_ppoll, &one, 1, &second, NULL, 8));
  SPENT(syscall(SYS_ppoll, &one, 1, &none, NULL, 8));
  if (write(ends[1], "x", 1) != 1) return 1;
  SPENT(syscall(SYS_ppoll, &one, 1, NULL, NULL, 8));
  SPENT(syscall(SYS_epoll_pwait, events, &event, 1, 60000, NULL, 8));
  // A lock that nobody opens, by a length and by a time, and one that is open.
  int lock = 1;
  SPENT(syscall(SYS_futex, &lock, FUTEX_WAIT_PRIVATE, 1, &hour, NULL, 0));
  later = at(CLOCK_MONOTONIC);
  later.tv_sec += 60;
  SPENT(syscall(SYS_futex, &lock, FUTEX_WAIT_BITSET_PRIVATE, 1, &later, NULL, ~0));
  SPENT(syscall(SYS_futex, &lock, FUTEX_WAIT_PRIVATE, 2, &hour, NULL, 0));
  SPENT(syscall(SYS_futex, &lock, FUTEX_WAKE_PRIVATE, 1, &hour, NULL, 0));
}
"""
HOUR = 3600 * 10**6
EINVAL, EFAULT, EAGAIN, ETIMEDOUT = 22, 14, 11, 110
PASSED = [
    "1893456000 1000 1000 3000",
    "1893456000 100000 0 0",
    "1000001 0 0",
    f"{HOUR + 1} 0 0",
    f"{2 * HOUR} 0 0",
    "1 0 0",
    f"1 -1 {EINVAL}",
    f"1 -1 {EFAULT}",
    *[f"{HOUR + 1} 0 0"] * 2,
    *["2001 0 0"] * 2,
    "1 0 0",
    "1 1 0",
    "60000001 1 0",
    f"{HOUR + 1} -1 {ETIMEDOUT}",
    f"{60 * 10**6} -1 {ETIMEDOUT}",
    f"1 -1 {EAGAIN}",
    "1 0 0",
]


@pytest.mark.parametrize("clock", ["logical"])
def test_calls(printed: Printed, tmp_path: Path, compile_c: Callable[..., Path]) -> None:
    source = tmp_path / "calls.c"
    source.write_text(CALLS)
    program = str(compile_c(source))
    assert printed("", program).splitlines() == PASSED


@pytest.mark.parametrize("clock", ["logical"])
def test_what_python_waits_for(printed: Printed) -> None:
    """Each would last an hour, and a process that waits for another ends, too."""
    script = """
import asyncio, select, subprocess, sys, threading, time
time.sleep(3600)
select.select([], [], [], 3600)
print(threading.Event().wait(3600), threading.Lock().acquire(timeout=3600))
print(subprocess.run(["/bin/echo", "child"], capture_output=True, text=True).stdout, end="")
thread = threading.Thread(target=time.sleep, args=[3600])
thread.start(); thread.join()
print("ended")
"""
    assert printed(script) == "False True\nchild\nended\n"


def test_a_program_that_works_by_the_clock(hooks_target: Make) -> None:
    """With the machine's clock verify_test.py finds that it is not repeatable."""
    target = hooks_target("measure", "nap", "measure-clock", clock="logical", verify=2)
    ended = target.run("first").succeeded()
    same(ended, target.run("second").succeeded())
    assert ended.provenance["clock"] == "logical"
    assert ended.provenance["machine_answered"] == []
    assert ended.benchmarks()["pkg/b.c::clock"][0] > 1000


BENCH = """
import asyncio, datetime, os, time

def test_time(benchmark):
    def work():
        print(time.time(), datetime.datetime.now(), time.monotonic(), os.times())
        time.sleep(60)
        asyncio.run(asyncio.sleep(0.001))
        return [n for n in range(time.perf_counter_ns() // 1000 % 10_000)]
    benchmark(work)
"""


def test_pytest_benchmark_that_works_by_the_clock(python_target: Make) -> None:
    target = python_target({"_main/bench_a.py": BENCH}, "-s", clock="logical")
    first = target.run("first").succeeded()
    same(first, target.run("second").succeeded())
    assert re.search(r"18934560\d\d\.\d+ 2030-01-01 00:00:\d\d\.\d+ 10\d\d\.", first.log)
