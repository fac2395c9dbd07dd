"""Which time belongs to which benchmark (spec: walltime 9.3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_FOREVER = 1 << 64


class Window(NamedTuple):
    """A period in which a benchmark was measured, in ns of CLOCK_MONOTONIC, `[start, end)`."""

    start: int
    end: int
    uri: str


class Windows:
    """Finds the benchmark that was measured at a time."""

    __slots__ = ("_starts", "windows")

    def __init__(
        self, uri_by_ts: Iterable[tuple[int, str]], markers: Iterable[tuple[str, int]]
    ) -> None:
        """Cuts the time into windows.

        A URI names the sample windows that ended since the previous URI. Of these only
        the rounds count, if a client reported any.

        Args:
          uri_by_ts: time and URI of each benchmark.
          markers: name and time of each marker, names of any version.
        """
        ordered = sorted(markers, key=lambda marker: marker[1])
        samples = _pairs(ordered, ("SampleStart",), ("SampleEnd",))
        rounds = _pairs(ordered, ("RoundStart", "BenchmarkStart"), ("RoundEnd", "BenchmarkEnd"))
        rounds = [one for one in rounds if one[1] != _FOREVER]
        found: list[Window] = []
        before = 0
        for time, uri in sorted(uri_by_ts, key=lambda pair: pair[0]):
            # The last window is open when the client died before it closed it.
            own = [
                (max(start, before), min(end, time))
                for start, end in samples
                if max(start, before) < time and (before < end <= time or end == _FOREVER)
            ]
            inner = _overlaps(own, rounds)
            found += [Window(start, end, uri) for start, end in inner or own]
            before = time
        self.windows = sorted(found)
        self._starts = [one.start for one in self.windows]

    def uri(self, time: int) -> str | None:
        """Returns the benchmark that was measured at a time, or None."""
        at = bisect_right(self._starts, time) - 1
        if at >= 0 and time < self.windows[at].end:
            return self.windows[at].uri
        return None


def _pairs(
    markers: Iterable[tuple[str, int]], starts: tuple[str, ...], ends: tuple[str, ...]
) -> list[tuple[int, int]]:
    """Returns start and end of what two kinds of markers enclose; without an end it is open."""
    pairs: list[tuple[int, int]] = []
    start: int | None = None
    for name, time in markers:
        if name in starts and start is None:
            start = time
        elif name in ends and start is not None:
            pairs.append((start, time))
            start = None
    return pairs if start is None else [*pairs, (start, _FOREVER)]


def _overlaps(
    outer: Sequence[tuple[int, int]], inner: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Returns the intersection of two lists of disjoint windows."""
    found = []
    starts = [start for start, _ in inner]
    for low, high in outer:
        first = max(0, bisect_right(starts, low) - 1)
        for start, end in inner[first : bisect_right(starts, high)]:
            if max(low, start) < min(high, end):
                found.append((max(low, start), min(high, end)))
    return found
