"""Which functions account for a difference, where both runs hold their costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.judge.baseline import Functions
from rules_codspeed.judge.explanation import Mover, all_movers, movers
from rules_codspeed.judge.measured import read_functions
from rules_codspeed.results.modes.mode import ProfileKind
from rules_codspeed.results.modes.registry import mode_of
from rules_codspeed.why.cause import is_unrepeatable
from rules_codspeed.why.side import Side
from rules_codspeed.why.sources import Pair

_SETTINGS = "--@rules_codspeed//rules/settings"


def moved_functions(pair: Pair, metrics: Mapping[str, str]) -> dict[str, list[Mover]]:
    """Returns by URI the functions that differ, the largest difference first.

    Args:
      pair: the runs; `missing(pair)` is empty.
      metrics: of each benchmark, the one whose difference is explained.

    Raises:
      CodSpeedError: a profile cannot be read.
    """
    wanted = list(dict.fromkeys(metrics.values()))
    after = _costs(pair.after, wanted)
    if pair.before.profile:
        before = _costs(pair.before, wanted)
        return {
            uri: all_movers(before.get(uri, {}), after.get(uri, {}), metric)
            for uri, metric in metrics.items()
        }
    return {
        uri: movers(
            pair.before.costliest.get(uri, {}),
            after.get(uri, {}),
            metric,
            int(pair.before.benchmarks[uri].metrics[metric]),
        )
        for uri, metric in metrics.items()
    }


def _costs(side: Side, metrics: Sequence[str]) -> Mapping[str, Functions]:
    return read_functions(side.profile, metrics) if side.profile else {}


def missing(pair: Pair) -> str:
    """Returns why no functions can be named, without a period; empty if they can."""
    if mode_of(pair.mode).profile is not ProfileKind.CALLGRIND:
        return f"their costs are not counted in mode {pair.mode}"
    silent = [one for one in (pair.before, pair.after) if not _knows_functions(one, pair)]
    if not silent:
        return ""
    if any(one.run for one in silent):
        return "the history holds numbers only, no profiles"
    return f"{' and '.join(one.name for one in silent)} holds no profile of {pair.label}"


def _knows_functions(side: Side, pair: Pair) -> bool:
    return side.profile is not None or (side is pair.before and any(side.costliest.values()))


def advice(pair: Pair) -> list[str]:
    """Returns how to see the functions: words, and below them a command, if there is one."""
    if is_unrepeatable(pair):
        return [
            "to see the functions that differ between two measurements of the same inputs:",
            f"  bazel build {pair.label} {_SETTINGS}:verify=2",
        ]
    earlier, later = pair.before.run, pair.after.run
    clean = earlier and later and earlier.measured.clean and later.measured.clean
    if earlier and later and clean and earlier.measured.commit != later.measured.commit:
        return [
            "to measure both commits again, with the functions of both in a report:",
            f"  bazel run @rules_codspeed//tools:compare -- --base {earlier.measured.commit[:10]} "
            f"--head {later.measured.commit[:10]} --report why.html {pair.label}",
        ]
    if mode_of(pair.mode).profile is not ProfileKind.CALLGRIND:
        return []
    suite = later.suite if later else "SUITE"
    return [
        f"to keep the profiles of both: 'bazel run {suite} -- --out DIR' before and after the "
        "change, then name the two folders with --base and --run"
    ]
