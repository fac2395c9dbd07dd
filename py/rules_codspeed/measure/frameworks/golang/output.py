"""What a test program of Go prints of its benchmarks with `-test.v=test2json`.

Lines of the framework start with a control character, so output of benchmarks is not taken for
them. Source: src/testing/testing.go and benchmark.go of Go 1.20 and newer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from rules_codspeed.contract.accounting import Outcome, Unmeasured

_MARK = b"\x16"
_STARTED = b"=== RUN   "
_ENDED: dict[bytes, Outcome] = {b"--- FAIL: ": "failed", b"--- SKIP: ": "skipped"}
_FINISHED = (b"PASS", b"FAIL")
_LOGGED = b"    "
_PROCESSORS = re.compile(r"-[1-9][0-9]{0,5}\Z")
_LONGEST = 1 << 16  # bytes of a line
_MOST_LOGGED = 50  # lines of a reason


class Printed:
    """Reads the lines of one run.

    Attributes:
      started: names of what was run, each once, in order; parents of benchmarks as well.
      ended: outcome and reason of what failed or was skipped, by name.
      results: what was printed as a result, by name: iterations, and values with their units.
      finished: whether the framework itself came to its end.
    """

    def __init__(self) -> None:
        """Starts before the first line."""
        self.started: dict[str, None] = {}
        self.ended: dict[str, tuple[Outcome, str]] = {}
        self.results: dict[str, list[str]] = {}
        self.finished = False
        self._line = b""
        self._logged: list[str] = []
        self._current = ""

    def read(self, printed: bytes) -> None:
        """Takes the next bytes."""
        *lines, rest = printed.split(b"\n")
        for line in lines:
            self._take((self._line + line)[:_LONGEST])
            self._line = b""
        self._line = (self._line + rest)[:_LONGEST]

    def _take(self, line: bytes) -> None:
        before, mark, marked = line.rpartition(_MARK)
        if mark:
            self._take_marked(marked)
        elif before or line.startswith(_LOGGED):
            if len(self._logged) < _MOST_LOGGED:
                self._logged.append(line.removeprefix(_LOGGED).decode("utf-8", "replace"))
        else:
            self._take_result(line.decode("utf-8", "replace"))

    def _take_marked(self, line: bytes) -> None:
        if line.startswith(_STARTED):
            self._current = _text(line[len(_STARTED) :])
            self.started.setdefault(self._current)
            self._logged.clear()
        for mark, outcome in _ENDED.items():
            if line.startswith(mark):
                reason = "\n".join(self._logged) or "no reason is given"
                self.ended[self._name(_text(line[len(mark) :]))] = outcome, reason
                self._logged.clear()
        self.finished = self.finished or line in _FINISHED

    def _take_result(self, line: str) -> None:
        name, _, values = line.partition("\t")
        if self._current and self._name(name.rstrip(" ")) == self._current and values:
            self.results.setdefault(self._current, []).append(values.strip())

    def _name(self, printed: str) -> str:
        """Returns the name of what runs by what is printed: GOMAXPROCS ends it, unless it is 1."""
        bare = _PROCESSORS.sub("", printed)
        if self._current in (printed, bare):
            return self._current
        return printed if printed in self.started else bare

    @property
    def parents(self) -> set[str]:
        """What ran benchmarks, and is none itself: such has no result."""
        found = {name[:at] for name in self.started for at in _slashes(name)}
        return {name for name in found if name in self.started and name not in self.results}

    @property
    def benchmarks(self) -> list[str]:
        """Names of the benchmarks, in order."""
        parents = self.parents
        return [name for name in self.started if name not in parents]

    def unmeasured(self, uri_of: Callable[[str], str]) -> list[Unmeasured]:
        """Returns what failed or was skipped; parents of benchmarks may do so as well."""
        return [Unmeasured(uri_of(name), *ended) for name, ended in self.ended.items()]

    @property
    def failed(self) -> bool:
        """Whether something failed."""
        return any(outcome == "failed" for outcome, _ in self.ended.values())


def _text(name: bytes) -> str:
    return name.rstrip(b"\r").decode("utf-8", "replace")


def _slashes(name: str) -> Iterator[int]:
    return (at for at, character in enumerate(name) if character == "/")


def nested(name: str, parents: Iterable[str]) -> list[str]:
    """Returns the names that functions gave to `Run`, outermost first: they may have slashes."""
    known, parts, start = set(parents), [], 0
    for at in _slashes(name):
        if name[:at] in known:
            parts.append(name[start:at])
            start = at + 1
    return [*parts, name[start:]]
