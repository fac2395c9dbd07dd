"""What the page of one benchmark needs, as compressed text."""

from __future__ import annotations

from collections.abc import Sequence

from rules_codspeed.report.html.difference import overlay
from rules_codspeed.report.html.functions import top_functions
from rules_codspeed.report.html.history import Series
from rules_codspeed.report.html.model import Trees
from rules_codspeed.report.html.names import FrameNames
from rules_codspeed.report.html.text import packed, visible
from rules_codspeed.results.graphs.tree_pruning import pruned

_FEWEST_NODES = 50


def details(trees: Trees, series: Sequence[Series], names: FrameNames, largest: int) -> str:
    """Returns trees and history of a benchmark; empty where there is neither.

    Args:
      trees: of the benchmark. Without one now, that of the base is not shown.
      series: of its history, from `Runs.series`.
      names: gets the frames.
      largest: bytes to stay below; the trees are made smaller to fit.
    """
    if trees.now is None:
        return packed({"history": series}) if series else ""
    while True:
        document = {"history": series, "tree": _tree(trees, names)}
        text = packed(document)
        nodes = max(len(one.nodes) for one in (trees.now, trees.base) if one)
        if len(text) <= largest or nodes <= _FEWEST_NODES:
            return text
        most = max(_FEWEST_NODES, int(nodes * min(0.7, 0.9 * largest / len(text))))
        trees = Trees(pruned(trees.now, most), trees.base and pruned(trees.base, most))


def _tree(trees: Trees, names: FrameNames) -> dict[str, object]:
    assert trees.now is not None
    nodes = overlay(trees.now, trees.base)
    merged = max(one.merged for one in (trees.now, trees.base) if one)
    return {
        "events": [visible(event) for event in nodes.events],
        "depths": nodes.depths,
        "frames": [names.index(frame) for frame in nodes.frames],
        "now": nodes.now,
        "base": nodes.base,
        "merged": merged,
        "functions": [
            [names.index(one.frame), one.now, one.base]
            for one in top_functions(trees.now, trees.base)
        ],
    }
