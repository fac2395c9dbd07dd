"""The table of a suite's results for a terminal, or as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TextIO

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rules_codspeed.report.names import package, short_names
from rules_codspeed.results.metrics import ESTIMATED_CYCLES, L1_MISSES, LL_MISSES
from rules_codspeed.results.model import Benchmark, Provenance, Results

_COLUMNS = {
    "Ir": "Instructions",
    L1_MISSES: "L1 misses",
    LL_MISSES: "LL misses",
    ESTIMATED_CYCLES: "Est. cycles",
}
_ABSENT = "-"
_INDENT = "  "
_GAP = 2  # between columns of the box used
_SHORTEST_NAME = 16
_CUT = "..."
_UNLIMITED = 1 << 16  # names are fitted here, so that numbers are never cut
_STOCK = "stock"


def print_table(suite: str, results: Results, file: TextIO, width: int | None) -> None:
    """Prints results as a table, with styles where `file` is a terminal.

    Args:
      suite: label of the suite, for the title.
      results: at least one benchmark.
      file: where to print.
      width: columns of the terminal; None never shortens a name. Numbers are never
        cut: in a narrower terminal the lines get longer than it.
    """
    console = Console(file=file, width=_UNLIMITED, highlight=False)
    with console.capture() as rendered:
        for mode, of_mode in groupby(sorted(results.benchmarks, key=_mode), key=_mode):
            console.print(Text.assemble((suite, "bold"), f"  {mode}\n"))
            console.print(_mode_table(list(of_mode), width))
            console.print()
        console.print(Text(_footer(results), style="dim"))
    text = rendered.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    # rich itself would end the process where the reader has gone.
    file.write(text)


def _mode(benchmark: Benchmark) -> str:
    return benchmark.mode


def _package(benchmark: Benchmark) -> str:
    return package(benchmark.label)


def _place(benchmark: Benchmark) -> tuple[str, list[str | int]]:
    """Returns a key that sorts `sort[100]` before `sort[1000]`."""
    parts = re.split(r"([0-9]+)", benchmark.uri)
    numbered = [int(part) if i % 2 else part for i, part in enumerate(parts)]
    return _package(benchmark), numbered


def _mode_table(benchmarks: Sequence[Benchmark], width: int | None) -> Table:
    """Returns the table of the benchmarks of one mode, grouped by package."""
    metrics = [name for name in _COLUMNS if any(name in one.metrics for one in benchmarks)]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Benchmark", no_wrap=True)
    for metric in metrics:
        table.add_column(_COLUMNS[metric], justify="right", no_wrap=True)
    longest = _longest_name(benchmarks, metrics, width)
    for name, members in groupby(sorted(benchmarks, key=_place), key=_package):
        group = list(members)
        table.add_row(Text(_fit(name, longest), style="bold"))
        for benchmark, short in zip(group, short_names(group), strict=True):
            numbers = [_number(benchmark.metrics.get(metric)) for metric in metrics]
            table.add_row(Text(_fit(_INDENT + short, longest)), *numbers)
    return table


def _longest_name(
    benchmarks: Sequence[Benchmark], metrics: Sequence[str], width: int | None
) -> int | None:
    """Returns the columns that the numbers leave for names."""
    if width is None:
        return None
    numbers = sum(
        _GAP
        + max(len(_COLUMNS[name]), *(len(_number(one.metrics.get(name))) for one in benchmarks))
        for name in metrics
    )
    return max(_SHORTEST_NAME, width - numbers)


def _number(value: int | None) -> str:
    return _ABSENT if value is None else f"{value:,}"


def _fit(text: str, longest: int | None) -> str:
    """Returns text of at most `longest` columns, its middle left out."""
    if longest is None or cell_len(text) <= longest:
        return text
    head = (longest - len(_CUT)) // 2
    tail = longest - len(_CUT) - head
    return set_cell_size(text, head) + _CUT + set_cell_size(text[::-1], tail)[::-1]


def _footer(results: Results) -> str:
    """Returns the count of benchmarks and what simulated them."""
    count = len(results.benchmarks)
    simulators = sorted({_simulator(one) for one in results.provenance})
    lines = [f"{count} benchmark{'s' if count > 1 else ''}, simulated by {', '.join(simulators)}"]
    if any(one.simulator.flavor == _STOCK for one in results.provenance):
        lines.append("Numbers of the stock Valgrind are not comparable with CodSpeed's.")
    lines += _doubts(results.provenance)
    return "\n".join(lines)


def _doubts(provenance: Sequence[Provenance]) -> list[str]:
    """Returns what may make the numbers differ from run to run, and of which targets."""
    doubts = {
        "Address randomisation was on": [one for one in provenance if one.aslr != "off"],
        "Random numbers were the kernel's": [
            one for one in provenance if one.randomness != "fixed"
        ],
    }
    return [
        f"{doubt} for {_named(targets)}: numbers may differ from run to run."
        for doubt, targets in doubts.items()
        if targets
    ]


def _named(targets: Sequence[Provenance]) -> str:
    others = len(targets) - 1
    return targets[0].label + (f" and {others} more" if others else "")


def _simulator(provenance: Provenance) -> str:
    simulator = provenance.simulator
    suffix = " (stock)" if simulator.flavor == _STOCK else ""
    return f"{simulator.name} {simulator.version}{suffix}"
