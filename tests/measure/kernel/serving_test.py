"""How calls are served: many at a time, to the end, in time, and none can hide."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rules_codspeed
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.stage.kernel import (
    ROOT,
    FixedKernel,
    KernelLibrary,
    PinnedRoot,
    parts,
)
from rules_codspeed.measure.stage.process import run
from tests.measure.elsewhere import DRIVER
from tests.measure.target import Target

Printed = Callable[..., str]
Make = Callable[..., Target]

PARTS = parts("machine")


def test_thread_in_a_signal_storm(printed: Printed) -> None:
    """A signal ends no call that never waits: stat does not fail with EINTR."""
    script = """
import os, signal, threading
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, False)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
def work():
    for _ in range(500): os.stat("/"); os.listdir("."); os.getrandom(8)
threads = [threading.Thread(target=work) for _ in range(4)]
for one in threads: one.start()
for one in threads: one.join()
signal.setitimer(signal.ITIMER_REAL, 0)
print("done")
"""
    assert printed(script) == "done\n"


class _NoFilter(KernelLibrary):
    """The library on a machine whose kernel refuses the filter."""

    def __init__(self) -> None:
        self.parts = PARTS

    def install(self, root: PinnedRoot | None, is_go: bool) -> int:
        return -1


@pytest.mark.parametrize(
    ("root", "lost"), [(None, ()), (PinnedRoot("/tmp/root", "/tmp/callgrind"), (ROOT,))]
)
def test_without_a_filter_the_machine_answers_everything(
    root: PinnedRoot | None, lost: tuple[str, ...]
) -> None:
    kernel = FixedKernel(_NoFilter(), root)
    kernel.install()
    kernel.connect(os.getpid())
    kernel.close()
    assert kernel.lost == (*PARTS, *lost)


def test_processes(printed: Printed) -> None:
    script = """
import os, subprocess
children = []
for _ in range(4):
    child = os.fork()
    if not child:
        for _ in range(200): os.stat("/")
        os.execv("/bin/ls", ["ls", "-d", "/"])
    children.append(child)
for child in children: os.waitpid(child, 0)
print(subprocess.run(["id", "-u"], capture_output=True, text=True).stdout)
"""
    assert printed(script).split() == ["/"] * 4 + ["0"]


def test_process_killed_while_others_ask(printed: Printed) -> None:
    script = """
import os, signal, time
children = []
for _ in range(4):
    child = os.fork()
    if not child:
        while True: os.stat("/"); os.listdir("/"); os.urandom(64)
    children.append(child)
time.sleep(0.1)
for child in children: os.kill(child, signal.SIGKILL)
for child in children: os.waitpid(child, 0)
print(len(os.urandom(8)))
"""
    assert printed(script) == "8\n"


def test_process_that_closed_its_output(printed: Printed) -> None:
    script = """
import os, time
if os.fork() == 0:
    for stream in (0, 1, 2): os.close(stream)
    time.sleep(0.2)
    os.stat("/")
"""
    assert printed(script) == ""


def test_before_linux_6_11(kernel: Path, tmp_path: Path) -> None:
    """To wait for a call does not end there when no process is left: the driver must not hang."""
    old = ["setarch", "--uname-2.6"]
    if subprocess.run([*old, "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let a process see another kernel's release")
    package = str(Path(rules_codspeed.__file__).parents[1])
    script = DRIVER.format(path=package, library=str(kernel))
    ended = subprocess.run(
        [*old, sys.executable, "-I", "-S", "-B", "-c", script, "/bin/ls", "/proc/self/cwd/"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout == "ended with exit status 0\n()\n"


def test_files_of_the_machine_are_lost_with_the_rest(printed: Printed) -> None:
    """What another user or root opens is the machine's, and is reported."""
    script = """
import contextlib, os
with contextlib.suppress(OSError): os.setgroups([5])
print(open("/proc/loadavg").read().startswith("0.00 0.00 0.00 1/100 "))
"""
    assert printed(script, lost=("files", "machine", "users")) == "False\n"


def test_own_filter_of_a_program(printed: Printed, refuse: Path) -> None:
    assert printed("import os; print(os.uname().nodename)", *filtered(refuse)) == "localhost\n"


def filtered(refuse: Path) -> list[str]:
    return [str(refuse), "personality", "/usr/bin/env", "python3", "-I", "-S", "-c"]


REFUSED = """
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  printf("%d", syscall(425, 1, 0) == -1 && errno == ENOSYS);  // io_uring_setup
  printf("%d", syscall(435, 0, 0) == -1 && errno == ENOSYS);  // clone3
#if defined(__x86_64__)
  printf("%d", syscall(0x40000000 + 39) == -1 && errno == ENOSYS);  // x32
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
  printf("%d", (int)result == -ENOSYS);
#else
  printf("11");
#endif
}
"""


