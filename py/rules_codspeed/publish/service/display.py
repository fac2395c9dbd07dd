"""The results of a run of this machine, as CodSpeed's runner 5.0.2 shows them.

Tables, sentences and their order (spec: upload-results 13.3, 13.4, 13.6).
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rules_codspeed.contract.escaping import printable
from rules_codspeed.publish.number_formats import count, duration, memory, percentage
from rules_codspeed.publish.service.local_run import Executor, LocalRun, Result

NO_BENCHMARKS = (
    "No benchmarks were found in the run. Make sure your command runs benchmarks that are "
    "instrumented with a CodSpeed integration."
)
NO_CALL_GRAPHS = "We were unable to generate profiling data for the following benchmarks:"

_UNLIMITED = 1 << 16  # columns: the runner never cuts a table
_ABSENT = Text("-")
_TITLE_STYLE = "bold rgb(255,135,0)"
# Its top is the line below the title.
_BOX = Box("├─┬┤\n│ ││\n├─┼┤\n│ ││\n├─┼┤\n├─┼┤\n│ ││\n╰─┴╯\n")


@dataclass(frozen=True, slots=True)
class _Layout:
    """The table of an executor: title, columns after the name, and what makes a row."""

    title: str
    columns: tuple[str, ...]
    cells: Callable[[Result], tuple[Text, ...]]


def results_text(results: Sequence[Result], styled: bool) -> str:
    """Returns a sentence on one result, or a table for each executor.

    Args:
      results: at least one.
      styled: whether to add escape sequences of a terminal.
    """
    if len(results) == 1:
        return _rendered(_summary(results[0]), styled)
    tables = []
    for executor, layout in _LAYOUTS.items():
        members = [one for one in results if one.benchmark.executor is executor]
        if members:
            tables.append(_table_text(layout, members, styled))
    return "\n".join(tables)


def report_link(url: str, styled: bool) -> str:
    """Returns the line that links to the whole report."""
    link = (printable(url), "bold underline blue")
    return _rendered(Text.assemble(("View full report:", "dim"), " ", link), styled)


def without_call_graph(run: LocalRun) -> list[str]:
    """Returns the names of the benchmarks that have no call graph, printable."""
    return [
        printable(one.benchmark.name)
        for one in run.results
        if one.issues and one.issues.callgraph_generation_failure is not None
    ]


def _rendered(content: Text | Table, styled: bool) -> str:
    """Returns what a terminal shows, whatever the environment says about terminals."""
    console = Console(
        file=io.StringIO(),
        force_terminal=styled,
        color_system="truecolor" if styled else None,
        no_color=not styled,
        width=_UNLIMITED,
        highlight=False,
    )
    with console.capture() as shown:
        console.print(content)
    return shown.get().removesuffix("\n")


def _table_text(layout: _Layout, results: Sequence[Result], styled: bool) -> str:
    table = Table(box=_BOX, header_style="bold")
    table.add_column("Benchmark", no_wrap=True)
    for column in layout.columns:
        table.add_column(column, justify="right", no_wrap=True)
    for result in results:
        table.add_row(Text(printable(result.benchmark.name)), *layout.cells(result))
    body = _rendered(table, styled)
    inside = cell_len(_rendered(table, styled=False).partition("\n")[0]) - 2
    # rich has no cell that spans columns.
    title = _rendered(Text(layout.title, _TITLE_STYLE), styled)
    left = (inside - cell_len(layout.title)) // 2
    right = inside - cell_len(layout.title) - left
    return f"╭{'─' * inside}╮\n│{' ' * left}{title}{' ' * right}│\n{body}"


def _summary(result: Result) -> Text:
    """Returns the one sentence on a result (spec: upload-results 13.4)."""
    start = f"{printable(result.benchmark.name)}: "
    if result.walltime and result.benchmark.executor is Executor.WALLTIME:
        best, iterations, deviation, total = _walltime_cells(result)
        of_all = f", total {total})"
        return Text.assemble(
            start, "best ", best, f" ({iterations} iterations, rel. stddev: ", deviation, of_all
        )
    if result.memory and result.benchmark.executor is Executor.MEMORY:
        peak, total, calls = _memory_cells(result)
        return Text.assemble(
            start, "peak ", peak, f" (total allocated: {total}, {calls} allocations)"
        )
    return Text.assemble(start, _LAYOUTS[result.benchmark.executor].cells(result)[0])


def _simulation_cells(result: Result) -> tuple[Text, ...]:
    time = Text(duration(result.value), "cyan")
    spent = result.valgrind.time_distribution if result.valgrind else None
    if not spent:
        return (time, *[_ABSENT] * 4)
    shares = (_share(percentage(part, result.value)) for part in (spent.ir, spent.l1m, spent.llm))
    return (time, *shares, Text(duration(spent.sys)))


def _share(percent: float) -> Text:
    style = "bold white" if percent >= 70 else "white" if percent >= 20 else "dim"
    return Text("NaN%" if math.isnan(percent) else f"{percent:.1f}%", style)


def _walltime_cells(result: Result) -> tuple[Text, ...]:
    time, detail = Text(duration(result.value), "cyan"), result.walltime
    if not detail:
        return (time, *[_ABSENT] * 3)
    deviation = _deviation(percentage(detail.stdev, result.value))
    return time, Text(count(detail.iterations)), deviation, Text(duration(detail.total_time))


def _deviation(percent: float) -> Text:
    if not math.isfinite(percent):
        return Text("N/A", "dim")
    style = "green" if percent <= 2 else "yellow" if percent <= 5 else "red"
    return Text(f"{percent:.2f}%", style)


def _memory_cells(result: Result) -> tuple[Text, ...]:
    detail = result.memory
    if not detail:
        return Text(memory(result.value), "cyan"), _ABSENT, _ABSENT
    peak = Text(memory(detail.peak_memory), "cyan")
    return peak, Text(memory(detail.total_allocated)), Text(count(detail.alloc_calls))


# In the order in which the tables are shown.
_LAYOUTS = {
    Executor.VALGRIND: _Layout(
        "⚙ CPU Simulation",
        ("Time", "Instr.", "Cache", "Memory", "Sys. Time"),
        _simulation_cells,
    ),
    Executor.WALLTIME: _Layout(
        "⏱ Walltime", ("Time (best)", "Iterations", "StdDev", "Total time"), _walltime_cells
    ),
    Executor.MEMORY: _Layout(
        "▤ Memory", ("Peak memory", "Total allocated", "Allocations"), _memory_cells
    ),
}
