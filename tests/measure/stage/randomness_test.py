"""Random numbers that a measured program gets: the same in every run, whatever asks for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.measure.stage.process import run
from rules_codspeed.measure.stage.randomness import FixedRandomness, random_bytes
from tests.measure.target import Target

HERE = Path(__file__).parents[1]


def test_reference_values() -> None:
    """The first outputs of splitmix64 with seed 0, as its author's program prints them."""
    words = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert random_bytes(0, 0, 24) == b"".join(word.to_bytes(8, "little") for word in words)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9000))
def test_any_length(process: int, call: int, count: int) -> None:
    found = random_bytes(process, call, count)
    assert len(found) == count
    assert found == random_bytes(process, call, 9000)[:count]
    if count >= 8:
        assert found != random_bytes(process, call + 1, count)
        assert found != random_bytes(process + 1, call, count)


def printed(script: str) -> str:
    """Runs a Python script with fixed randomness; returns what it prints."""
    output: list[bytes] = []
    randomness = FixedRandomness()
    command = [os.path.realpath(sys.executable), "-I", "-S", "-c", script]
    outcome = run(command, {}, "/", 30, output.append, [randomness])
    assert (outcome.status, outcome.timed_out) == (0, False), b"".join(output)
    assert randomness.works
    return b"".join(output).decode()


def twice(script: str) -> list[str]:
    """Returns the words that a script prints, having checked that a second run prints the same."""
    first = printed(script)
    assert printed(script) == first
    return first.split()


def test_calls_differ_from_each_other() -> None:
    words = twice("import os\nfor n in range(3): print(os.urandom(16).hex())")
    assert len(set(words)) == 3


def test_large_answer() -> None:
    assert twice("import os; print(len(os.getrandom(100_000)))") == ["100000"]


def test_processes_differ_from_each_other() -> None:
    script = """
import os
child = os.fork()
print(os.urandom(8).hex(), flush=True)
if child: os.wait()
"""
    assert len({*printed(script).split(), *printed(script).split()}) == 2


def test_threads_share_the_sequence_of_their_process() -> None:
    script = """
import os, threading
found = []
for _ in range(3):
    one = threading.Thread(target=lambda: found.append(os.urandom(8).hex()))
    one.start()
    one.join()
print(*found)
"""
    assert len(set(twice(script))) == 3


def test_bad_address() -> None:
    script = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.getrandom(ctypes.c_void_p(8), 16, 0), ctypes.get_errno())
"""
    assert printed(script).split() == ["-1", "14"]


def test_process_that_closed_its_output() -> None:
    script = """
import os, time
if os.fork() == 0:
    for stream in (0, 1, 2): os.close(stream)
    time.sleep(0.2)
    os.urandom(8)
"""
    assert printed(script) == ""


def test_process_killed_while_others_ask() -> None:
    script = """
import os, signal, time
children = []
for _ in range(4):
    child = os.fork()
    if not child:
        while True: os.urandom(64)
    children.append(child)
time.sleep(0.1)
for child in children: os.kill(child, signal.SIGKILL)
for child in children: os.waitpid(child, 0)
print(len(os.urandom(8)))
"""
    assert printed(script) == "8\n"


def test_program_that_cannot_be_started() -> None:
    with pytest.raises(Exception, match="cannot be started"):
        run(["/nonexistent"], {}, "/", 5, lambda _: None, [FixedRandomness()])


Make = Callable[..., Target]


def test_work_that_depends_on_random_numbers(hooks_target: Make) -> None:
    counts = []
    for _ in range(2):
        ended = hooks_target("measure-random").run().succeeded()
        assert ended.provenance["randomness"] == "fixed"
        counts.append(ended.benchmarks()["pkg/b.c::random"])
    assert counts[0] == counts[1]


def test_static_program(make_target: Make, compile_c: Callable[..., Path]) -> None:
    static = compile_c(HERE / "program.c", "-static")
    target = make_target(args=["measure-random"]).stage("_main/pkg/program", static)
    assert target.run("a").succeeded().profile == target.run("b").succeeded().profile


def test_kernel_that_refuses(hooks_target: Make, refuse: Path) -> None:
    target = hooks_target("measure-random")
    ended = target.run(prefix=[str(refuse), "seccomp"]).succeeded()
    assert ended.provenance["randomness"] == "kernel"
    assert ended.benchmarks()["pkg/b.c::random"][0] > 1000