def test_calls_that_would_hide_are_refused(
    printed: Printed, compile_c: Callable[..., Path], tmp_path: Path
) -> None:
    source = tmp_path / "refused.c"
    source.write_text(REFUSED)
    assert printed("", str(compile_c(source))) == "1111"


def test_program_that_cannot_be_started(library: KernelLibrary) -> None:
    with pytest.raises(CodSpeedError, match="cannot be started"):
        run(["/nonexistent"], {}, "/", 5, lambda _: None, [FixedKernel(library)])


class Silent(FixedKernel):
    """Answers nothing."""

    def _serve(self, listener: int) -> None:
        self.unanswered = listener

    def close(self) -> None:
        super().close()
        os.close(self.unanswered)


def test_start_is_under_the_time_limit(library: KernelLibrary) -> None:
    """The dynamic loader asks before the program's first line."""
    start = time.monotonic()
    outcome = run(["/bin/ls"], {}, "/", 0.5, lambda _: None, [Silent(library)])
    assert outcome.timed_out
    assert time.monotonic() - start < 10


def test_library_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "bad.so").write_text("no library")
    with pytest.raises(CodSpeedError, match="cannot be loaded"):
        KernelLibrary(str(tmp_path / "bad.so"))


def test_static_program(make_target: Make, compile_c: Callable[..., Path]) -> None:
    static = compile_c(Path(__file__).parents[1] / "program.c", "-static")
    target = make_target(args=["measure-random"]).stage("_main/pkg/program", static)
    first, second = target.run("a").succeeded(), target.run("b").succeeded()
    assert first.profile == second.profile
    assert first.provenance["machine_answered"] == []


@pytest.mark.parametrize(("clock", "more"), [("machine", []), ("logical", ["clock"])])
def test_kernel_that_refuses(hooks_target: Make, refuse: Path, clock: str, more: list[str]) -> None:
    target = hooks_target("measure-random", clock=clock)
    ended = target.run(prefix=[str(refuse), "seccomp"]).succeeded()
    assert ended.provenance["machine_answered"] == [*PARTS, *more]
    assert ended.log.count("fixed kernel: the machine answered") == len(PARTS) + len(more)
    assert ended.benchmarks()["pkg/b.c::random"][0] > 1000


def test_kernel_that_refuses_a_part(hooks_target: Make, refuse: Path) -> None:
    """Containers refuse pidfd_getfd: folders are listed all the same."""
    ended = hooks_target("measure").run(prefix=[str(refuse), "pidfd_getfd"]).succeeded()
    assert ended.provenance["machine_answered"] == []


def test_switched_off(hooks_target: Make) -> None:
    ended = hooks_target("measure", fixed_kernel=False).run().succeeded()
    assert ended.provenance["machine_answered"] == list(PARTS)


def test_signal_while_the_thread_starts(
    library: KernelLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    def interrupted(thread: threading.Thread) -> None:
        os.kill(os.getpid(), signal.SIGALRM)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    before = signal.signal(signal.SIGALRM, end)
    try:
        with pytest.raises(SystemExit):
            run(["/bin/sleep", "60"], {}, "/", 30, print, [FixedKernel(library)])
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_was_started(library: KernelLibrary, tmp_path: Path) -> None:
    """A program that is not there is named, too, in each place where it was looked for."""
    script = """
import os, subprocess
subprocess.run(["true", "a b", "", "x" * 9999])
try: os.posix_spawnp("no-such-program", ["named", "--version"], os.environ)
except FileNotFoundError: pass
os.execv("/bin/echo", ["echo", *map(str, range(99))])
"""
    python = os.path.realpath(sys.executable)
    kernel = FixedKernel(library)
    command = [python, "-I", "-S", "-c", script]
    printed: list[bytes] = []
    variables = {"PATH": "/usr/bin:/bin"}
    outcome = run(command, variables, str(tmp_path), 30, printed.append, [kernel])
    assert outcome.status == 0
    first, *others = kernel.started
    assert (first.process, first.path) == (outcome.pid, python)
    assert first.arguments[:4] == (python, "-I", "-S", "-c")
    found = [(one.path, one.arguments) for one in others]
    assert ("/usr/bin/true", ("true", "a b", "", "x" * 255)) in found
    missing = [one for one in others if one.arguments == ("named", "--version")]
    assert [one.path for one in missing] == [f"/{at}/no-such-program" for at in ("usr/bin", "bin")]
    assert missing[0].process not in (outcome.pid, others[0].process)
    assert found[-1] == ("/bin/echo", ("echo", *map(str, range(15))))
    assert others[-1].process == outcome.pid
