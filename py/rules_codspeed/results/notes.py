"""What is stated beside numbers: how many, how they were measured, why they may differ."""

from __future__ import annotations

from collections.abc import Iterator

from rules_codspeed.results.model import Results
from rules_codspeed.results.modes.registry import mode_of
from rules_codspeed.results.modes.sentences import Name, Sentence


def modes(results: Results) -> list[str]:
    """Returns the modes in which anything was measured, or was to be, sorted."""
    parts = (results.benchmarks, results.provenance, results.unmeasured)
    return sorted({one.mode for part in parts for one in part})


def notes(results: Results, mode: str) -> list[Sentence]:
    """Returns what is stated about a mode: the count of its benchmarks first, then remarks.

    Args:
      results: of all modes.
      mode: of those benchmarks.
    """
    found = mode_of(mode).notes([one for one in results.provenance if one.mode == mode])
    return [_counted(results, mode) + found.how, *_mixed(results, mode), *found.remarks]


def _counted(results: Results, mode: str) -> Sentence:
    """Returns how many benchmarks there are, and what became of those without a number."""
    count = sum(one.mode == mode for one in results.benchmarks)
    parts = [f"{count:,} benchmark{'' if count == 1 else 's'}"]
    others = [one for one in results.unmeasured if one.mode == mode]
    for outcome in ("skipped", "failed"):
        if left := sum(one.outcome == outcome and bool(one.uri) for one in others):
            parts.append(f"{left:,} {outcome}")
    if targets := sum(not one.uri for one in others):
        parts.append(f"{targets:,} target{'' if targets == 1 else 's'} failed")
    return (", ".join(parts),)


def _mixed(results: Results, mode: str) -> Iterator[Sentence]:
    """Yields what differs among the machines that measured, and which targets which of them did."""
    for one in results.mixed:
        if one.mode == mode:
            sentence: Sentence = ("Measured on machines that differ in ", Name(one.what))
            for number, (value, labels) in enumerate(one.targets.items()):
                others = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
                sentence += (
                    "; " if number else ": ",
                    Name(value),
                    " for ",
                    Name(labels[0]),
                    others,
                )
            yield (*sentence, "; their numbers are not comparable with each other")
