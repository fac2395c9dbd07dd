"""Which benchmarks google_benchmark skips, and why: programs of framework `hooks` that are its.

CodSpeed's fork reports a benchmark that skipped itself as if it were measured, or not at all; in
simulation it prints nothing about it either (spec: integrations 2.3). So calls of
`State::SkipWithError` and `SkipWithMessage` are looked for in a run that is not measured.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from rules_codspeed.contract import accounting
from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.measure.frameworks.framework import Ask, Ended, printed_list, taken
from rules_codspeed.measure.frameworks.google import call_tracer
from rules_codspeed.measure.frameworks.names import escaped, listed_names
from rules_codspeed.measure.stage.objects.symbols import Functions, find_functions
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout, copy_files

_LIST_ARGS: Final = ("--benchmark_list_tests",)
"""Arguments that list the benchmarks."""

_MARKS = (b"benchmark_list_tests", b"_ZN9benchmark")
_CALLS = "calls.json"
_OUTCOMES: Mapping[str, accounting.Outcome] = {
    "SkipWithError": "failed",
    "SkipWithMessage": "skipped",
}
# How the parameter is mangled, and where its text is: std::string of two libraries, `const char*`.
_FORMS = {
    "RKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE": "libstdc++",
    "RKNSt3__112basic_stringIcNS1_11char_traitsIcEENS1_9allocatorIcEEEE": "libc++",
    "PKc": "char",
}
_SYMBOLS = {
    f"_ZN9benchmark5State{len(name)}{name}E{parameter}": (name, form)
    for name in _OUTCOMES
    for parameter, form in _FORMS.items()
}
# What stands between name and reason in a line of the console reporter.
_PRINTED_CALLS = {b" ERROR OCCURRED: '": "SkipWithError", b" SKIPPED: '": "SkipWithMessage"}
_LONGEST_LINE = 1 << 16  # bytes


class GoogleBenchmark:
    """The benchmarks of a program, if they are google_benchmark's; of others nothing is known."""

    def __init__(self, layout: Layout, command: Sequence[str]) -> None:
        """Recognises the program by its file.

        Args:
          layout: the filled stage.
          command: that runs all benchmarks.
        """
        self._layout = layout
        self._command = command
        self._is_google = _is_google_benchmark(command[0])
        self._printed = PrintedSkips()

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark."""
        return fork_uri(name) if self._is_google else name

    def watch(self, printed: bytes) -> None:
        """Reads the rows that the program prints."""
        if self._is_google:
            self._printed.read(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask, is_silent: bool) -> Ended:
        """Lists what a run had to run, and which of it skipped itself.

        Args:
          outcome: how the run ended.
          name: of the one benchmark that it ran; empty if it ran all.
          ask: asks the program more.
          is_silent: whether the program prints nothing of skipped benchmarks.
        """
        if outcome.status or not self._is_google:
            return Ended()
        names = [name] if name else google_names(self._command, ask)
        finder = SkipFinder(self._layout, self._command, ask)
        found = [
            *self._printed.found(names, fork_uri),
            *(finder.find(names) if is_silent else ()),
        ]
        return Ended(listed=list(map(fork_uri, names)), unmeasured=found, remarks=finder.remarks)


def google_names(command: Sequence[str], ask: Ask) -> list[str]:
    """Returns the names that a program of google_benchmark lists; none where it does not."""
    return listed_names(printed_list(ask, (*command, *_LIST_ARGS)))


def _is_google_benchmark(path: str) -> bool:
    """Returns whether a program is linked with google_benchmark, as far as its file shows it."""
    if not os.path.getsize(path):
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return all(data.find(mark) >= 0 for mark in _MARKS)


def fork_uri(name: str) -> str:
    """Returns the URI of a listed benchmark, as CodSpeed's fork makes it (codspeed.cpp)."""
    head, bracket, arguments = name.rpartition("[")
    if bracket and name.endswith("]"):
        name = head + bracket + arguments.replace("::", "\\:\\:")
    return name if "::" in name else f"unknown_file::{name}"


class _Row(NamedTuple):
    """A row of a benchmark that skipped itself: its name, the call, and its reason."""

    name: str
    call: str
    reason: str


class PrintedSkips:
    """Reads what a program prints: skipped benchmarks are among the rows of its reporter."""

    def __init__(self) -> None:
        """Starts before the first line."""
        self._rows: list[_Row] = []
        self._line = b""

    def read(self, printed: bytes) -> None:
        """Takes the next bytes."""
        *lines, rest = printed.split(b"\n")
        for line in lines:
            if row := _row(self._line + line):
                self._rows.append(row)
            self._line = b""
        self._line += rest
        if len(self._line) > 2 * _LONGEST_LINE:
            self._line = _around_mark(self._line)

    def found(self, names: Sequence[str], uri_of: Callable[[str], str]) -> list[Unmeasured]:
        """Returns the benchmarks that were skipped so far.

        Args:
          names: all that the program lists.
          uri_of: makes the URI of a name.
        """
        return [
            _unmeasured(uri_of(_listed(row.name, names)), row.call, row.reason)
            for row in self._rows
        ]


