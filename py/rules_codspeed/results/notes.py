"""What is stated beside numbers: how many, how they were measured, why they may differ."""

from __future__ import annotations

from rules_codspeed.results.model import Results
from rules_codspeed.results.modes.registry import mode_of
from rules_codspeed.results.modes.sentences import Sentence


def modes(results: Results) -> list[str]:
    """Returns the modes in which anything was measured, sorted."""
    measured = {one.mode for one in results.benchmarks}
    return sorted(measured | {one.mode for one in results.provenance})


def notes(results: Results, mode: str) -> list[Sentence]:
    """Returns what is stated about a mode: the count of its benchmarks first, then remarks.

    Args:
      results: of all modes.
      mode: of those benchmarks.
    """
    found = mode_of(mode).notes([one for one in results.provenance if one.mode == mode])
    count = sum(one.mode == mode for one in results.benchmarks)
    head: Sentence = (f"{count:,} benchmark{'' if count == 1 else 's'}",)
    return [head + found.how, *found.remarks]
