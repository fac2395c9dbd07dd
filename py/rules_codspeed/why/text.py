"""The explanation, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rules_codspeed.contract.escaping import printable
from rules_codspeed.judge.text import mover_text
from rules_codspeed.results.change_text import metric_text
from rules_codspeed.results.changes import MetricChange
from rules_codspeed.results.modes.registry import shown_metrics
from rules_codspeed.why.cause import Inputs, cause, differing, inputs, no_difference
from rules_codspeed.why.functions import advice, missing, moved_functions
from rules_codspeed.why.side import facts
from rules_codspeed.why.sources import Pair

_MOST = 10  # benchmarks
_MOST_EXPLAINED = 3  # benchmarks whose functions are shown
_LONGEST = 100  # characters of a fact
_DIGITS = 12  # of a digest

CommitsOf = Callable[[Pair], Sequence[str]]


def explanation(pair: Pair, since: str, last_change: str, commits_of: CommitsOf) -> Iterator[str]:
    """Yields the lines.

    Args:
      pair: the runs.
      since: since when the same inputs give other numbers, if the history knows it.
      last_change: which runs to look at instead if the numbers are the same; may be empty.
      commits_of: returns the commits between the runs, one line each.

    Raises:
      CodSpeedError: a profile cannot be read.
    """
    uris = _largest_first(pair, differing(pair))
    yield f"{printable(pair.label)} ({pair.mode})"
    yield f"  run:  {pair.after.name}"
    yield f"  base: {pair.before.name}"
    if uris:
        yield f"Cause: {printable(cause(pair, since))}."
        yield from _numbers(pair, uris)
    else:
        yield f"{printable(no_difference(pair))}."
        yield from ([last_change] if last_change else [])
    yield from _only_in_one(pair)
    if not uris:
        return
    yield from _inputs(pair, commits_of)
    yield from _facts(pair)
    yield from _functions(pair, uris[:_MOST_EXPLAINED])


def _largest_first(pair: Pair, uris: Sequence[str]) -> list[str]:
    def size(uri: str) -> float:
        changes = _changes(pair, uri)
        return abs(changes[0].relative or 1) if changes else 0

    return sorted(uris, key=lambda uri: (-size(uri), uri))


def _changes(pair: Pair, uri: str) -> list[MetricChange]:
    """Returns the numbers of a benchmark that differ, the most important first."""
    before, after = (one.benchmarks[uri].metrics for one in (pair.before, pair.after))
    names = dict.fromkeys([*shown_metrics(pair.mode, [before, after]), *after])
    return [
        MetricChange(name, before[name], after[name], None, None, "unchanged")
        for name in names
        if name in before and name in after and before[name] != after[name]
    ]


def _shown_changes(pair: Pair, uri: str) -> list[MetricChange]:
    """Returns those among the numbers that differ that describe a benchmark in one line."""
    both = [one.benchmarks[uri].metrics for one in (pair.before, pair.after)]
    shown = shown_metrics(pair.mode, both)
    return [one for one in _changes(pair, uri) if one.metric in shown]


def _numbers(pair: Pair, uris: Sequence[str]) -> Iterator[str]:
    both = sum(uri in pair.before.benchmarks for uri in pair.after.benchmarks)
    yield f"Numbers that differ: {len(uris)} of {both} benchmarks"
    for uri in uris[:_MOST]:
        yield f"  {printable(uri)}"
        shown = _shown_changes(pair, uri) or _changes(pair, uri)
        width = max((len(one.metric) for one in shown), default=0)
        yield from (f"    {one.metric:<{width}}  {metric_text(one)}" for one in shown)
    if len(uris) > _MOST:
        yield f"  and {len(uris) - _MOST} more"


def _only_in_one(pair: Pair) -> Iterator[str]:
    before, after = pair.before.benchmarks, pair.after.benchmarks
    for words, uris in [
        ("Only in the run", sorted(after.keys() - before.keys())),
        ("Only in the base", sorted(before.keys() - after.keys())),
    ]:
        if uris:
            more = f" and {len(uris) - _MOST} more" if len(uris) > _MOST else ""
            yield f"{words}: {', '.join(map(printable, uris[:_MOST]))}{more}"


def _inputs(pair: Pair, commits_of: CommitsOf) -> Iterator[str]:
    before, after = pair.before, pair.after
    same = inputs(before, after)
    if same is Inputs.SAME:
        yield f"Inputs: the same ({after.inputs[:_DIGITS]})"
        return
    digests = [one.inputs[:_DIGITS] or "not recorded" for one in (after, before)]
    yield f"Inputs: {digests[0]}, base {digests[1]}"
    commits = commits_of(pair)
    if commits:
        yield "  commits of the run that the base does not have:"
        yield from (f"    {printable(one)}" for one in commits)


def _facts(pair: Pair) -> Iterator[str]:
    before, after = facts(pair.before, pair.after)
    names = sorted(
        name for name in before.keys() | after.keys() if before.get(name, "") != after.get(name, "")
    )
    environment = [name for name in names if name == "environment" or name.startswith("pins.")]
    others = [name for name in names if name not in environment]
    whole = pair.before.provenance and pair.after.provenance
    known = "" if whole else ", as far as both runs record it"
    for title, chosen in [("Environment", environment), ("Provenance", others)]:
        yield f"{title}: {'' if chosen else 'the same' + known}".rstrip()
        for name in chosen:
            values = [_short(one.get(name, "")) for one in (after, before)]
            yield f"  {printable(name)}: {values[0]}, base {values[1]}"


def _short(value: str) -> str:
    text = printable(value) or "none"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _functions(pair: Pair, uris: Sequence[str]) -> Iterator[str]:
    if reason := missing(pair):
        yield f"Functions: not known, as {printable(reason)}"
        yield from (f"  {printable(one)}" for one in advice(pair))
        return
    metrics = {uri: shown[0].metric for uri in uris if (shown := _shown_changes(pair, uri))}
    for uri, found in moved_functions(pair, metrics).items():
        yield f"Functions that account for {metrics[uri]} of {printable(uri)}:"
        yield from (f"  {mover_text(one)}" for one in found)
        if not found:
            yield "  none that is certain: the base holds the costliest functions only"
