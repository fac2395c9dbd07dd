"""A recording that perf makes on the spot, read as perf reads it itself."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rules_codspeed.capture.perf.attributes import sampled_event
from rules_codspeed.capture.perf.events import Comm, Event, Fork, Mmap2
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.harvest.samples.samples import read_samples
from rules_codspeed.measure.walltime.perf.perf import Recording, ways

# As the runner records (spec: walltime 2.3), on the event that every machine has.
RECORD = [
    *("record", "--quiet", "-e", "cpu-clock", "--timestamp", "-k", "CLOCK_MONOTONIC"),
    *("--freq=997", "--delay=-1", "-g", "--user-callchains"),
]

# Switches perf's sampling on and off, forks, lets a child run another program, uses a thread.
PROGRAM = """
import os, subprocess, sys, threading

with open(sys.argv[1], "w") as control, open(sys.argv[2]) as acknowledged:
    def send(command):
        control.write(command + "\\n")
        control.flush()
        acknowledged.readline()

    def work():
        return sum(range(3_000_000))

    send("enable")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    for _ in range(3):
        if not (child := os.fork()):
            work()
            os._exit(0)
        os.waitpid(child, 0)
        subprocess.run(["/bin/true"], check=True)
    send("disable")
"""

MMAP2_LINE = re.compile(
    r"PERF_RECORD_MMAP2 (-?\d+)/(-?\d+): "
    r"\[(0x[0-9a-f]+)\((0x[0-9a-f]+)\) @ (0x[0-9a-f]+|0) .*\]: ([-r])([-w])([-x])[ps] (.*)"
)
FORK_LINE = re.compile(r"PERF_RECORD_FORK\((\d+):(\d+)\):\((\d+):(\d+)\)")
COMM_LINE = re.compile(r"PERF_RECORD_COMM( exec)?: (.*):(\d+)/(\d+)$")
TIME = re.compile(r" (\d+)\.(\d{9}): ")
SAMPLE_LINE = re.compile(
    r"^(?:\S+ )?(\d+) 0x[0-9a-f]+ \[0x[0-9a-f]+\]: PERF_RECORD_SAMPLE\(IP, (0x[0-9a-f]+)\): "
    r"(\d+)/(\d+): (0x[0-9a-f]+) period: (\d+) "
)
CHAIN_LINE = re.compile(r"^\.{5} +\d+: ([0-9a-f]{16})$")
FIRST_MARK = (1 << 64) - 4095


@functools.cache
def refusal() -> str:
    """Returns why perf cannot record here; empty if it can."""
    if shutil.which("perf") is None:
        return "there is no perf"
    probe = ["perf", "record", "-e", "cpu-clock", "-o", "-", "--", "true"]
    done = subprocess.run(probe, capture_output=True, check=False, timeout=60)
    if done.returncode or not done.stdout:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return f"perf cannot record: {lines[0] if lines else 'no output'}"
    return ""


@functools.cache
def compresses() -> bool:
    done = subprocess.run(
        ["perf", "version", "--build-options"], capture_output=True, check=False, timeout=60
    )
    return b"zstd: [ on" in done.stdout


@pytest.fixture(scope="module", params=["plain", "compressed", "dwarf"])
def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of PROGRAM."""
    if refusal():
        pytest.skip(refusal())
    options = ["--call-graph=fp"]
    if request.param == "compressed":
        if not compresses():
            pytest.skip("this perf is built without zstd")
        options.append("--compression-level=3")
    elif request.param == "dwarf":
        # Where a processor has SVE, the clock gives these alone.
        registers = ways(Recording("dwarf,8192", compression=False), os.uname().machine)[-1]
        options = ["--call-graph=dwarf,8192", *registers.registers]
    folder = tmp_path_factory.mktemp("recording")
    control, acknowledged = folder / "control", folder / "acknowledged"
    os.mkfifo(control)
    os.mkfifo(acknowledged)
    program = [sys.executable, "-c", PROGRAM, str(control), str(acknowledged)]
    file = folder / "perf.pipedata"
    with file.open("wb") as output, tempfile.TemporaryFile() as log:
        command = ["perf", *RECORD, *options, f"--control=fifo:{control},{acknowledged}"]
        done = subprocess.run(
            [*command, "-o", "-", "--", *program],
            stdout=output,
            stderr=log,
            check=False,
            timeout=300,
        )
        log.seek(0)
        assert done.returncode == 0, log.read()
    return file


