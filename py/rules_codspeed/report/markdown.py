"""What changed, in Markdown: for a pull request, a step summary, or a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.contract.escaping import shortened
from rules_codspeed.contract.markdown import LONGEST_NAME, code, plain, row
from rules_codspeed.report.changes import WORDS, counts
from rules_codspeed.report.sparkline import sparkline
from rules_codspeed.results.change_text import (
    by_text,
    limit_text,
    number_text,
    percent_text,
    remark,
)
from rules_codspeed.results.changes import VERDICTS, Change, Key, MetricChange, slower
from rules_codspeed.results.modes.registry import label

LARGEST = 60_000
"""Bytes of a summary: GitHub takes a comment of 65,536 characters."""

Trends = Mapping[Key, Mapping[str, Sequence[int | float]]]
"""Earlier numbers and that of now, by benchmark and metric."""

_HEAD = "| | Benchmark | Metric | Before | Now | Change | Limit |\n|:--|:--|:--|--:|--:|--:|--:|\n"
_MARKS = {"regressed": "🔴", "not_repeatable": "🟡", "improved": "🟢"}


def changes_markdown(
    suite: str,
    changes: Sequence[Change],
    base: str,
    largest: int = LARGEST,
    trends: Trends | None = None,
) -> str:
    """Returns the summary: counts, a table of what moved, and why the others are not judged.

    Args:
      suite: label of the suite.
      changes: of its benchmarks.
      base: what they are compared with, for a person; empty without a comparison.
      largest: size in bytes of UTF-8; rows that do not fit are left out, and counted.
      trends: of the metrics that are to have a small picture of their series.
    """
    head = f"## Benchmarks of {code(short(suite))}\n\n{_counts(changes, base)}\n"
    moved = [line for change in _worst_first(changes) for line in _rows(change, trends or {})]
    others = [
        row([WORDS[one.verdict], name(one.uri, one.label), plain(short(remark(one)))])
        for verdict in VERDICTS
        for one in changes
        if one.verdict == verdict not in _MARKS and (verdict != "unchanged" or remark(one))
    ]
    room = largest - len(head.encode()) - LONGEST_NAME
    # What moved matters more, but both are to be seen.
    rows = section("", _HEAD, moved, "", room if not others else room * 3 // 4)
    summary = f"\n<details><summary>{len(others):,} without a verdict</summary>\n"
    other_head = "| | Benchmark | Why |\n|:--|:--|:--|\n"
    room -= len(rows.encode())
    rows += section(summary, other_head, others, "\n</details>\n", room) if others else ""
    return head + rows


def short(words: str) -> str:
    """Returns text from outside in bounded length: a single row must not fill the summary."""
    return shortened(words, LONGEST_NAME)


def _counts(changes: Sequence[Change], base: str) -> str:
    if not base:
        return "Not compared with anything."
    parts = counts(changes)
    if slower(changes):
        parts[0] = f"**{parts[0]}**"
    return f"Compared with {code(short(base))}: {', '.join(parts) or 'nothing'}."


def _worst_first(changes: Sequence[Change]) -> list[Change]:
    """Returns the benchmarks with a metric that moved, those that moved most first."""

    def size(change: Change) -> float:
        return -max((one.size for one in _moved(change)), default=0.0)

    return sorted(filter(_moved, changes), key=lambda one: (VERDICTS.index(one.verdict), size(one)))


def _moved(change: Change) -> list[MetricChange]:
    return [one for one in change.metrics if one.verdict in _MARKS]


def _rows(change: Change, trends: Trends) -> list[str]:
    series = trends.get(change.key, {})
    return [
        row(
            [
                f"{_MARKS[one.verdict]} {WORDS[one.verdict]}",
                name(change.uri, change.label),
                plain(short(label(one.metric))),
                number_text(one.metric, one.before),
                number_text(one.metric, one.after),
                " ".join(filter(None, [percent_text(one), sparkline(series.get(one.metric, ()))])),
                _limit(one),
            ]
        )
        for one in _moved(change)
    ]


def _limit(change: MetricChange) -> str:
    budget = f"at most {change.budget:,}" if change.budget is not None else ""
    return ", ".join(filter(None, [limit_text(change), budget, by_text(change)]))


def name(uri: str, target: str) -> str:
    """Returns the name of a benchmark and its target."""
    return f"{code(short(uri))} {plain(short(target))}"


def section(start: str, head: str, rows: Sequence[str], end: str, room: int) -> str:
    """Returns a table with as many of its rows as there is room for, in bytes."""
    if not rows:
        return ""
    left = room - len(f"{start}{head}{end}".encode()) - 100
    kept = 0
    while kept < len(rows) and (left := left - len(rows[kept].encode())) >= 0:
        kept += 1
    rest = len(rows) - kept
    more = f"\n{rest:,} more {'row is' if rest == 1 else 'rows are'} left out.\n" if rest else ""
    return f"{start}\n{head}{''.join(rows[:kept])}{more}{end}"
