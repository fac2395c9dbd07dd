"""The comment on a change: what moved, a fold of all else, and where to read on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_codspeed.contract.markdown import plain, row, table_head
from rules_codspeed.report.changes import counts
from rules_codspeed.report.markdown import changes_markdown, name, section, short
from rules_codspeed.results.change_text import number_text
from rules_codspeed.results.changes import Change, Key, slower
from rules_codspeed.results.model import Benchmark, Results
from rules_codspeed.results.modes.registry import label, mode_of

_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#&=%@+-]+")


@dataclass(frozen=True, slots=True)
class Reported:
    """What a comment is about.

    Attributes:
      suite: label of the suite.
      results: of the run.
      changes: of the benchmarks.
      base: what they are compared with, for a person; empty without a comparison.
      commit: that was measured; empty where it is not known.
      links: titles and addresses to read on.
      trends: earlier numbers and that of now, by benchmark and metric.
    """

    suite: str
    results: Results
    changes: Sequence[Change]
    base: str
    commit: str
    links: Sequence[tuple[str, str]]
    trends: Mapping[Key, Mapping[str, Sequence[int | float]]]


def passed(reported: Reported) -> bool:
    """Returns whether nothing got slower and nothing failed."""
    return not (slower(reported.changes) or reported.results.failed)


def headline(reported: Reported) -> str:
    """Returns the verdict in one line of plain text, for the status of a commit."""
    failed = len(reported.results.failed)
    parts = [f"{failed:,} failed"] if failed else []
    if reported.base:
        parts += counts(reported.changes)
        return ", ".join(parts) or "no benchmarks"
    return ", ".join([*parts, f"{len(reported.results.benchmarks):,} compared with nothing"])


def comment_markdown(reported: Reported, largest: int) -> str:
    """Returns the comment, of at most so many bytes of UTF-8: rows that do not fit are left out."""
    foot = _foot(reported)
    failed = _failed(reported.results)
    left = largest - len(foot.encode()) - len(failed.encode())
    # Numbers that did not move are the first that there is no room for.
    text = changes_markdown(
        reported.suite, reported.changes, reported.base, left * 3 // 4, reported.trends
    )
    steady = _steady(reported, left - len(text.encode()))
    return text + failed + steady + foot


def _failed(results: Results) -> str:
    if not results.failed:
        return ""
    first = results.failed[0]
    shown = plain(short(first.uri or first.label))
    return f"\n⚠️ **{len(results.failed):,} failed**, such as {shown}; the job shows why.\n"


def _steady(reported: Reported, room: int) -> str:
    """Returns the fold of the benchmarks that did not move, with their numbers."""
    moved = {one.key for one in reported.changes if one.verdict not in ("unchanged", "new")}
    rows = [
        _numbers(one)
        for one in reported.results.benchmarks
        if (one.label, one.mode, one.uri) not in moved
    ]
    if not rows:
        return ""
    what = "unchanged or new" if reported.base else "measured"
    start = f"\n<details><summary>{len(rows):,} {what}</summary>\n"
    return section(start, table_head("Benchmark", ["Metric", "Now"]), rows, "\n</details>\n", room)


def _numbers(benchmark: Benchmark) -> str:
    shown = [one for one in mode_of(benchmark.mode).headline if one in benchmark.metrics]
    metric = shown[0] if shown else next(iter(benchmark.metrics), "")
    return row(
        [
            name(benchmark.uri, benchmark.label),
            plain(short(label(metric))) if metric else "",
            number_text(metric, benchmark.metrics.get(metric)),
        ]
    )


def _foot(reported: Reported) -> str:
    parts = [
        f"[{plain(title)}]({address})"
        for title, address in reported.links
        if _PLAIN_URL.fullmatch(address)
    ]
    parts += [f"measured at {plain(reported.commit[:12])}"] if reported.commit else []
    return f"\n{' · '.join(parts)}\n" if parts else ""
