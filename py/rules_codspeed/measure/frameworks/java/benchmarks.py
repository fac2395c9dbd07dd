"""What JMH lists, one entry for each set of parameters, and what it prints of those that throw.

Source: runner/Runner.java (`-lp`) and runner/format/TextReportFormat.java of openjdk/jmh.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.measure.frameworks.names import escaped, escaped_colons, own_uri

_PARAMETER = re.compile(r'  param "(.*?)" = \{(.*)\}')
_HEADING = "Benchmarks:"
_STARTED, _WITH, _FAILED = "# Benchmark: ", "# Parameters: ", "<failure>"
_FINISHED, _VM = "# Run complete.", "# VM version: "
_LONGEST = 1 << 16  # characters of a line


class Benchmark(NamedTuple):
    """A method of a class, with values of its parameters by their names."""

    method: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """As in results: `importing.formats.jmh` makes the same of JMH's JSON."""
        values = ",".join(f"{name}={value}" for name, value in self.parameters)
        return f"{self.method}[{values}]" if values else self.method

    @property
    def choice(self) -> tuple[str, ...]:
        """The arguments that choose it."""
        chosen = (f"{name}={value}" for name, value in self.parameters)
        values = (text for one in chosen for text in ("-p", one))
        return (f"^{escaped(self.method)}$", *values)

    @property
    def has_comma(self) -> bool:
        """Whether a value cannot be chosen: a comma separates values."""
        return any("," in value for _, value in self.parameters)


def uri_of(label: str, name: str) -> str:
    """Returns the URI of a benchmark: the label, the class, and the method with its parameters."""
    method, bracket, values = name.partition("[")
    group, _, method = method.rpartition(".")
    return f"{own_uri(label, group)}::{escaped_colons(f'{method}{bracket}{values}')}"


def listed(printed: bytes) -> list[Benchmark]:
    """Returns the benchmarks of a list with parameters (`-lp`)."""
    found: list[tuple[str, list[tuple[str, list[str]]]]] = []
    _, _, text = printed.decode("utf-8", "replace").partition(_HEADING)
    for line in text.split("\n")[1:]:
        parameter = _PARAMETER.fullmatch(line.rstrip("\r"))
        if parameter and found:
            found[-1][1].append((parameter[1], parameter[2].split(", ")))
        elif line.strip():
            found.append((line.strip(), []))
    return [one for method, parameters in found for one in _each(method, parameters)]


def _each(method: str, parameters: Sequence[tuple[str, list[str]]]) -> list[Benchmark]:
    """Returns a benchmark for each combination of values; JMH sorts parameters by their names."""
    ordered = sorted(parameters)
    names = [name for name, _ in ordered]
    sets = itertools.product(*(values for _, values in ordered))
    return [Benchmark(method, tuple(zip(names, one, strict=True))) for one in sets]


class Printed:
    """Reads what one run of JMH prints.

    Attributes:
      started: names of what was run, as in results.
      failed: what the exception of each states that threw.
      vm: name and version of the JVM.
      finished: whether JMH itself came to its end.
    """

    def __init__(self) -> None:
        """Starts before the first line."""
        self.started: list[str] = []
        self.failed: dict[str, str] = {}
        self.vm = ""
        self.finished = False
        self._line = b""
        self._failing = False

    def read(self, printed: bytes) -> None:
        """Takes the next bytes."""
        *lines, rest = printed.split(b"\n")
        for line in lines:
            self._take((self._line + line)[:_LONGEST].decode("utf-8", "replace").rstrip("\r"))
            self._line = b""
        self._line = (self._line + rest)[:_LONGEST]

    def _take(self, line: str) -> None:
        if line.startswith(_STARTED):
            self.started.append(line.removeprefix(_STARTED))
        elif line.startswith(_WITH) and self.started:
            # `(name = value, other = value)`
            values = line.removeprefix(_WITH)[1:-1]
            self.started[-1] += f"[{_joined(values)}]"
        elif line.startswith(_VM):
            self.vm = line.removeprefix(_VM)
        elif line.startswith(_FINISHED):
            self.finished = True
        elif line.endswith(_FAILED):
            self._failing = True
        elif self._failing and line.strip() and self.started:
            self.failed.setdefault(self.started[-1], line.strip())
            self._failing = False

    def reason(self, name: str) -> str:
        """Returns why a benchmark that a run was to run has no number, as far as was printed."""
        if name in self.failed:
            return f"it threw {self.failed[name]}"
        if self.finished or (name in self.started and name != self.started[-1]):
            return ""
        return "the program ended before it came to its end"


def _joined(values: str) -> str:
    """Returns the parameters as in `Benchmark.name`."""
    return ",".join(one.replace(" = ", "=", 1) for one in values.split(", "))
