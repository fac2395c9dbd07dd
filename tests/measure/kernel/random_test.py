"""Random numbers that a measured program gets: the same in every run, whatever asks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary
from rules_codspeed.measure.stage.process import run
from tests.measure.target import Target

Printed = Callable[..., str]


# Allocates nothing before: malloc asks too.
FIRST_CALLS = """
#include <sys/random.h>
#include <unistd.h>
static unsigned char bytes[9000];
int main(void) {
  if (getrandom(bytes, 24, 0) != 24 || write(1, bytes, 24) != 24) return 1;
  for (int i = 0; i < 3; ++i)
    if (getrandom(bytes, 9000, 0) != 9000) return 2;
  return write(1, bytes, 0) || bytes[100] != bytes[4196] || bytes[100] != bytes[8292];
}
"""


def test_reference_values(
    library: KernelLibrary, compile_c: Callable[..., Path], tmp_path: Path
) -> None:
    """The first outputs of splitmix64 with seed 0, as its author's program prints them."""
    source = tmp_path / "first.c"
    source.write_text(FIRST_CALLS)
    output: list[bytes] = []
    outcome = run([str(compile_c(source))], {}, "/", 30, output.append, [FixedKernel(library)])
    assert outcome.status == 0
    words = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert b"".join(output) == b"".join(word.to_bytes(8, "little") for word in words)


def twice(printed: Printed, script: str) -> list[str]:
    """Returns the words that a script prints, having checked that a second run prints the same."""
    first = printed(script)
    assert printed(script) == first
    return first.split()


def test_calls_differ_from_each_other(printed: Printed) -> None:
    words = twice(printed, "import os\nfor n in range(3): print(os.urandom(16).hex())")
    assert len(set(words)) == 3


def test_large_answer(printed: Printed) -> None:
    assert twice(printed, "import os; print(len(os.getrandom(100_000)))") == ["100000"]


def test_processes_differ_from_each_other(printed: Printed) -> None:
    script = """
import os
child = os.fork()
print(os.urandom(8).hex(), flush=True)
if child: os.wait()
"""
    assert len({*printed(script).split(), *printed(script).split()}) == 2


def test_threads_share_the_sequence_of_their_process(printed: Printed) -> None:
    script = """
import os, threading
found = []
for _ in range(3):
    one = threading.Thread(target=lambda: found.append(os.urandom(8).hex()))
    one.start()
    one.join()
print(*found)
"""
    assert len(set(twice(printed, script))) == 3


DEVICES = """
import os, stat
for name in ["/dev/urandom", "/dev/random", "/dev/urandom"]:
    with open(name, "rb", buffering=0) as file:
        print(file.read(16).hex())
        found, named = os.fstat(file.fileno()), os.stat(name)
        assert stat.S_ISCHR(found.st_mode) and found.st_rdev == named.st_rdev, found
        assert (found.st_dev, found.st_ino, found.st_size) == (named.st_dev, named.st_ino, 0)
        assert len(file.read(1 << 20)) == 1 << 20
os.fork() or os._exit(0)
os.wait()
child = os.fork()
print(open("/dev/urandom", "rb").read(8).hex(), flush=True)
if child: os.wait()
"""


def test_devices(printed: Printed) -> None:
    assert len(set(twice(printed, DEVICES))) == 5


def test_a_device_that_is_written_to_is_the_machines(printed: Printed) -> None:
    script = """
import os
device = os.open("/dev/urandom", os.O_RDWR)
print(os.write(device, bytes(8)), len(os.read(device, 8)))
"""
    assert printed(script).split() == ["8", "8"]


def test_bad_address(printed: Printed) -> None:
    script = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.getrandom(ctypes.c_void_p(8), 16, 0), ctypes.get_errno())
"""
    assert printed(script).split() == ["-1", "14"]


Make = Callable[..., Target]


def test_work_that_depends_on_random_numbers(hooks_target: Make) -> None:
    counts = []
    for _ in range(2):
        ended = hooks_target("measure-random").run().succeeded()
        counts.append(ended.benchmarks()["pkg/b.c::random"])
    assert counts[0] == counts[1]


# What Go's runtime works by. A signal ends the sleep, which is longer than what was asked for.
GO_RUNTIME = """
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static void ignored(int number) { (void)number; }
int main(void) {
  const unsigned char *bytes = (const unsigned char *)getauxval(AT_RANDOM);
  close(open("/proc/self/maps", O_RDONLY));
  for (int i = 0; i < 16; ++i) printf("%02x", bytes[i]);
  struct timespec short_one = {0, 20000};
  signal(SIGALRM, ignored);
  alarm(1);
  int slept = syscall(SYS_nanosleep, &short_one, NULL);
  printf(" %d\\n", slept ? errno == EINTR : 2);
  return 0;
}
"""


def test_what_the_runtime_of_go_works_by(
    library: KernelLibrary, compile_c: Callable[..., Path], tmp_path: Path
) -> None:
    source = tmp_path / "go_runtime.c"
    source.write_text(GO_RUNTIME)
    printed: dict[bool, set[bytes]] = {True: set(), False: set()}
    for is_go in (True, True, False, False):
        output: list[bytes] = []
        service = FixedKernel(library, is_go=is_go)
        run([str(compile_c(source))], {}, "/", 30, output.append, [service])
        printed[is_go].add(b"".join(output))
        assert service.lost == ()
    assert len(printed[True]) == 1
    assert printed[True].pop().endswith(b" 1\n")
    assert {one.split()[1] for one in printed[False]} == {b"2"}
    assert len(printed[False]) == 2
