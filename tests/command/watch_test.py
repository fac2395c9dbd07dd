"""`--watch`: the loop of a person who optimises, with a program in the place of Bazel."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.commands import Command

# It builds by raising the instructions of all results. A BUILD file that does not parse fails.
BAZEL = """#!/usr/bin/env python3
import os, re, sys
from pathlib import Path
print(sys.argv[1:], file=sys.stderr)
assert "BUILD_WORKSPACE_DIRECTORY" not in os.environ and "RUNFILES_DIR" not in os.environ
if sys.argv[1] == "query":
    print("//a:x.cc\\n//:BUILD.bazel\\n@@other//:y.cc")
elif "broken" in Path("BUILD.bazel").read_text():
    sys.exit("BUILD.bazel is broken")
else:
    for file in Path("RUNFILES").rglob("*.results.json"):
        text = file.read_text()
        file.write_text(re.sub('"Ir": ([0-9]+)', lambda one: '"Ir": %d' % (int(one[1]) * 2), text))
"""


@pytest.fixture
def watched(command: Command) -> Iterator[subprocess.Popen[str]]:
    (command.workspace / "a").mkdir()
    (command.workspace / "a" / "x.cc").write_text("1")
    (command.workspace / "BUILD.bazel").write_text("")
    bazel = command.workspace / "bazelw"
    bazel.write_text(BAZEL.replace("RUNFILES", str(command.runfiles)))
    bazel.chmod(0o755)
    process = command.start("--watch", "--flag=--config=fast")
    yield process
    process.kill()
    process.communicate()


class Reader:
    """The lines of a stream, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.text = ""
        streams = (process.stdout, process.stderr)
        self.threads = [threading.Thread(target=self._read, args=(one,)) for one in streams]
        for thread in self.threads:
            thread.daemon = True
            thread.start()

    def _read(self, stream: Iterator[str]) -> None:
        for line in stream:
            self.text += line

    def wait_for(self, text: str, times: int = 1) -> None:
        end = time.monotonic() + 60
        while self.text.count(text) < times:
            assert time.monotonic() < end, self.text
            time.sleep(0.05)


def test_each_change_is_measured_and_compared_with_the_last_run(
    watched: subprocess.Popen[str], command: Command
) -> None:
    reader = Reader(watched)
    reader.wait_for("Watching 2 files of //:suite.")
    (command.workspace / "a" / "x.cc").write_text("22")
    reader.wait_for("Compared with the last run, built in ")
    reader.wait_for("Ir  1,234,567 -> 2,469,134   +100.00 %")
    assert "['build', '--config=fast', '--', '//:suite']" in reader.text
    reader.wait_for("Watching 2 files", 2)
    (command.workspace / "BUILD.bazel").write_text("broken")
    reader.wait_for("BUILD.bazel is broken")
    reader.wait_for("Watching 2 files", 3)
    (command.workspace / "BUILD.bazel").write_text("mended now")
    reader.wait_for("Ir  2,469,134 -> 4,938,268   +100.00 %")
    watched.send_signal(signal.SIGINT)
    assert watched.wait(30) == 130
    assert "Traceback" not in reader.text


def test_ibazel_states_that_there_are_new_results(command: Command) -> None:
    command.variables["IBAZEL_NOTIFY_CHANGES"] = "y"
    process = command.start("--watch")
    assert process.stdin
    reader = Reader(process)
    reader.wait_for("2 benchmarks")
    for file in command.runfiles.rglob("*.results.json"):
        file.write_text(file.read_text().replace("1234567", "1300000"))
    process.stdin.write("IBAZEL_BUILD_STARTED\nIBAZEL_BUILD_COMPLETED FAILURE\n")
    process.stdin.write("IBAZEL_BUILD_COMPLETED SUCCESS\n")
    process.stdin.close()
    assert process.wait(60) == 0
    for thread in reader.threads:
        thread.join(10)
    assert reader.text.count("Compared with the last run: 2 slower") == 1


def test_sources_that_cannot_be_found(command: Command, tmp_path: Path) -> None:
    bazel = command.workspace / "bazelw"
    bazel.write_text("#!/bin/sh\necho no such package >&2; exit 1\n")
    bazel.chmod(0o755)
    _, errors = command.run("--watch", status=1)
    assert "cannot find the sources of //:suite. Got: no such package." in errors


@pytest.mark.parametrize("other", ["--comment", "--dry-run", "--out=x"])
def test_watching_publishes_nothing(command: Command, other: str) -> None:
    _, errors = command.run("--watch", other, status=2)
    assert "--watch shows what changed, and neither publishes nor writes --out" in errors