def perf_lines(*arguments: str) -> str:
    done = subprocess.run(["perf", *arguments], capture_output=True, check=True, timeout=60)
    return done.stdout.decode(errors="surrogateescape")


def events_printed_by_perf(file: Path) -> list[Event]:
    """Returns the events as `perf script` prints them; those without time have time 0."""
    found: list[Event] = []
    events = ["--show-mmap-events", "--show-task-events"]
    for line in perf_lines(
        "script", "--ns", "-F", "comm,tid,pid,time", *events, "-i", str(file)
    ).split("\n"):
        stamp = TIME.search(line)
        time = int(stamp[1]) * 10**9 + int(stamp[2]) if stamp else 0
        if one := MMAP2_LINE.search(line):
            start, length, offset = (int(one[group], 16) for group in (3, 4, 5))
            prot = sum(
                bit for bit, flag in zip((1, 2, 4), one.group(6, 7, 8), strict=True) if flag != "-"
            )
            path = one[9].encode(errors="surrogateescape")
            found.append(
                Mmap2(int(one[1]), int(one[2]), start, start + length, offset, prot, path, time)
            )
        elif one := FORK_LINE.search(line):
            pid, tid, ppid, ptid = map(int, one.groups())
            found.append(Fork(pid, ppid, tid, ptid, time))
        elif one := COMM_LINE.search(line):
            found.append(Comm(int(one[3]), int(one[4]), bool(one[1]), one[2].encode(), time))
    return found


def test_events_in_the_order_of_perf(recording: Path) -> None:
    with recording.open("rb") as file:
        events = list(ordered_events(file, str(recording)))
    # What perf makes up beside several events has none.
    timed = [event._replace(time=event.time or 0) for event in events]
    assert timed == events_printed_by_perf(recording)
    mapped = [event for event in events if isinstance(event, Mmap2)]
    assert any(event.path.endswith(b"/true") for event in mapped)
    forks = [event for event in events if isinstance(event, Fork)]
    assert sum(event.pid != event.ppid for event in forks) >= 6
    assert any(event.pid == event.ppid for event in forks)
    assert sum(isinstance(event, Comm) and event.execve for event in events) >= 4


def samples_printed_by_perf(file: Path) -> list[tuple[object, ...]]:
    """Returns time, process, thread, address, period, mode and call chain of the samples."""
    found: list[tuple[object, ...]] = []
    chain: list[int] = []
    for line in perf_lines("report", "-D", "-i", str(file)).split("\n"):
        if one := SAMPLE_LINE.search(line):
            time, misc, pid, tid, ip, period = (int(text, 0) for text in one.groups())
            chain = []
            found.append((time, pid, tid, ip, period, misc & 7 == 2, chain))
        elif (one := CHAIN_LINE.search(line)) and int(one[1], 16) < FIRST_MARK:
            chain.append(int(one[1], 16))
    return found


def test_samples(recording: Path) -> None:
    with recording.open("rb") as file:
        samples = list(read_samples(file, str(recording)))
    printed = samples_printed_by_perf(recording)
    assert len(printed) >= 10
    by_time = sorted(samples, key=lambda sample: sample.time or 0)
    assert [
        (one.time, one.pid, one.tid, one.ip, one.period, one.user, list(one.callchain))
        for one in by_time
    ] == printed


def test_event(recording: Path) -> None:
    # Where perf may not sample the kernel, as in a sandbox, it leaves it out by itself.
    excluded = "exclude_kernel: 1" in perf_lines("evlist", "-v", "-i", str(recording))
    with recording.open("rb") as file:
        assert sampled_event(file, str(recording)) == ("cpu-clock:u" if excluded else "cpu-clock")
