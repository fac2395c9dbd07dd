"""What a test prints: what moved, why, and the next step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.escaping import printable, printable_json
from rules_codspeed.judge.accepted import Accepted
from rules_codspeed.judge.config import Config
from rules_codspeed.judge.explanation import Mover
from rules_codspeed.judge.gate import Judgement
from rules_codspeed.results.change_text import metric_text, remark
from rules_codspeed.results.changes import Change, Key
from rules_codspeed.results.model import Unmeasured

Movers = Mapping[tuple[Key, str], Sequence[Mover]]
"""Functions that account for a change, by benchmark and metric."""

_WORDS = {
    "regressed": "costs more than it may",
    "new": "is not in the baseline",
    "renamed": "has another name in the baseline",
    "missing": "is in the baseline, but not measured",
    "not_comparable": "cannot be compared",
}
_LONGEST_NAME = 100  # characters of a function's name


def failure_text(config: Config, judgement: Judgement, movers: Movers) -> str:
    """Returns what a person reads of a test that fails."""
    failed = judgement.failed
    count = len(judgement.changes)
    lines = [f"{config.test}: {len(failed)} of {count} benchmarks failed.", ""] if failed else []
    for change in failed:
        lines += [*change_lines(change, movers), ""]
    for one in judgement.broken:
        first, *below = one.reason.split("\n")
        lines += [f"{unmeasured_name(one)} failed: {first}", *below, ""]
    lines += [_expired(line, config.source) for line in judgement.expired]
    lines += _skipped(judgement)
    return "\n".join([*lines, *(_next_steps(config, failed) if failed else [])])


def success_text(config: Config, judgement: Judgement) -> str:
    """Returns what a person reads of a test that passes."""
    count = len(judgement.changes)
    lines = [f"{config.test}: {count} benchmark{'s' if count > 1 else ''} within limits."]
    improved = [change for change in judgement.changes if change.verdict == "improved"]
    for change in improved:
        lines += [*change_lines(change, {})]
    if improved:
        lines.append(f"Keep what was won: bazel run {config.test}.update")
    remarks: dict[str, list[str]] = {}
    for change in judgement.changes:
        if why := remark(change):
            remarks.setdefault(printable(why), []).append(printable(change.uri))
    lines += [f"{_first_of(uris)}: {why}" for why, uris in remarks.items()]
    return "\n".join(lines + _skipped(judgement))


def _skipped(judgement: Judgement) -> list[str]:
    """Returns a line for each reason for which benchmarks were not measured."""
    by_reason: dict[str, list[str]] = {}
    for one in judgement.unmeasured:
        if one.outcome == "skipped":
            by_reason.setdefault(one.reason, []).append(unmeasured_name(one))
    return [f"Skipped, {reason}: {_first_of(names)}" for reason, names in by_reason.items()]


def unmeasured_name(one: Unmeasured) -> str:
    """Returns the name of a benchmark without a number; that of its target if all of it failed."""
    return f"{printable(one.uri)} ({one.label})" if one.uri else one.label


def _first_of(uris: Sequence[str]) -> str:
    return uris[0] if len(uris) == 1 else f"{uris[0]} and {len(uris) - 1} more"


def change_lines(change: Change, movers: Movers) -> list[str]:
    """Returns the lines on one benchmark."""
    state = _WORDS.get(change.verdict, change.verdict)
    lines = [f"{printable(change.uri)} ({change.label}) {state}"]
    if why := remark(change):
        lines.append(f"  {printable(why)}")
    moved = [one for one in change.metrics if one.after is not None]
    names = max((len(one.metric) for one in moved), default=0)
    for metric in moved:
        lines.append(f"  {metric.metric:<{names}}  {metric_text(metric)}")
    for metric in moved:
        functions = movers.get((change.key, metric.metric), ())
        if functions:
            lines.append(f"  functions that account for {metric.metric}:")
            lines += [f"    {mover_text(one)}" for one in functions]
    return lines


def mover_text(mover: Mover) -> str:
    """Returns how much more or less a function costs, its name, and both costs."""
    name = printable(mover.name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 3]}..."
    cost = f"{mover.before:,} -> {mover.after:,}"
    if mover.is_least:
        cost = f"at least; not among the costliest before, so at most {cost}"
    return f"{mover.difference:>+15,}  {name} ({cost})"


def _expired(line: Accepted, source: str) -> str:
    return (
        f"{source} accepted {line.metric} of {printable(line.benchmark)} until {line.until} "
        f"({printable(line.reason)}); that day has passed."
    )


def _next_steps(config: Config, failed: Sequence[Change]) -> list[str]:
    update = f"bazel run {config.test}.update"
    steps = [f"Accept the numbers of now: {update}"]
    worse = [
        (change, metric)
        for change in failed
        for metric in change.metrics
        if metric.verdict == "regressed"
    ]
    if worse:
        change, metric = worse[0]
        line = {
            "benchmark": change.uri,
            "metric": metric.metric,
            "most": metric.after,
            "until": "<YYYY-MM-DD>",
            "reason": "<why>",
        }
        steps.append(
            f'Or accept one for a while, by a line of "accepted" in {config.source}: '
            + printable_json(json.dumps(line, ensure_ascii=False))
        )
    if any(change.verdict == "not_comparable" for change in failed):
        steps.append("Or measure as the baseline was: see what differs above.")
    return steps
