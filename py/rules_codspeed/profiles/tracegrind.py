"""Tracegrind's traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from rules_codspeed.profiles.document import Benchmark, Function, Profile, Totals
from rules_codspeed.results.tracegrind.fold import Frame, Window, fold
from rules_codspeed.results.tracegrind.rows import Trace

_METADATA = "Metadata: "


def read(stream: BinaryIO, functions: bool) -> Profile:
    """Reads a trace.

    Raises:
      ValueError: it is damaged.
    """
    trace = Trace(stream)
    found = fold(trace)
    windows = [*found.windows, found.rest]
    totals: dict[str, int | float] = dict.fromkeys(trace.counters, 0)
    for window in windows:
        for counter, cost in zip(trace.counters, window.totals, strict=True):
            totals[counter] += cost
    texts = [trace.name(window.text) for window in found.windows]
    return Profile(
        "tracegrind",
        trace.version,
        trace.truncated,
        [
            _benchmark(trace, window, functions)
            for window, text in zip(found.windows, texts, strict=True)
            if not text.startswith(_METADATA)
        ],
        totals,
        {
            "creator": trace.creator,
            "integrations": [
                text.removeprefix(_METADATA) for text in texts if text.startswith(_METADATA)
            ],
            "after_last_marker": _window(trace, found.rest, functions),
        },
    )


def _benchmark(trace: Trace, window: Window, functions: bool) -> Benchmark:
    text = trace.name(window.text)
    details: dict[str, object] = {"outside_functions": _costs(trace, window.outside)}
    if window.forks:
        details["forks"] = list(window.forks)
    found = _functions(trace, window) if functions else []
    return Benchmark(text, text, _costs(trace, window.totals), found, details)


def _window(trace: Trace, window: Window, functions: bool) -> dict[str, object]:
    """Returns what was counted after the last marker: it is of no benchmark."""
    own = [
        {"name": one.name, "self": one.own}
        for one in (_functions(trace, window) if functions else [])
    ]
    return {
        "totals": _costs(trace, window.totals),
        "outside_functions": _costs(trace, window.outside),
        **({"functions": own} if own else {}),
    }


def _functions(trace: Trace, window: Window) -> list[Function]:
    none = [0] * len(trace.counters)
    frames: dict[Frame, None] = dict.fromkeys([*window.own, *window.inclusive])
    return [
        Function(
            trace.name(name),
            trace.name(file),
            trace.name(object_),
            "inlined" if inlined else "function",
            _costs(trace, window.own.get(frame, none)),
            _costs(trace, window.inclusive.get(frame, none)),
        )
        for frame in frames
        for name, object_, file, inlined in [frame]
    ]


def _costs(trace: Trace, costs: Sequence[int]) -> Totals:
    return dict(zip(trace.counters, costs, strict=True))
