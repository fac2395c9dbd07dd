"""The table of a suite's results for a terminal, or as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.style import Style
from rich.text import Text

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.printing import print_text
from rules_codspeed.report.bar import WIDTH, bar
from rules_codspeed.report.names import package, short_names
from rules_codspeed.report.unmeasured import unmeasured_lines
from rules_codspeed.report.view import View
from rules_codspeed.results.change_text import percent_text
from rules_codspeed.results.model import Benchmark, Results
from rules_codspeed.results.modes.columns import Column
from rules_codspeed.results.modes.registry import columns
from rules_codspeed.results.notes import modes, notes

_INDENT = "  "
_GAP = 2  # between columns
_SHORTEST_NAME = 16
_LONGEST_NAME = 200
_CUT = "..."
_UNLIMITED = 1 << 16  # names are fitted here, so that numbers are never cut


_STYLES = {"regressed": "red", "improved": "green", "not_repeatable": "yellow"}

_PLAIN = View()


def print_table(
    suite: str, results: Results, file: TextIO, width: int | None, view: View = _PLAIN
) -> None:
    """Prints results as a table, with styles where `file` is a terminal.

    Args:
      suite: label of the suite, for the title.
      results: at least one benchmark, measured or not.
      file: where to print.
      width: columns of the terminal; None where there is none: then only names that no reader
        could take in are shortened. Numbers are never cut: in a narrower terminal the lines get
        longer than it.
      view: what is shown besides the numbers.
    """
    console = Console(file=file, width=_UNLIMITED, highlight=False)
    with console.capture() as rendered:
        for number, mode in enumerate(modes(results)):
            if number:
                console.print()
            _print_mode(console, suite, results, mode, width, view)
    text = rendered.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    # rich itself would end the process if the reader is gone.
    print_text(text.removesuffix("\n"), file, styled=console.is_terminal)


def _print_mode(
    console: Console, suite: str, results: Results, mode: str, width: int | None, view: View
) -> None:
    """Prints the table of the benchmarks of a mode, and the notes next to it."""
    benchmarks = [one for one in results.benchmarks if one.mode == mode]
    shown = list(filter(view.shows, benchmarks))
    if benchmarks:
        console.print(Text.assemble((suite, "bold"), f"  {printable(mode)}\n"))
    if shown:
        console.print(_table(shown, columns(mode, shown), width, view), soft_wrap=True)
        console.print()
    if len(shown) < len(benchmarks):
        console.print(Text(f"{len(benchmarks) - len(shown):,} unchanged\n", style="dim"))
    head, *remarks = (printable("".join(sentence)) for sentence in notes(results, mode))
    lines = [head, *(f"{remark}." for remark in remarks)]
    console.print(Text("\n".join(lines), style="dim"))
    unmeasured = [one for one in results.unmeasured if one.mode == mode]
    if unmeasured:
        console.print("\n" + "\n".join(unmeasured_lines(unmeasured)), markup=False)


def _package(benchmark: Benchmark) -> str:
    return package(benchmark.label)


def _place(benchmark: Benchmark) -> tuple[str, list[str | int]]:
    """Returns a key that sorts `sort[100]` before `sort[1000]`."""
    parts = re.split(r"([0-9]+)", benchmark.uri)
    numbered = [int(part) if i % 2 else part for i, part in enumerate(parts)]
    return _package(benchmark), numbered


def _table(
    benchmarks: Sequence[Benchmark], numbers: Sequence[Column], width: int | None, view: View
) -> Text:
    """Returns the table of the benchmarks of one mode, grouped by package.

    It is laid out here: `rich.table.Table` measures each cell several times, which takes most of
    the time of a command on some thousand benchmarks.

    Args:
      benchmarks: at least one.
      numbers: their columns.
      width: of the terminal.
      view: what is shown besides the numbers.
    """
    aligned = [_flush_right([printable(column.short), *column.cells]) for column in numbers]
    changed = _changed(benchmarks, view)
    gap = " " * _GAP
    # The heads first.
    cells = [Text(gap + gap.join(row)) for row in zip(*aligned, strict=True)]
    for cell, change in zip(cells, changed, strict=False):
        cell.append(gap).append(change)
    longest = _longest_name(aligned, width, changed)
    rows = {id(one): row for row, one in enumerate(benchmarks, 1)}
    head = Text("Benchmark", style="bold")
    lines = [(head, cells[0])]
    for name, group in _groups(benchmarks, view):
        lines.append((Text(_fit(name, longest), style="bold"), Text()))
        for benchmark, short in zip(group, short_names(group), strict=True):
            page = view.pages.get((benchmark.label, benchmark.mode, benchmark.uri))
            shown = Text(_fit(short, longest - len(_INDENT)), style=Style(link=page))
            lines.append((Text(_INDENT) + shown, cells[rows[id(benchmark)]]))
    return _joined(lines)


def _joined(lines: Sequence[tuple[Text, Text]]) -> Text:
    """Returns a head with a rule below it, and lines: each of a name and cells, in two columns."""
    widest = max(name.cell_len for name, _ in lines)
    for name, _ in lines:
        name.pad_right(widest - name.cell_len)
    (head, heads), *others = lines
    rule = Text("─" * (widest + max(cells.cell_len for _, cells in lines)))
    heads.stylize("bold")
    rows = [name + cells for name, cells in others]
    return Text("\n").join([head + heads, rule, *rows])


def _groups(
    benchmarks: Sequence[Benchmark], view: View
) -> Iterator[tuple[str, Sequence[Benchmark]]]:
    """Yields the packages and their benchmarks, in the order of the view."""
    named = sorted(benchmarks, key=_place)
    groups = [(name, list(members)) for name, members in groupby(named, key=_package)]
    if view.sort == "change":
        groups = [(name, sorted(found, key=view.size, reverse=True)) for name, found in groups]
        groups.sort(key=lambda group: view.size(group[1][0]), reverse=True)
    yield from groups


def _changed(benchmarks: Sequence[Benchmark], view: View) -> list[Text]:
    """Returns the cells of the column of changes, its heading first; none without changes."""
    if not view.changes:
        return []
    found = [view.change(one) for one in benchmarks]
    moved = [change.deciding if change else None for change in found]
    numbers = [percent_text(one) if one else "" for one in moved]
    bars = [
        bar(one) if one and change and change.verdict in _STYLES else ""
        for one, change in zip(moved, found, strict=True)
    ]
    words = [
        change.verdict if change and not one else ""
        for one, change in zip(moved, found, strict=True)
    ]
    head, *cells = _flush_right(["Change", *(a or b for a, b in zip(numbers, words, strict=True))])
    styles = [_STYLES.get(change.verdict, "") if change else "" for change in found]
    return [
        Text(f"{head}{' ' * (WIDTH + 1)}" if any(bars) else head),
        *(Text(f"{a} {b}", style=style) for a, b, style in zip(cells, bars, styles, strict=True)),
    ]


def _flush_right(texts: Sequence[str]) -> list[str]:
    """Pads texts to one width; rich alone would strip their trailing blanks."""
    width = max(map(cell_len, texts))
    return [" " * (width - cell_len(text)) + text for text in texts]


def _longest_name(
    aligned: Sequence[Sequence[str]], width: int | None, changed: Sequence[Text]
) -> int:
    """Returns the columns of the terminal that the numbers and changes leave for names."""
    if width is None:
        return _LONGEST_NAME
    taken = sum(_GAP + cell_len(head) for head, *_ in aligned)
    taken += _GAP + max(one.cell_len for one in changed) if changed else 0
    return max(_SHORTEST_NAME, width - taken)


def _fit(text: str, longest: int) -> str:
    """Returns text of at most `longest` columns, its middle left out."""
    if cell_len(text) <= longest:
        return text
    head = (longest - len(_CUT)) // 2
    tail = longest - len(_CUT) - head
    return set_cell_size(text, head) + _CUT + set_cell_size(text[::-1], tail)[::-1]
