"""The functions that a benchmark's page lists below its flame graph."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import CallTree

MOST = 30
"""The number of functions for each event and order."""


class FunctionCosts(NamedTuple):
    """Self costs of a function by event; zeros where it, or the event, does not occur."""

    frame: Frame
    now: list[int]
    base: list[int]


def top_functions(now: CallTree, base: CallTree | None) -> list[FunctionCosts]:
    """Returns the functions that cost most, and those whose costs changed most, of any event.

    Functions are equal whatever their lines are.
    """
    rows = _rows(now, base)
    kept: dict[int, None] = {}
    for event in range(len(now.events)):
        own = [row.now[event] for row in rows]
        kept |= dict.fromkeys(heapq.nlargest(MOST, range(len(rows)), own.__getitem__))
        if base:
            moved = [abs(row.now[event] - row.base[event]) for row in rows]
            kept |= dict.fromkeys(heapq.nlargest(MOST, range(len(rows)), moved.__getitem__))
    return [rows[at] for at in sorted(kept)]


def _rows(now: CallTree, base: CallTree | None) -> list[FunctionCosts]:
    events = now.events
    rows: dict[Frame, FunctionCosts] = {}
    for tree, side in ((now, 0), (base, 1)):
        if tree is None:
            continue
        places = [tree.events.index(one) if one in tree.events else -1 for one in events]
        for frame, costs in tree.functions.items():
            key = frame._replace(line=0)
            row = rows.get(key)
            if row is None:
                row = rows[key] = FunctionCosts(frame, [0] * len(events), [0] * len(events))
            target = row.base if side else row.now
            for event, place in enumerate(places):
                if place >= 0:
                    target[event] += costs[place]
    return list(rows.values())
