"""The program exec_harness: spawns commands, reports to the runner, writes results."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.printing import print_message
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.fifo.client import Client, connect, refused
from rules_codspeed.measure.fifo.protocol import Marker, MarkerKind
from rules_codspeed.measure.walltime.exec_harness.options import ExecOptions, read_exec_options
from rules_codspeed.measure.walltime.exec_harness.rounds import Round, measure_rounds
from rules_codspeed.measure.walltime.rounds.json_files import read_json
from rules_codspeed.measure.walltime.rounds.results_document import (
    Creator,
    benchmark_entry,
    results_json,
    write_results,
)
from rules_codspeed.measure.walltime.rounds.round_statistics import EXEC_HARNESS, statistics_of
from rules_codspeed.measure.walltime.rounds.rounds import write_rounds

NAME: Final = "exec-harness"
_LONGEST_NAME: Final = 924  # bytes
# perf has ten seconds to answer the runner.
_TIMEOUT_S: Final = 15.0


class Benchmark(NamedTuple):
    """A command to measure.

    Attributes:
      command: program and arguments; the program is looked for in PATH.
      name: the displayed name; at most 924 bytes.
      uri: identifies the benchmark.
      options: how often it runs.
    """

    command: tuple[str, ...]
    name: str
    uri: str
    options: ExecOptions


def run_file(path: str, fifo_folder: str = "/tmp", timeout_s: float = _TIMEOUT_S) -> None:
    """Measures the commands that a file lists, and writes the results.

    Args:
      path: of the file.
      fifo_folder: where the runner's FIFOs are, if there is one.
      timeout_s: seconds that a runner has for each answer.

    Raises:
      CodSpeedError: the file cannot be used, a command fails or the runner does.
      OSError: the results cannot be written.
    """
    version, benchmarks = read_benchmarks(path)
    profile = os.environ.get("CODSPEED_PROFILE_FOLDER") or ".codspeed"
    entries, rounds = [], {}
    with connect(folder=fifo_folder) as client:
        if client:
            client.timeout_s = timeout_s
            if not client.set_integration(NAME, version):
                raise refused("take the name of the integration")
        variables = _variables(version)
        for benchmark in benchmarks:
            _tell(f"measuring {benchmark.name}")
            durations = _measure(benchmark, client, variables)
            statistics = statistics_of(EXEC_HARNESS, durations, [1] * len(durations))
            entries.append(benchmark_entry(benchmark.name, benchmark.uri, statistics))
            rounds[benchmark.uri] = durations
    pid = os.getpid()
    os.makedirs(profile, exist_ok=True)
    with UntrustedFolder(profile) as folder:
        write_results(folder, results_json(Creator(NAME, version, pid), entries))
        write_rounds(folder, pid, rounds)


def read_benchmarks(path: str) -> tuple[str, list[Benchmark]]:
    """Returns the version to report, and what to measure.

    Raises:
      CodSpeedError: the file has another shape.
    """
    with UntrustedFolder(os.path.dirname(path) or ".") as folder:
        document = read_json(folder, os.path.basename(path), "the benchmarks of exec-harness")
    try:
        version, listed = document["version"], document["benchmarks"]
        if not isinstance(version, str) or not isinstance(listed, list) or not listed:
            raise TypeError("no version, or no list of benchmarks")
        return version, [_benchmark(entry) for entry in listed]
    except (KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise CodSpeedError(
            f"the file {path} does not state what to measure",
            got=f"{type(error).__name__} {error}",
            expected="version, and benchmarks of command, name and walltime_args",
            fix="write the JSON form of exec-harness",
        ) from error


def _benchmark(entry: Mapping[str, Any]) -> Benchmark:
    command = entry["command"]
    if not isinstance(command, list) or not command or not all(map(_is_argument, command)):
        raise TypeError("a command that is not a list of texts")
    name = entry.get("name")
    if name is None:
        name = " ".join(command)
    if not isinstance(name, str):
        raise TypeError("a name that is not a text")
    for text in (name, *command):
        text.encode()
    options = read_exec_options(entry.get("walltime_args") or {}, name)
    # The URI keeps the whole name.
    shown = name.encode()[:_LONGEST_NAME].decode(errors="ignore")
    return Benchmark(tuple(command), shown, f"exec_harness::{name}", options)


def _is_argument(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _measure(
    benchmark: Benchmark, client: Client | None, variables: Mapping[str, str]
) -> list[int]:
    """Runs all rounds of a command; returns their durations in ns.

    Raises:
      CodSpeedError: the command or the runner fails.
    """
    pid = os.getpid()
    if client and not client.start_benchmark():
        raise refused("start a benchmark")
    rounds = measure_rounds(
        benchmark.options,
        lambda: run_once(benchmark.command, variables),
        time.monotonic_ns,
        _tell,
    )
    if client:
        for start, end in rounds:
            sent = client.add_marker(pid, Marker(MarkerKind.BENCHMARK_START, start))
            if not sent or not client.add_marker(pid, Marker(MarkerKind.BENCHMARK_END, end)):
                raise refused("take a marker")
        if not client.stop_benchmark():
            raise refused("stop a benchmark")
        if not client.set_executed_benchmark(pid, benchmark.uri):
            raise refused("take the name of a benchmark")
    return [one.duration for one in rounds]


def run_once(command: tuple[str, ...], variables: Mapping[str, str]) -> Round:
    """Runs a command; the time to start the process is not part of the round.

    Raises:
      CodSpeedError: it cannot be started, or its exit status is not 0.
    """
    try:
        # Python ignores these two, which a child would inherit.
        pid = os.posix_spawnp(
            command[0], command, variables, setsigdef=(signal.SIGPIPE, signal.SIGXFSZ)
        )
    except OSError as error:
        raise CodSpeedError(
            f"the command of the benchmark cannot be started: {shlex.join(command)[:300]}",
            got=error.strerror,
            expected="an executable file",
            fix="check the binary and its args",
        ) from error
    start = time.monotonic_ns()
    _, raw = os.waitpid(pid, 0)
    end = time.monotonic_ns()
    if status := os.waitstatus_to_exitcode(raw):
        raise CodSpeedError(
            f"the command of the benchmark failed: {shlex.join(command)[:300]}",
            got=f"exit status {status}" if status > 0 else f"killed by signal {-status}",
            expected="exit status 0",
            fix="see what it printed; each round must succeed, as no number of a run that fails "
            "is "
            "one of the work",
        )
    return Round(start, end)


def _variables(version: str) -> dict[str, str]:
    """Returns the environment of the commands; version 1.3.0 has Node write maps of its code."""
    if version == "1.2.0":
        return dict(os.environ)
    options = os.environ.get("NODE_OPTIONS", "").split()
    if "--perf-basic-prof" not in options:
        options.append("--perf-basic-prof")
    return {**os.environ, "NODE_OPTIONS": " ".join(options)}


def _tell(line: str) -> None:
    with contextlib.suppress(OSError):
        print_message(f"exec-harness: {line}")
