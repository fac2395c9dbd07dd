"""The summary of a step in GitHub Actions: the results of a suite in Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.contract.accounting import headline
from rules_codspeed.contract.escaping import shortened
from rules_codspeed.contract.markdown import LONGEST_NAME, code, plain, row, table_head
from rules_codspeed.contract.output.output_file import append_whole
from rules_codspeed.results.model import Benchmark, Results, Unmeasured
from rules_codspeed.results.modes.registry import columns
from rules_codspeed.results.modes.sentences import Name, Sentence
from rules_codspeed.results.notes import modes, notes

# What GitHub accepts from one step; it shows nothing of a longer summary.
LARGEST = 1 << 20  # bytes

_LONGEST_REASON = 500  # characters
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#&=%-]+")


@dataclass(frozen=True, slots=True)
class _Section:
    """A table: what stands before and after the rows, and the rows."""

    start: str
    rows: list[str]
    end: str


def append_step_summary(
    path: Path,
    suite: str,
    results: Results,
    run_url: str | None,
    warn: Callable[[str], None],
) -> None:
    """Adds a summary to the file of the step, after what is there.

    Args:
      path: of GITHUB_STEP_SUMMARY.
      suite: label of the suite.
      results: of the suite.
      run_url: page of the run on CodSpeed, if it is known.
      warn: called with the reason why nothing could be added; the run goes on.
    """

    def added(there: int) -> bytes:
        separator = b"\n" if there else b""
        text = step_summary(suite, results, run_url, LARGEST - there - len(separator))
        return separator + text.encode()

    try:
        append_whole(path, added)
    except (OSError, ValueError) as error:
        warn(
            f"no step summary. Got: {error}. Expected: a file in GITHUB_STEP_SUMMARY with room "
            "for it. Fix: write less to it earlier in the same step."
        )


def step_summary(suite: str, results: Results, run_url: str | None, largest: int = LARGEST) -> str:
    """Returns the summary; rows that do not fit are left out, and counted.

    Args:
      suite: label of the suite.
      results: of the suite.
      run_url: page of the run on CodSpeed, if it is known.
      largest: size of the summary in bytes of UTF-8.

    Raises:
      ValueError: there is no room for the text that must be in it.
    """
    head = f"## Benchmarks of {code(suite)}\n"
    for mode in modes(results):
        head += f"\n{'. '.join(map(_markdown, notes(results, mode)))}.\n"
    if run_url:
        head += f"\nThe run on CodSpeed: {_link(run_url)}\n"
    sections = [
        _section(mode, benchmarks)
        for mode in modes(results)
        if (benchmarks := [one for one in results.benchmarks if one.mode == mode])
    ]
    if results.unmeasured:
        # First, as rows that do not fit are left out.
        sections.insert(0, _unmeasured(results.unmeasured))
    whole = head + "".join(one.start + "".join(one.rows) + one.end for one in sections)
    return whole if len(whole.encode()) <= largest else _cut(head, sections, largest)


def _cut(head: str, sections: Sequence[_Section], largest: int) -> str:
    """Returns the summary with as many rows as fit, and with the number of the others."""
    most = max((len(one.rows) for one in sections), default=0)
    room = largest - len(head.encode()) - len(_left_out(most, totalled=True)) * len(sections)
    room -= sum(len((one.start + one.end).encode()) for one in sections)
    if room < 0:
        raise ValueError(f"{max(0, largest):,} bytes left")
    text = head
    for section in sections:
        rows = _fitting(section.rows, room)
        room -= sum(len(one.encode()) for one in rows)
        text += section.start + "".join(rows) + section.end
        text += _left_out(len(section.rows) - len(rows), totalled=bool(section.end))
    return text


def _section(mode: str, benchmarks: Sequence[Benchmark]) -> _Section:
    numbers = columns(mode, benchmarks)
    # A title may be the name of a metric from outside.
    titles = (plain(one.title) for one in numbers)
    start = f"\n### {code(mode)}\n\n" + table_head("Benchmark", titles)
    count = Counter(benchmark.uri for benchmark in benchmarks)
    rows = [
        # What is padded for a terminal is one blank here.
        row(
            [
                _name(benchmark, with_label=count[benchmark.uri] > 1),
                *(" ".join(one.cells[index].split()) for one in numbers),
            ]
        )
        for index, benchmark in enumerate(benchmarks)
    ]
    if not any(one.total for one in numbers):
        return _Section(start, rows, "")
    totals = (f"**{one.total}**" for one in numbers)
    return _Section(start, rows, row([f"**Total of {len(benchmarks):,}**", *totals]))


def _unmeasured(unmeasured: Sequence[Unmeasured]) -> _Section:
    head = row(["Not measured", "Mode", "State", "Why"]) + row([":--"] * 4)
    rows = [
        row([_name(one, with_label=True), code(one.mode), one.outcome, _why(one)])
        for one in sorted(unmeasured, key=lambda one: one.outcome)
    ]
    return _Section(f"\n{head}", rows, "")


def _why(one: Unmeasured) -> str:
    return plain(shortened(headline(one.reason), _LONGEST_REASON))


def _name(one: Benchmark | Unmeasured, with_label: bool) -> str:
    """Returns a name, with its target where that alone sets it apart."""
    if isinstance(one, Unmeasured) and not one.uri:
        return plain(one.label)
    uri = code(shortened(one.uri, LONGEST_NAME))
    return f"{uri} {plain(one.label)}" if with_label else uri


def _fitting(rows: Sequence[str], room: int) -> list[str]:
    """Returns the first rows, as many as fit in a number of bytes."""
    total = 0
    for number, one in enumerate(rows):
        total += len(one.encode())
        if total > room:
            return list(rows[:number])
    return list(rows)


def _left_out(count: int, totalled: bool) -> str:
    """Returns the note on rows that were left out; nothing if none were."""
    if not count:
        return ""
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    note = f"\n{rows} left out here, as GitHub does not show a longer summary."
    return f"{note}{' The total counts them.' if totalled else ''}\n"


def _markdown(sentence: Sentence) -> str:
    return "".join(code(part) if isinstance(part, Name) else part for part in sentence)


def _link(url: str) -> str:
    return f"[{code(url)}]({url})" if _PLAIN_URL.fullmatch(url) else code(url)