def _marks(line: bytes) -> list[int]:
    return sorted(at for mark in _PRINTED_CALLS if (at := line.find(mark, 1)) > 0)


def _around_mark(line: bytes) -> bytes:
    """Returns what matters of a long line: a row, or its end, where one may begin."""
    at = min(_marks(line), default=len(line))
    return line[max(at - _LONGEST_LINE, 0) : at + _LONGEST_LINE]


def _row(line: bytes) -> _Row | None:
    """Reads a row of a skipped benchmark, or its first line, if the reason has several.

    No regular expression: it runs beside the program that is measured, on whatever that prints, so
    the work for a line must not be more than reading it.
    """
    if line[:1].isspace() or not (marks := _marks(line)):
        return None
    at = marks[0]
    mark = next(one for one in _PRINTED_CALLS if line.startswith(one, at))
    # The name is padded with blanks. As it is listed: `listed_names`.
    name = line[:at].rstrip(b" ").decode("utf-8", "surrogateescape")
    reason = line[at + len(mark) :].removesuffix(b"'")
    return _Row(name, _PRINTED_CALLS[mark], reason.decode("utf-8", "backslashreplace"))


def _listed(printed: str, names: Sequence[str]) -> str:
    """Returns the name that a row means: what the program printed itself may stand before it."""
    if printed in names:
        return printed
    meant = (name for name in names if printed.endswith(name.rstrip(" ")))
    return max(meant, key=len, default=printed)


def _unmeasured(uri: str, call: str, reason: str) -> Unmeasured:
    outcome = _OUTCOMES[call]
    return Unmeasured(uri, outcome, reason if outcome == "skipped" else f"{call}: {reason}")


class SkipFinder:
    """Finds the benchmarks of one program that skip themselves.

    Attributes:
      remarks: what could not be found out.
    """

    def __init__(self, layout: Layout, command: Sequence[str], ask: Ask) -> None:
        """Prepares; nothing runs yet.

        Args:
          layout: the filled stage.
          command: that runs all benchmarks.
          ask: runs a command without measuring.
        """
        self.remarks: list[str] = []
        self._layout = layout
        self._command = command
        self._ask = ask
        self._functions: Functions = find_functions(command[0], _SYMBOLS)
        self._main = f"{layout.driver}/call_tracer.py"

    def find(self, names: Sequence[str]) -> list[Unmeasured]:
        """Returns those of some listed benchmarks that skip themselves.

        A program that never does has none of the functions: the linker leaves them out.
        """
        if not self._functions.addresses or not names:
            return []
        if os.path.isdir(self._layout.pinned):
            # What looks runs on the machine's Python, which is not there.
            self.remarks = ["a benchmark that skips itself would not be seen under a pinned root"]
            return []
        copy_files({self._main: call_tracer.__file__})
        return self._among(names)

    def _among(self, names: Sequence[str]) -> list[Unmeasured]:
        """Halves the benchmarks as long as some of them skip themselves."""
        calls = self._calls(names)
        if not calls:
            return []
        if len(names) > 1:
            half = len(names) // 2
            return self._among(names[:half]) + self._among(names[half:])
        # An error counts, whatever else was said.
        call, reason = min(calls, key=lambda one: one[0] != "SkipWithError")
        return [_unmeasured(fork_uri(names[0]), call, reason)]

    def _calls(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Runs some benchmarks once; returns their calls: name of the function and reason."""
        chosen = "|".join(map(escaped, names))
        calls = [
            {"address": address, "kind": _SYMBOLS[symbol][0], "form": _SYMBOLS[symbol][1]}
            for symbol, address in self._functions.addresses.items()
        ]
        traced = json.dumps({"relocated": self._functions.relocated, "calls": calls})
        tracer = (os.path.realpath(sys.executable), "-I", "-S", "-B", self._main)
        output = f"{self._layout.driver}/{_CALLS}"
        outcome, printed = self._ask(
            (*tracer, output, traced, *self._command, f"--benchmark_filter=^({chosen})$"),
            "which benchmarks skip themselves",
        )
        if outcome.status == call_tracer.FORBIDDEN:
            reason = printed.decode("utf-8", "backslashreplace").strip()
            self.remarks = [f"a benchmark that skips itself would not be seen: {reason}"]
        calls = taken(self._layout, _CALLS) or []
        try:
            return [(str(call), str(reason)) for call, reason in calls]
        except (TypeError, ValueError):
            # The program wrote it itself.
            return []
