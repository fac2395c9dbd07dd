"""Which functions account for changes, where the profiles of both sides are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.judge.baseline import Functions
from rules_codspeed.judge.explanation import all_movers
from rules_codspeed.judge.text import mover_text
from rules_codspeed.results.changes import MOVED, Change, Key
from rules_codspeed.results.modes.mode import ProfileKind

if TYPE_CHECKING:
    from rules_codspeed.command.reporting import Profile

Sides = tuple[Iterable["Profile"], Iterable["Profile"]]
"""Profiles of before and of now."""

_MOST_CHANGES = 10  # whose functions are named: a profile takes time to read
_MOST_FUNCTIONS = 3  # of each


def functions_behind(changes: Sequence[Change], *sides: Sides) -> dict[Key, list[str]]:
    """Returns a line for each function that moved most, by benchmark; the worst changes only.

    Args:
      changes: of the benchmarks.
      sides: profiles of what is compared with, and of now. The last ones that have a target on both
        sides count for it.

    Raises:
      CodSpeedError: a profile cannot be read.
    """
    folders: dict[tuple[str, str], tuple[Path, Path]] = {}
    for before, after in map(_by_target, sides):
        folders |= {target: (before[target], after[target]) for target in before.keys() & after}
    costs = _Costs()
    found = {}
    for change in [one for one in changes if one.verdict in MOVED][:_MOST_CHANGES]:
        old = change.renamed_from or change.key
        if old[:2] not in folders or change.key[:2] not in folders:
            continue
        metric = next(one.metric for one in change.metrics if one.verdict == change.verdict)
        earlier = costs.of(folders[old[:2]][0], old, metric)
        later = costs.of(folders[change.key[:2]][1], change.key, metric)
        moved = all_movers(earlier, later, metric)[:_MOST_FUNCTIONS]
        found[change.key] = [mover_text(one) for one in moved]
    return found


def _by_target(side: Sides) -> list[dict[tuple[str, str], Path]]:
    return [
        {(one.label, one.mode): one.folder for one in profiles if one.kind is ProfileKind.CALLGRIND}
        for profiles in side
    ]


class _Costs:
    """The own costs of functions; each profile is read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[Path, str], Mapping[str, Functions]] = {}

    def of(self, folder: Path, key: Key, metric: str) -> Functions:
        """Returns those of a benchmark; none where its profile does not hold it."""
        known = self._read.get((folder, metric))
        if known is None:
            known = self._read[folder, metric] = _functions(folder, metric, key[0])
        return known.get(key[2], {})


def _functions(folder: Path, metric: str, label: str) -> Mapping[str, Functions]:
    """Returns the own costs of functions by URI and name."""
    # Slow to import, and needed where profiles of both sides are there.
    from rules_codspeed.judge.measured import add_functions
    from rules_codspeed.results.callgrind.source import CallgrindError
    from rules_codspeed.results.graphs.call_graph import metric_graph
    from rules_codspeed.results.graphs.profile_graphs import profile_graphs

    found: dict[str, dict[str, dict[str, int]]] = {}
    try:
        for uri, graph in profile_graphs(folder):
            add_functions(found.setdefault(uri, {}), metric_graph(graph, [metric]))
    except (CallgrindError, OSError) as error:
        raise CodSpeedError(
            f"no functions behind the changes of {label}",
            got=f"{folder}: {error}",
            expected="complete callgrind profiles",
            fix="build the suite again with 'bazel run', or compare with another folder",
        ) from error
    return found
