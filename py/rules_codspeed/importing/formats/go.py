"""What `go test -bench` prints. Each line of a benchmark (`-count`) is a round.

Source: golang.org/design/14313-benchmark-format, and src/testing/benchmark.go of Go.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
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
    """The lines of a benchmark: times by iteration in nanoseconds, and how many iterations.

    Both are empty where its lines have no time.
    """

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
            _take_header(headers, file, number, header[1], header[2].strip())
            continue
        _take(packages.setdefault(headers["pkg"], _Package()), file, number, line)
    found = Found([], cpu=headers.get("cpu", ""))
    for name, package in packages.items():
        _finish(found, file, name, package)
    return found


def _take_header(
    headers: dict[str, str], file: ResultsFile, number: int, name: str, value: str
) -> None:
    known = headers.get(name)
    if name == "cpu" and known and value and known != value:
        raise file.refused(
            f"line {number}: the processor {value[:200]}, where a line above states {known[:200]}",
            "results of one machine",
            "write the results of each machine to a file of its own, and import each by a target "
            "of its own",
        )
    if value or name != "cpu":
        headers[name] = value


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
        _take_result(package, file, number, result)
    elif _STARTED.fullmatch(line):
        package.started.setdefault(line.strip(), number)
    elif line.startswith("Benchmark"):
        raise _wrong(file, f"line {number}: {line[:200]}")


def _take_result(package: _Package, file: ResultsFile, number: int, result: re.Match[str]) -> None:
    name, iterations = result[1], int(result[2])
    is_new = name not in package.benchmarks
    benchmark = package.benchmarks.setdefault(name, _Benchmark(number))
    time = _time(file, number, result[3])
    if not is_new and (time is None) == bool(benchmark.times):
        lacking, having = (number, benchmark.line) if time is None else (benchmark.line, number)
        raise _wrong(
            file, f"line {lacking}: {name[:200]} without {_TIME}, which it has in line {having}"
        )
    if time is None:
        package.skipped[name] = f"it reports no {_TIME}"
        return
    if iterations < 1:
        raise _wrong(file, f"line {number}: no iterations")
    benchmark.times.append(time)
    benchmark.iterations.append(iterations)


def _time(file: ResultsFile, number: int, values: str) -> float | None:
    """Returns the time by iteration in nanoseconds; None if the line has none."""
    words = values.split()
    if len(words) % 2:
        raise _wrong(file, f"line {number}: {len(words)} words after the iterations")
    of_unit = dict(zip(words[1::2], words[::2], strict=True))
    if len(of_unit) < len(words) // 2:
        raise _wrong(file, f"line {number}: a unit twice")
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
    # Go prints what starts without GOMAXPROCS, and its result with it: with `-cpu 2,4` the names
    # of a package have several.
    bare = (_PROCESSORS.sub("", one) for one in names)
    is_known = _known({*names, *bare, *taken.skipped})
    for started, number in taken.started.items():
        if not is_known(started):
            raise _wrong(file, f"line {number}: {started[:200]} started, without result")
    for printed, reason in taken.skipped.items():
        found.skipped[prefix + names.get(printed, printed)] = reason
    for printed, one in taken.benchmarks.items():
        if not one.times:
            continue
        metrics = metrics_of([one.times], one.iterations)
        place = f"line {one.line} of {file.name}"
        found.benchmarks.append(Timed(prefix + names[printed], metrics, [one.times], place))


def _known(names: Iterable[str]) -> Callable[[str], bool]:
    """Returns whether a name is one of some, or has one of them below it."""
    known = set(names)
    ordered = sorted(known)

    def is_known(name: str) -> bool:
        below = f"{name}/"
        at = bisect_left(ordered, below)
        return name in known or (at < len(ordered) and ordered[at].startswith(below))

    return is_known


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
