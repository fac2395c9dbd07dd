"""The summary of a step in GitHub Actions: the results of a suite in Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rules_codspeed.publish.markdown import code, row, table_head
from rules_codspeed.results.metrics import ESTIMATED_CYCLES, L1_MISSES, LL_MISSES
from rules_codspeed.results.model import Benchmark, Provenance, Results

# What GitHub takes of one step; beyond it, it shows nothing of the step.
LARGEST = 1 << 20  # bytes

_COLUMNS = {
    "Ir": "Instructions",
    L1_MISSES: "L1 misses",
    LL_MISSES: "LL misses",
    ESTIMATED_CYCLES: "Estimated cycles",
}
_ABSENT = "-"
_STOCK = "stock"
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#&=%-]+")


@dataclass(frozen=True, slots=True)
class _Section:
    """What is told of one mode: what stands before and after the rows, and the rows."""

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
      warn: is told why nothing could be added; the run goes on.
    """
    try:
        with path.open("ab") as file:
            there = file.tell()
            separator = b"\n" if there else b""
            text = step_summary(suite, results, run_url, LARGEST - there - len(separator))
            file.write(separator + text.encode())
    except (OSError, ValueError) as error:
        warn(
            f"no step summary. Got: {error}. Expected: a file in GITHUB_STEP_SUMMARY with room "
            "for it. Fix: write less to it before in the same step."
        )


def step_summary(suite: str, results: Results, run_url: str | None, largest: int = LARGEST) -> str:
    """Returns the summary; rows that are too many are left out, and counted.

    Args:
      suite: label of the suite.
      results: of the suite.
      run_url: page of the run on CodSpeed, if it is known.
      largest: size of the summary in bytes of UTF-8.

    Raises:
      ValueError: there is no room for what must be told.
    """
    head = f"## Benchmarks of {code(suite)}\n\n{_note(results)}\n"
    if run_url:
        head += f"\nThe run on CodSpeed: {_link(run_url)}\n"
    sections = [
        _section(mode, list(of_mode))
        for mode, of_mode in groupby(sorted(results.benchmarks, key=_mode), key=_mode)
    ]
    whole = head + "".join(one.start + "".join(one.rows) + one.end for one in sections)
    return whole if len(whole.encode()) <= largest else _cut(head, sections, largest)


def _cut(head: str, sections: Sequence[_Section], largest: int) -> str:
    """Returns the summary with as many rows as fit, and with the number of the others."""
    most = max((len(one.rows) for one in sections), default=0)
    room = largest - len(head.encode()) - len(_left_out(most)) * len(sections)
    room -= sum(len((one.start + one.end).encode()) for one in sections)
    if room < 0:
        raise ValueError(f"{max(0, largest):,} bytes left")
    text = head
    for section in sections:
        rows = _fitting(section.rows, room)
        room -= sum(len(one.encode()) for one in rows)
        text += section.start + "".join(rows) + section.end
        text += _left_out(len(section.rows) - len(rows))
    return text


def _mode(benchmark: Benchmark) -> str:
    return benchmark.mode


def _section(mode: str, benchmarks: Sequence[Benchmark]) -> _Section:
    metrics = [name for name in _COLUMNS if any(name in one.metrics for one in benchmarks)]
    start = f"\n### {code(mode)}\n\n" + table_head("Benchmark", (_COLUMNS[one] for one in metrics))
    rows = [
        row([code(one.uri), *(_number(one.metrics.get(name)) for name in metrics)])
        for one in benchmarks
    ]
    totals = (sum(one.metrics.get(name, 0) for one in benchmarks) for name in metrics)
    end = row([f"**Total of {len(benchmarks):,}**", *(f"**{one:,}**" for one in totals)])
    return _Section(start, rows, end)


def _number(value: int | None) -> str:
    return _ABSENT if value is None else f"{value:,}"


def _fitting(rows: Sequence[str], room: int) -> list[str]:
    """Returns the first rows, as many as fit in a number of bytes."""
    total = 0
    for number, one in enumerate(rows):
        total += len(one.encode())
        if total > room:
            return list(rows[:number])
    return list(rows)


def _left_out(count: int) -> str:
    """Returns the sentence on rows that were left out; none for none."""
    if not count:
        return ""
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    return f"\n{rows} left out here, as GitHub shows no longer summary. The total counts them.\n"


def _note(results: Results) -> str:
    """Returns the count of benchmarks, what simulated them, and what that means."""
    count = len(results.benchmarks)
    simulators = sorted({_simulator(one) for one in results.provenance})
    text = f"{count:,} benchmark{'' if count == 1 else 's'}"
    if simulators:
        text += f", simulated by {', '.join(map(code, simulators))}"
    if any(one.simulator.flavor == _STOCK for one in results.provenance):
        text += ". Numbers of the stock Valgrind are not comparable with CodSpeed's"
    return f"{text}."


def _simulator(provenance: Provenance) -> str:
    simulator = provenance.simulator
    suffix = f" ({_STOCK})" if simulator.flavor == _STOCK else ""
    return f"{simulator.name} {simulator.version}{suffix}"


def _link(url: str) -> str:
    return f"[{code(url)}]({url})" if _PLAIN_URL.fullmatch(url) else code(url)
