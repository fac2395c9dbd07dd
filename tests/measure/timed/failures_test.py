"""Each way a timed program can fail gives one clear message and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import STAGE
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]

FIFOS = [Path("/tmp/runner.ctl.fifo"), Path("/tmp/runner.ack.fifo")]


def processes_of_the_stage() -> list[int]:
    """Processes that execute a staged file."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "exe").startswith(f"{STAGE}/"):
                    found.append(int(entry.name))
    return found


# With perf and without: messages about a program must not depend on it.
both = pytest.mark.parametrize("profiler", ["perf", "none"])


def without_remark(text: str) -> str:
    """Drops the line that announces that there will be no profile."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if "is measured without a profile" not in line)


@both
def test_exit_status(hooks_timed: Make, profiler: str) -> None:
    text = without_remark(hooks_timed("measure", "fail", profiler=profiler).time().failed())
    assert text.startswith("//pkg:bench ended with exit status 3.\n")
    assert f"command: {STAGE}/w/_main/pkg/program measure fail" in text
    assert "| about to: fail" in text
    assert "smoke test" in text


@both
def test_a_program_that_fails_only_while_it_is_measured(hooks_timed: Make, profiler: str) -> None:
    text = hooks_timed("fail-measured", profiler=profiler).time().failed()
    assert "//pkg:bench ended with exit status 4.\n" in text
    assert "run the smoke test" not in text
    assert "the program succeeds without measuring, so look for what differs" in text


def test_sanitizers_are_in_the_numbers(hooks_timed: Make, compile_c: Callable[..., Path]) -> None:
    program = compile_c(Path(__file__).with_name("timed.c"), "-Wl,--defsym=__asan_init=main")
    target = hooks_timed("measure", profiler="none")
    target.stage("_main/pkg/program", program)
    printed = target.time().succeeded().stderr
    assert "is built with AddressSanitizer, whose work is in its numbers" in printed


@both
@pytest.mark.parametrize(("how", "name"), [("crash", "SIGSEGV (signal 11)"), ("kill", "SIGKILL")])
def test_signal(hooks_timed: Make, profiler: str, how: str, name: str) -> None:
    text = hooks_timed("measure", how, profiler=profiler).time().failed()
    assert f"//pkg:bench was killed by {name}" in text


@both
def test_timeout_kills_everything(hooks_timed: Make, profiler: str) -> None:
    start = time.monotonic()
    text = hooks_timed("measure", "hang", timeout_s=3, profiler=profiler).time().failed()
    assert time.monotonic() - start < 20
    assert "//pkg:bench did not end within 3 s (timeout_s) and was killed" in text
    assert "raise timeout_s" in text
    assert processes_of_the_stage() == []


@both
def test_child_left_behind(hooks_timed: Make, profiler: str) -> None:
    text = hooks_timed("measure", "leave-child", timeout_s=3, profiler=profiler).time().failed()
    assert "ended with exit status 0, but left processes behind that did not end within 3 s" in text
    assert processes_of_the_stage() == []


def test_child_that_measures_after_its_parent(hooks_timed: Make, recording: None) -> None:
    text = hooks_timed("measure", "late-child").time().failed()
    assert "a process measures although the program that started it has ended" in text
    assert "let it wait for them" in text
    assert processes_of_the_stage() == []


@both
@pytest.mark.parametrize("arguments", [[], ["garbage"], ["measure", "without-results"]])
def test_nothing_measured(hooks_timed: Make, profiler: str, arguments: list[str]) -> None:
    text = hooks_timed(*arguments, profiler=profiler).time().failed()
    assert "//pkg:bench: the benchmark measured nothing" in text
    assert "the program ended with exit status 0" in text
    assert "allow_empty" in text


def test_garbage_is_printed_safely(hooks_timed: Make) -> None:
    ended = hooks_timed("measure", "garbage", "fail").time()
    text = ended.failed()
    assert "exit status 3" in text
    assert all(c.isprintable() or c == "\n" for c in text)
    assert len(ended.log) < 3 << 20


def test_garbage_does_not_harm(hooks_timed: Make) -> None:
    ended = hooks_timed("garbage", "measure", "garbage").time().succeeded()
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]


def test_benchmark_reported_twice(hooks_timed: Make) -> None:
    text = hooks_timed("measure", "measure").time().failed()
    assert "the program reported a benchmark twice: pkg/b.c::work" in text
    assert "| about to: measure" in text


def test_benchmark_reported_by_two_processes(hooks_timed: Make) -> None:
    text = hooks_timed("fork", "fork").time().failed()
    assert "the program reported a benchmark twice: pkg/b.c::child" in text


def test_broken_json(hooks_timed: Make) -> None:
    text = hooks_timed("measure", "broken-json").time().failed()
    assert f"//pkg:bench: the file {STAGE}/profile/results/1.json cannot be read" in text
    assert "Expecting value" in text


def test_json_of_another_shape(hooks_timed: Make) -> None:
    text = hooks_timed("measure", "other-json").time().failed()
    assert "does not have the shape of walltime results" in text
    assert ".creator is 5" in text


def test_odd_name(hooks_timed: Make) -> None:
    text = hooks_timed("measure", "odd-name").time().failed()
    assert r"a\nb.json" in text


def test_profile_folder_is_removed(hooks_timed: Make) -> None:
    text = hooks_timed("measure", "remove-profile", "without-results").time().failed()
    assert "the program removed its profile folder" in text


def test_protocol_too_old(hooks_timed: Make, recording: None) -> None:
    text = hooks_timed("old-version").time().failed()
    assert "//pkg:bench: the benchmark's CodSpeed integration is too old for this runner" in text
    assert "version 0 of the FIFO protocol" in text
    assert "the program was stopped" in text
    assert processes_of_the_stage() == []
    assert not any(fifo.exists() for fifo in FIFOS)


def test_program_is_missing(make_timed: Make) -> None:
    assert "the program of //pkg:bench is not among its files" in make_timed().time().failed()


def test_simulation_is_no_walltime(hooks_timed: Make) -> None:
    text = hooks_timed("measure", mode="simulation").time().failed()
    assert "is not for walltime" in text
    assert "mode simulation" in text


def test_raw_folder_in_use(hooks_timed: Make) -> None:
    target = hooks_timed("measure")
    command = target.timed_command(target.folder / "out")
    (target.folder / "out/raw").mkdir()
    (target.folder / "out/raw/run.json").write_text("")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "not empty" in ended.stderr


def start(target: TimedTarget, name: str) -> subprocess.Popen[str]:
    """Starts a driver and waits until its program runs."""
    command = target.timed_command(target.folder / name)
    driver = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for _ in range(400):
        if processes_of_the_stage():
            return driver
        time.sleep(0.05)
    raise AssertionError("the program did not start")


def test_interrupted(hooks_timed: Make) -> None:
    driver = start(hooks_timed("measure", "hang"), "out")
    driver.terminate()
    assert driver.wait(10) == 128 + 15
    assert not STAGE.exists()
    assert processes_of_the_stage() == []
    assert not any(fifo.exists() for fifo in FIFOS)


def test_killed_and_run_again(hooks_timed: Make) -> None:
    driver = start(hooks_timed("measure", "hang"), "killed")
    driver.kill()
    driver.wait(10)
    assert STAGE.exists()
    ended = hooks_timed("measure").time().succeeded()
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]
    assert processes_of_the_stage() == []
    assert not any(fifo.exists() for fifo in FIFOS)


def test_two_at_once(hooks_timed: Make) -> None:
    first = start(hooks_timed("measure", "hang", folder="a"), "out")
    target = hooks_timed("measure", folder="b")
    command = target.timed_command(target.folder / "out")
    second = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert second.stderr
    assert "waiting for another measurement" in second.stderr.readline()
    first.terminate()
    first.wait(10)
    assert second.wait(60) == 0
    # Where perf does not record, that is reported too.
    reported = second.stderr.read().splitlines()
    assert [line for line in reported if "is measured without a profile" not in line] == []
