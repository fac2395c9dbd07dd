"""Which rounds belong to which benchmark: the marker pairs inside its windows.

They are ordered by time stamp, not by arrival (spec: hooks-fifo 8.4; walltime 9.3).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from rules_codspeed.measure.fifo.protocol import Marker, MarkerKind

_FOREVER = 1 << 64


def round_durations(
    markers: Iterable[Marker], uri_by_ts: Iterable[tuple[int, str]]
) -> dict[str, list[int]]:
    """Returns the duration of each marked round of each benchmark, in ns, in order of time.

    A benchmark without a marked round is absent. A window is that of the benchmark that
    was named next; the last one may have no end.
    """
    ordered = sorted(markers, key=lambda marker: marker.at)
    windows = _windows(ordered)
    named = sorted(uri_by_ts)
    window_starts = [start for start, _ in windows]
    times = [at for at, _ in named]
    found: dict[str, list[int]] = {}
    for start, end in _pairs(ordered):
        window = bisect_right(window_starts, start) - 1
        if window < 0 or end > windows[window][1]:
            continue
        name = bisect_right(times, windows[window][0])
        if name < len(named):
            found.setdefault(named[name][1], []).append(end - start)
    return found


def _windows(ordered: Sequence[Marker]) -> list[tuple[int, int]]:
    """Returns start and end of each period in which the profiler was on."""
    windows: list[tuple[int, int]] = []
    opened = -1
    for kind, at in ordered:
        if kind == MarkerKind.SAMPLE_START and opened < 0:
            opened = at
        elif kind == MarkerKind.SAMPLE_END and opened >= 0:
            windows.append((opened, at))
            opened = -1
    return windows + ([(opened, _FOREVER)] if opened >= 0 else [])


def _pairs(ordered: Sequence[Marker]) -> list[tuple[int, int]]:
    """Returns start and end of each round; a start or end without the other does not count."""
    pairs: list[tuple[int, int]] = []
    started = -1
    for kind, at in ordered:
        if kind == MarkerKind.BENCHMARK_START:
            started = at
        elif kind == MarkerKind.BENCHMARK_END and started >= 0:
            pairs.append((started, at))
            started = -1
    return pairs
