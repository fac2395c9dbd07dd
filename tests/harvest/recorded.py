"""A real recording of a C program, made by perf as the official runner calls it."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules_codspeed.capture.capture import capture
from rules_codspeed.measure.walltime.perf.perf import PerfMissing, arguments, find_perf
from rules_codspeed.measure.walltime.perf.perf import recording as recording_of
from rules_codspeed.measure.walltime.perf.probe import probe
from tests.harvest.raw_runs import RawRun

_LIBRARY = """
unsigned hot_in_library(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x = x * 1664525u + (i & 7);
  return x;
}
"""
_PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
unsigned hot_in_library(unsigned n);
static char text[1 << 16], copy[1 << 16];
__attribute__((noinline)) static unsigned hot_one(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x = x * 1103515245u + 12345u + (i & 3);
  return x;
}
__attribute__((noinline)) unsigned hot_two(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x ^= (x << 5) + (x >> 3) + i;
  return x;
}
__attribute__((noinline)) static unsigned hot_in_child(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x = (x >> 1) ^ (x * 48271u);
  return x;
}
static int by_byte(const void *a, const void *b) { return *(const char *)a - *(const char *)b; }
int main(void) {
  printf("%d\\n", (int)getpid());
  fflush(stdout);
  if (getchar() == EOF) return 1;
  unsigned sum = 0;
  pid_t child = fork();
  for (int i = 0; i < 40; i++) {
    if (child == 0) {
      sum += hot_in_child(6000000u);
    } else {
      sum += hot_one(1500000u) + hot_two(1500000u) + hot_in_library(1500000u);
      for (int j = 0; j < 4096; j++) text[j] = (char)(sum * j);
      qsort(text, 4096, 1, by_byte);
      for (int j = 0; j < 64; j++) memcpy(copy, text, sizeof text);
    }
  }
  if (child == 0) _exit(sum == 1);
  waitpid(child, 0, 0);
  return sum == 1;
}
"""


@dataclass(frozen=True)
class Recorded:
    """What was recorded.

    Attributes:
      recording: as perf wrote it.
      pid: the program's.
      start: when the profiler was on, in ns of CLOCK_MONOTONIC.
      end: when the program had ended.
    """

    recording: Path
    pid: int
    start: int
    end: int


def record(folder: Path, call_graph: str = "dwarf,8192") -> Recorded:
    """Compiles, runs and records; skips the test where perf cannot."""
    if not shutil.which("cc"):
        pytest.skip("no cc on this machine")
    return record_program(_compile(folder), folder, call_graph)


def record_program(program: Path, folder: Path, call_graph: str, seconds: float = 120) -> Recorded:
    """Runs and records; skips the test where perf cannot.

    Args:
      program: prints its process id, waits for a line, and runs.
      folder: that gets the recording.
      call_graph: value of perf's option.
      seconds: that perf has to answer, and the program to end.
    """
    try:
        perf = find_perf()
    except PerfMissing as error:
        pytest.skip(str(error))
    tried = probe(perf, recording_of(perf, call_graph))
    if tried.state != "recorded":
        pytest.skip(tried.reason)
    control, acknowledge = folder / "control", folder / "acknowledge"
    for fifo in (control, acknowledge):
        os.mkfifo(fifo)
    recording = folder / "perf.pipedata"
    option = f"--control=fifo:{control},{acknowledge}"
    command = [perf.path, *arguments(tried.how, option), str(program)]
    descriptors = [os.open(fifo, os.O_RDWR | os.O_NONBLOCK) for fifo in (control, acknowledge)]
    try:
        with recording.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.PIPE,
                # Where perf would keep what it knows about files.
                env={**os.environ, "HOME": str(folder)},
            )
        return _run(process, descriptors, recording, seconds)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _run(
    process: subprocess.Popen[bytes], descriptors: list[int], recording: Path, seconds: float
) -> Recorded:
    control, acknowledge = descriptors
    assert process.stdin
    assert process.stderr
    # In pipe mode perf passes its standard error to the program as standard output, and may
    # print something itself before.
    said = []
    for line in process.stderr:
        said.append(line)
        if line.strip().isdigit():
            break
    else:
        process.stdin.close()
        process.wait()
        text = b"".join(said).decode(errors="replace").strip()
        pytest.skip(f"perf cannot record here: {text[:200]}")
    start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    os.write(control, b"enable\n\0")
    assert select.select([acknowledge], [], [], seconds)[0], "perf does not answer"
    assert os.read(acknowledge, 5) == b"ack\n\0"
    process.communicate(b"\n", timeout=seconds)
    end = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    assert process.returncode == 0
    return Recorded(recording, int(said[-1]), start, end)


def _compile(folder: Path) -> Path:
    library, program = folder / "libhot.so", folder / "program"
    for source, text in ((folder / "library.c", _LIBRARY), (folder / "program.c", _PROGRAM)):
        source.write_text(text)
    flags = ["-O1", "-g", "-fno-omit-frame-pointer"]
    for command in (
        ["cc", *flags, "-shared", "-fPIC", "-o", str(library), str(folder / "library.c")],
        ["cc", *flags, "-o", str(program), str(folder / "program.c"), str(library)],
    ):
        subprocess.run(command, check=True)
    return program


def raw_run_of(recorded: Recorded, folder: Path, version: str) -> RawRun:
    """Returns the raw run of a recording, with the files that it refers to, not yet written."""
    integration = ("codspeed-cpp", "2.3.0")
    run = RawRun(
        folder,
        {
            "framework": "hooks",
            "runner_version": version,
            "integration": list(integration),
            "bench_pids": [recorded.pid],
            "markers": [["SampleStart", recorded.start], ["SampleEnd", recorded.end]],
            "uri_by_ts": [[recorded.end + 1, "program.c::all"]],
        },
    )
    captured = capture(recorded.recording, [recorded.pid], integration, run.folder)
    run.document["objects"] = captured.objects
    run.document["debug_files"] = captured.debug_files
    run.data = recorded.recording.read_bytes()
    return run


def perf_names(recording: Path) -> list[tuple[int, int, str | None]]:
    """Returns process, address and function of each sample as `perf script` prints them."""
    with recording.open("rb") as file:
        ended = subprocess.run(
            ["perf", "script", "-i", "-", "-G", "-F", "pid,ip,sym"],
            stdin=file,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "HOME": str(recording.parent)},
        )
    found = []
    for line in ended.stdout.splitlines():
        pid, address, *name = line.split(None, 2)
        known = name and name[0] != "[unknown]"
        found.append((int(pid), int(address, 16), name[0] if known else None))
    return found
