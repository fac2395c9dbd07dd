"""Each way a measurement can fail gives one clear message and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.measure.target import STAGE, Target

Make = Callable[..., Target]


def processes_of_the_stage() -> list[int]:
    """Processes that execute a staged file."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                path = os.readlink(entry / "exe")
                # The same path is another file for a measurement in some sandbox.
                if path.startswith(f"{STAGE}/") and os.path.samefile(path, entry / "exe"):
                    found.append(int(entry.name))
    return found


def test_exit_status(hooks_target: Make) -> None:
    text = hooks_target("measure", "fail").run().failed()
    assert "//pkg:bench ended with exit status 3" in text
    assert "/w/_main/pkg/program measure fail" in text
    assert "| about to: fail" in text
    assert "smoke test" in text


def test_signal(hooks_target: Make) -> None:
    text = hooks_target("crash").run().failed()
    assert "was killed by SIGSEGV (signal 11)" in text
    assert "Invalid write" in text or "Access not within mapped region" in text


def test_timeout_kills_everything(hooks_target: Make) -> None:
    start = time.monotonic()
    text = hooks_target("measure", "hang-with-children", timeout_s=5).run().failed()
    assert time.monotonic() - start < 60
    assert "did not end within 5 s (timeout_s)" in text
    assert "->Threads(n)" in text
    assert processes_of_the_stage() == []


def test_deadlock_of_threads(hooks_target: Make) -> None:
    text = hooks_target("deadlock", timeout_s=2).run().failed()
    assert "did not end within 2 s (timeout_s)" in text
    assert processes_of_the_stage() == []


def test_child_left_behind(hooks_target: Make) -> None:
    text = hooks_target("measure", "leave-child", timeout_s=10).run().failed()
    assert "ended with exit status 0, but left processes behind" in text
    assert processes_of_the_stage() == []


def test_child_that_ends_later_is_measured(hooks_target: Make) -> None:
    ended = hooks_target("measure", "leave-short-child").run().succeeded()
    assert list(ended.benchmarks("2.out")) == ["pkg/b.c::late"]


@pytest.mark.parametrize("arguments", [[], ["garbage"]])
def test_nothing_measured(hooks_target: Make, arguments: list[str]) -> None:
    text = hooks_target(*arguments).run().failed()
    assert "//pkg:bench measured nothing" in text
    assert "allow_empty" in text


def test_nothing_measured_on_purpose(hooks_target: Make) -> None:
    assert hooks_target(allow_empty=True).run().succeeded().benchmarks() == {}


@pytest.mark.parametrize("noise", ["garbage", "long-line"])
def test_garbage_is_printed_safely(hooks_target: Make, noise: str) -> None:
    ended = hooks_target("measure", noise, "fail").run()
    text = ended.failed()
    assert "exit status 3" in text
    assert all(c.isprintable() or c == "\n" for c in text)
    assert len(ended.log) < 3 << 20


def test_output_commands_no_log(hooks_target: Make) -> None:
    last = ["abc\r##[error]boom", "##[stop-commands]token", "a::b"]
    printed = [f"print:{text}" for text in (*COMMANDS, *last)]
    text = hooks_target(*printed, "fail").run().failed()
    assert "    | abc\\r##\\x5berror]boom\n    | ##\\x5bstop-commands]token\n    | a::b\n" in text
    assert obeyed(text) == []
    assert unseen(text) == ""


def test_foreign_profile(hooks_target: Make) -> None:
    text = hooks_target("measure", "foreign-profile").run().failed()
    assert "callgrind profile that cannot be used" in text
    assert "99999.out" in text
    assert "the program ended with exit status 0" in text
    assert "/w/_main/pkg/program measure foreign-profile" in text
    assert "| about to: foreign-profile" in text


def test_link_in_profile(hooks_target: Make) -> None:
    text = hooks_target("measure", "link-in-profile").run().failed()
    assert "it is not a regular file but a symbolic link" in text
    assert "regular files" in text


def test_odd_name_in_profile(hooks_target: Make) -> None:
    text = hooks_target("measure", "odd-name").run().failed()
    assert r"'odd\nname'" in text
    assert "printable" in text


@pytest.mark.parametrize("end", [[], ["fail"]])
def test_profile_folder_is_removed(hooks_target: Make, end: list[str]) -> None:
    text = hooks_target("measure", "remove-profile", *end).run().failed()
    assert "//pkg:bench removed its profile folder" in text
    assert "/w/_main/pkg/program measure remove-profile" in text


def test_newline_in_uri(hooks_target: Make) -> None:
    text = hooks_target("measure-newline").run().failed()
    assert "'pkg/b.c::two' holds a newline" in text


def test_no_debug_information(make_target: Make, compile_c: Callable[..., Path]) -> None:
    source = Path(__file__).parent / "program.c"
    target = make_target(args=["measure"])
    target.stage("_main/pkg/program", compile_c(source, "-Wl,-s"))
    text = target.run().failed()
    assert "debug information" in text
    assert "-g" in text


