"""What the page of one benchmark needs, as compressed text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from rules_codspeed.contract.instruments.queries import Query
from rules_codspeed.report.html.difference import overlay
from rules_codspeed.report.html.functions import top_functions
from rules_codspeed.report.html.history import Series
from rules_codspeed.report.html.model import Trees
from rules_codspeed.report.html.names import FrameNames
from rules_codspeed.report.html.queries import query_rows
from rules_codspeed.report.html.text import packed, visible
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.graphs.tree_pruning import pruned
from rules_codspeed.results.model import Timeline

_FEWEST_NODES = 50
_MOST_ROUNDS = 2000


class Page(NamedTuple):
    """What the page of a benchmark shows besides its row.

    Attributes:
      series: of its history, from `Runs.series`.
      trees: where its costs are.
      rounds: walltime: times of rounds by process, before and now.
      timeline: memory: how many bytes were live.
      queries: walltime: to the database that was observed.
    """

    series: Sequence[Series]
    trees: Trees
    rounds: tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]] = ((), ())
    timeline: Timeline | None = None
    queries: Sequence[Query] = ()


def details(page: Page, names: FrameNames, largest: int) -> str:
    """Returns what the page of a benchmark shows as text; empty where there is nothing.

    Args:
      page: what is known. Without a tree now, that of the base is not shown.
      names: gets the frames.
      largest: bytes to stay below; the trees are made smaller to fit, and then the queries of
        fewest calls are left out.
    """
    while found := document(page, names):
        text = packed(found)
        nodes = max((len(one.nodes) for one in _all(page.trees) if one), default=0)
        if len(text) <= largest or not (nodes > _FEWEST_NODES or page.queries):
            return text
        if nodes <= _FEWEST_NODES:
            page = page._replace(queries=page.queries[: len(page.queries) // 2])
            continue
        most = max(_FEWEST_NODES, int(nodes * min(0.7, 0.9 * largest / len(text))))
        smaller = Trees(*(one and pruned(one, most) for one in _all(page.trees)))
        page = page._replace(trees=smaller)
    return ""


def document(page: Page, names: FrameNames) -> dict[str, object]:
    """Returns what the page of a benchmark shows as JSON; empty where there is nothing.

    Args:
      page: as in `details`.
      names: gets the frames.
    """
    found: dict[str, object] = {}
    if any(page.rounds):
        found["rounds"] = {"before": _some(page.rounds[0]), "now": _some(page.rounds[1])}
    if page.timeline and page.timeline.live:
        found["timeline"] = asdict(page.timeline)
    if page.queries:
        found["queries"] = query_rows(page.queries)
    trees = page.trees
    for name, now, base in (
        ("tree", trees.now, trees.base),
        ("python", trees.python, trees.python_base),
    ):
        if now:
            found[name] = _tree(now, base, names)
    return {"history": page.series, **found} if found or page.series else {}


def _all(trees: Trees) -> tuple[CallTree | None, ...]:
    return trees.now, trees.base, trees.python, trees.python_base


def _some(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Returns the times of all processes, sorted; of very many a part that is spread alike."""
    times = sorted(time for process in rounds for time in process)
    step = -(-len(times) // _MOST_ROUNDS)
    return times[::step] if step > 1 else times


def _tree(now: CallTree, base: CallTree | None, names: FrameNames) -> dict[str, object]:
    nodes = overlay(now, base)
    merged = max(one.merged for one in (now, base) if one)
    return {
        "events": [visible(event) for event in nodes.events],
        "depths": nodes.depths,
        "frames": [names.index(frame) for frame in nodes.frames],
        "now": nodes.now,
        "base": nodes.base,
        "merged": merged,
        "functions": [
            [names.index(one.frame), one.now, one.base] for one in top_functions(now, base)
        ],
    }
