"""What `go test -bench` prints. Each line of a benchmark (`-count`) is a round.

Source: golang.org/design/14313-benchmark-format, and src/testing/benchmark.go of Go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.importing.found import Found, ResultsFile, Timed, joined
from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import UnitError, time_ns

_TIME = "ns/op"
_LONGEST = 1 << 16  # characters of a line that is a result
_HEADER = re.compile(r"(goos|goarch|pkg|cpu): ?(.*)")
_RESULT = re.compile(r"(Benchmark[^\s]*)[ \t]+([0-9]{1,18})[ \t]+(.*)")
_STARTED = re.compile(r"Benchmark[^\s]*\s*")
_FAILED = re.compile(r"\s*--- FAIL: (\S+).*|(FAIL)\b.*|(panic: .*)")
_SKIPPED = re.compile(r"\s*--- SKIP: (Benchmark\S*).*")
_PROCESSORS = re.compile(r"-[1-9][0-9]{0,5}\Z")
_VALUE = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_FIX = "write the output of 'go test -bench' alone to the file, with benchmarks that print nothing"


@dataclass(slots=True)
class _Benchmark:
    """The lines of a benchmark: times by iteration in nanoseconds, and how many iterations."""

    line: int
    times: list[float] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Package:
    """The benchmarks of a package by the names that it prints, and which of them started."""

    benchmarks: dict[str, _Benchmark] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results.

    Raises:
      CodSpeedError: a line is not one of that format, or a benchmark failed.
    """
    return joined([_read(file) for file in files], files)


def _read(file: ResultsFile) -> Found:
    packages: dict[str, _Package] = {}
    headers = {"pkg": ""}
    for number, line in enumerate(_lines(file), start=1):
        if header := _HEADER.fullmatch(line):
            headers[header[1]] = header[2].strip()
            continue
        _take(packages.setdefault(headers["pkg"], _Package()), file, number, line)
    found = Found([], cpu=headers.get("cpu", ""))
    for name, package in packages.items():
        _finish(found, file, name, package)
    return found


def _lines(file: ResultsFile) -> list[str]:
    content = file.read()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise _wrong(file, f"byte {error.start} is not UTF-8") from error
    if text.startswith("{"):
        raise _wrong(file, "JSON, as of 'go test -json'")
    return [line.rstrip("\r") for line in text.split("\n")]


def _take(package: _Package, file: ResultsFile, number: int, line: str) -> None:
    """Takes a line that is about a benchmark; all others are output of something else."""
    if failed := _FAILED.fullmatch(line):
        what = f"{failed[1]} failed" if failed[1] else line.strip()[:200]
        raise file.refused(
            f"line {number}: {what}",
            "benchmarks that all passed",
            f"correct {failed[1] or 'what failed'}, and run them again",
        )
    if skipped := _SKIPPED.fullmatch(line):
        package.skipped[skipped[1]] = "skipped by the benchmark itself"
    elif len(line) < _LONGEST and (result := _RESULT.fullmatch(line)):
        benchmark = package.benchmarks.setdefault(result[1], _Benchmark(number))
        time = _time(file, number, result[3])
        if time is None:
            package.skipped[result[1]] = f"it reports no {_TIME}"
            return
        if int(result[2]) < 1:
            raise _wrong(file, f"line {number}: no iterations")
        benchmark.times.append(time)
        benchmark.iterations.append(int(result[2]))
    elif _STARTED.fullmatch(line):
        package.started.setdefault(line.strip(), number)
    elif line.startswith("Benchmark"):
        raise _wrong(file, f"line {number}: {line[:200]}")


def _time(file: ResultsFile, number: int, values: str) -> float | None:
    """Returns the time by iteration in nanoseconds; None if the line has none."""
    words = values.split()
    if len(words) % 2:
        raise _wrong(file, f"line {number}: {len(words)} words after the iterations")
    of_unit = dict(zip(words[1::2], words[::2], strict=True))
    if _TIME not in of_unit:
        return None
    value = of_unit[_TIME]
    if not _VALUE.fullmatch(value):
        raise _wrong(file, f"line {number}: {value[:40]} {_TIME}")
    try:
        return time_ns(Fraction(value), 1)
    except (UnitError, OverflowError) as error:
        raise _wrong(file, f"line {number}: {value[:40]} {_TIME}") from error


def _finish(found: Found, file: ResultsFile, package: str, taken: _Package) -> None:
    """Adds the benchmarks of a package; each that started must have a result."""
    names = _names(taken)
    prefix = f"{package}::" if package else ""
    results = set(names.values())
    for started, number in taken.started.items():
        known = results | taken.skipped.keys()
        if not any(one == started or one.startswith(f"{started}/") for one in known):
            raise _wrong(file, f"line {number}: {started[:200]} started, without result")
    for printed, reason in taken.skipped.items():
        found.skipped[prefix + names.get(printed, printed)] = reason
    for printed, one in taken.benchmarks.items():
        if printed in taken.skipped:
            continue
        metrics = metrics_of([one.times], one.iterations)
        place = f"line {one.line} of {file.name}"
        found.benchmarks.append(Timed(prefix + names[printed], metrics, [one.times], place))


def _names(taken: _Package) -> dict[str, str]:
    """Returns the name of each benchmark by what Go prints: without GOMAXPROCS at its end.

    Go adds `-8` unless it is 1, and does not state which it was: it is what all names have.
    """
    printed = list(taken.benchmarks)
    ends = {found[0] if (found := _PROCESSORS.search(one)) else "" for one in printed}
    end = ends.pop() if len(ends) == 1 else ""
    return {one: one.removesuffix(end) for one in printed}


def _wrong(file: ResultsFile, got: str) -> CodSpeedError:
    return file.refused(
        got,
        "lines such as 'BenchmarkSort/n=10-8  100  1234 ns/op', as 'go test -bench' prints",
        _FIX,
    )