def test_static_program(
    make_target: Make, exec_target: Make, compile_c: Callable[..., Path]
) -> None:
    static = compile_c(Path(__file__).parent / "program.c", "-static")
    text = exec_target().stage("_main/pkg/program", static).run().failed()
    assert "statically linked" in text
    # Hooks are in the program itself.
    ended = make_target(args=["measure"]).stage("_main/pkg/program", static).run().succeeded()
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]


@pytest.mark.parametrize("how", ["fork-plain", "exec"])
def test_whole_program_that_starts_others(exec_target: Make, how: str) -> None:
    text = exec_target(how).run().failed()
    assert "starts other processes (1)" in text


def test_whole_program_that_leaves_by_exit(exec_target: Make) -> None:
    ended = exec_target("_exit").run().succeeded()
    assert list(ended.benchmarks()) == ["exec_harness::pkg:bench"]
    # By the system call itself, which nothing sees.
    text = exec_target("exit-group").run().failed()
    assert "measured nothing" in text
    assert "_exit" in text


def test_pinned_variable(hooks_target: Make) -> None:
    text = hooks_target("measure", env={"PYTHONHASHSEED": "7"}).run().failed()
    assert "PYTHONHASHSEED=7" in text
    text = hooks_target("measure", env={"VALGRIND_OPTS": "-v"}).run().failed()
    assert "VALGRIND_OPTS" in text


def test_simulator_without_tool(hooks_target: Make, tmp_path: Path) -> None:
    target = hooks_target("measure")
    lines = target.simulator.read_text().splitlines(keepends=True)
    target.simulator = tmp_path / "files"
    target.simulator.write_text("".join(line for line in lines if "callgrind-" not in line))
    text = target.run().failed()
    # The Valgrind of a machine is below usr.
    assert re.search("no file (usr/)?libexec/valgrind/callgrind-", text)


def test_missing_file(hooks_target: Make) -> None:
    target = hooks_target("measure").stage("_main/data.txt", Path("/nonexistent/data.txt"))
    assert "/nonexistent/data.txt" in target.run().failed()


def test_profile_folder_in_use(hooks_target: Make) -> None:
    target = hooks_target("measure")
    command = target.command(target.folder / "out")
    (target.folder / "out/profile").mkdir()
    (target.folder / "out/profile/1.out").write_text("")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "not empty" in ended.stderr


def start(target: Target, name: str) -> subprocess.Popen[str]:
    """Starts a driver and waits until its program runs."""
    command = target.command(target.folder / name)
    driver = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for _ in range(1200):
        if processes_of_the_stage():
            return driver
        time.sleep(0.05)
    raise AssertionError("the program did not start")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted(hooks_target: Make, number: int) -> None:
    driver = start(hooks_target("measure", "sleep"), "out")
    driver.send_signal(number)
    _, errors = driver.communicate(timeout=60)
    assert driver.returncode == 128 + number, errors
    assert not STAGE.exists()
    assert processes_of_the_stage() == []


def test_killed_and_run_again(hooks_target: Make) -> None:
    driver = start(hooks_target("measure", "hang-with-children"), "killed")
    driver.kill()
    driver.wait(60)
    assert STAGE.exists()
    (STAGE / "profile/99.out").write_text("of the killed run")
    ended = hooks_target("measure").run().succeeded()
    assert ended.profile.keys() == {"1.out", "valgrind.1.log"}
    assert processes_of_the_stage() == []


def test_driver_that_outlives_bazel(hooks_target: Make) -> None:
    """Bazel was killed and has made the folder of the profile anew, for another program."""
    target = hooks_target("measure", "nap")
    driver = start(target, "out")
    folder = target.folder / "out/profile"
    shutil.rmtree(folder)
    folder.mkdir()
    assert driver.wait(30) == 1
    assert list(folder.iterdir()) == []


def test_two_at_once(hooks_target: Make) -> None:
    first = start(hooks_target("measure", "sleep", folder="a"), "out")
    target = hooks_target("measure", folder="b")
    command = target.command(target.folder / "out")
    second = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert second.stderr
    assert "waiting for another measurement" in second.stderr.readline()
    first.terminate()
    first.wait(60)
    assert second.wait(60) == 0
    assert second.stderr.read() == ""


def test_aslr_stays_on(hooks_target: Make, refuse: Path) -> None:
    prefix = [str(refuse), "personality"]
    text = hooks_target("measure").run(prefix=prefix).failed()
    assert "personality(2): Operation not permitted" in text
    assert "//rules/settings:allow_aslr" in text
    ended = hooks_target("measure", allow_aslr=True).run("allowed", prefix=prefix)
    assert ended.succeeded().provenance["aslr"] == "allowed"
