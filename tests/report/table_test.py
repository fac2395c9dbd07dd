"""The table: what it shows, and that no width breaks it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from rules_codspeed.report.bar import WIDTH, bar
from rules_codspeed.report.names import short_names
from rules_codspeed.report.table import print_table
from rules_codspeed.report.view import View
from rules_codspeed.results.changes import MetricChange
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, merge
from tests.report.suites import CODSPEED, results, walltime_metrics
from tests.results.provenance import PROVENANCE, provenance
from tests.results.walltime_provenance import WALLTIME_PROVENANCE, machine, walltime_provenance

TARGETS = {
    "//b:x": ["b/x_bench.cc::sort[1000]", "b/x_bench.cc::search"],
    "//a/long:y": ["exec_harness::a/long:y"],
}


def table(shown: Results, width: int | None = None) -> str:
    output = io.StringIO()
    print_table("//:suite", shown, output, width)
    return output.getvalue()


def test_whole_table() -> None:
    lines = table(results(TARGETS)).splitlines()
    assert lines == [
        "//:suite  simulation",
        "",
        "Benchmark                 Instructions  L1 misses  LL misses  Est. cycles",
        "─" * 73,
        "//a/long",
        "  y                          1,234,567         12          3    1,234,987",
        "//b",
        "  x_bench.cc::search         1,234,567         12          3    1,234,987",
        "  x_bench.cc::sort[1000]     1,234,567         12          3    1,234,987",
        "",
        "3 benchmarks, simulated by valgrind 3.19.0 (stock)",
        "Numbers of the stock Valgrind are not comparable with CodSpeed's.",
    ]


def test_whole_walltime_table() -> None:
    benchmarks = [
        Benchmark("b/x.cc::f[9]", "//b:x", "walltime", walltime_metrics(0.3)),
        Benchmark("b/x.cc::f[10]", "//b:x", "walltime", walltime_metrics(2.5e9)),
        Benchmark("exec_harness::a/long:y", "//a/long:y", "walltime", walltime_metrics(999_999)),
    ]
    noisy = walltime_provenance("//a/long:y", machine=machine(turbo="on", load=1.5))
    lines = table(Results(SCHEMA, benchmarks, [WALLTIME_PROVENANCE, noisy])).splitlines()
    assert lines == [
        "//:suite  walltime",
        "",
        "Benchmark       Median     Mean          Std dev  Rounds  Iterations  Outliers",
        "─" * 78,
        "//a/long",
        "  y            1.00 ms  1.25 µs  25.00 ns (2.0%)      31       1,000       2/1",
        "//b",
        "  x.cc::f[9]   0.30 ns  1.25 µs  25.00 ns (2.0%)      31       1,000       2/1",
        "  x.cc::f[10]  2.50 s   1.25 µs  25.00 ns (2.0%)      31       1,000       2/1",
        "",
        "3 benchmarks, timed on AMD EPYC 7763 64-Core Processor",
        "Profiled by perf 6.1.187 on cycles.",
        "Turbo on, load 1.5: numbers may differ from run to run.",
    ]


def test_processes_are_shown_where_there_are_several() -> None:
    numbers = walltime_metrics() | {"processes": 5, "between_processes_ns": 12.345}
    benchmarks = [
        Benchmark("a", "//b:x", "walltime", numbers),
        Benchmark("b", "//b:x", "walltime", walltime_metrics()),
    ]
    lines = table(Results(SCHEMA, benchmarks, [WALLTIME_PROVENANCE])).splitlines()
    assert [line[-22:] for line in (lines[2], *lines[5:7])] == [
        "s  Outliers  Processes",
        "0       2/1   5 (1.0%)",
        "0       2/1          -",
    ]


def test_each_mode_has_its_table_and_its_notes() -> None:
    timed = results({"//b:x": ["b/x.cc::f"]}, mode="walltime")
    lines = table(merge([timed, results({"//a:b": ["x"]}, CODSPEED)])).splitlines()
    assert [line for line in lines if line and not line.startswith((" ", "─", "Bench"))] == [
        "//:suite  simulation",
        "//a",
        "1 benchmark, simulated by valgrind 3.26.0.codspeed6",
        "//:suite  walltime",
        "//b",
        "1 benchmark, timed on AMD EPYC 7763 64-Core Processor",
        "Profiled by perf 6.1.187 on cycles.",
    ]
    assert lines[lines.index("//:suite  walltime") - 1] == ""


def test_a_suite_without_benchmarks() -> None:
    assert table(results({"//a:b": []}, CODSPEED)) == (
        "0 benchmarks, simulated by valgrind 3.26.0.codspeed6\n"
    )


def test_names_of_machines_command_nothing() -> None:
    odd = walltime_provenance(machine=machine(cpu="\x1b[31mCPU"))
    shown = table(Results(SCHEMA, [], [odd]))
    assert shown.startswith("0 benchmarks, timed on \\x1b[31mCPU\n")


def test_codspeeds_simulator_has_no_warning() -> None:
    shown = table(results({"//a:b": ["x"]}, CODSPEED))
    assert "1 benchmark, simulated by valgrind 3.26.0.codspeed6\n" in shown
    assert "comparable" not in shown


def test_numbers_that_may_differ_are_noted() -> None:
    assert "differ" not in table(results({"//a:b": ["x"]}))
    benchmarks = [Benchmark("x", "//a:b", "simulation", {"Ir": 5})]
    provenances = [provenance(label=f"//a:{name}", machine_answered=["files"]) for name in "bcd"]
    provenances.append(provenance(label="//a:e", aslr="allowed"))
    lines = table(Results(SCHEMA, benchmarks, provenances)).splitlines()
    effect = "numbers may differ from run to run."
    assert lines[-2:] == [
        f"Address randomisation was on for //a:e: {effect}",
        f"The fixed kernel was not complete for //a:b and 2 more: {effect}",
    ]


def test_a_number_not_measured_is_not_shown() -> None:
    benchmarks = [Benchmark("x", "//a:b", "simulation", {"Ir": 5})]
    shown = table(Results(SCHEMA, benchmarks, [PROVENANCE]))
    assert "misses" not in shown
    assert "cycles" not in shown
    benchmarks.append(Benchmark("y", "//a:b", "simulation", {"Ir": 5, "L1m": 0}))
    shown = table(Results(SCHEMA, benchmarks, [PROVENANCE]))
    assert [line.split() for line in shown.splitlines() if line.startswith("  ")] == [
        ["x", "5", "-"],
        ["y", "5", "0"],
    ]


@given(
    st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=6, unique=True),
    st.one_of(st.none(), st.integers(1, 200)),
    st.integers(0, 2**64),
)
def test_any_width_keeps_one_line_each_and_all_digits(
    uris: list[str], width: int | None, instructions: int
) -> None:
    shown = table(results({"//pkg:x": uris}, instructions=instructions), width)
    lines = shown.split("\n")
    header = next(i for i, line in enumerate(lines) if line.startswith("Benchmark"))
    rows = lines[header + 3 : header + 3 + len(uris)]
    for line in rows:
        assert line.split()[-4:] == [f"{instructions:,}", "12", "3", f"{instructions + 420:,}"]
    assert lines[header + 3 + len(uris)] == ""
    assert len({cell_len(line) for line in rows}) == 1
    if width is not None and width >= 110:
        assert max(map(cell_len, lines)) <= width


@settings(max_examples=60)
@given(
    st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=6, unique=True),
    st.one_of(st.none(), st.integers(1, 200)),
    st.lists(st.floats(0, 1e18), min_size=6, max_size=6),
)
def test_any_width_keeps_times_below_each_other(
    uris: list[str], width: int | None, times: list[float]
) -> None:
    benchmarks = [
        Benchmark(uri, "//pkg:x", "walltime", walltime_metrics(time))
        for uri, time in zip(uris, times, strict=False)
    ]
    lines = table(Results(SCHEMA, benchmarks, [WALLTIME_PROVENANCE]), width).split("\n")
    header = next(i for i, line in enumerate(lines) if line.startswith("Benchmark"))
    rows = lines[header + 3 : header + 3 + len(uris)]
    assert lines[header + 3 + len(uris)] == ""
    assert len({cell_len(line) for line in rows}) == 1
    for row in rows:
        assert row.endswith("1.25 µs  25.00 ns (2.0%)      31       1,000       2/1")


def test_80_columns() -> None:
    uri = "pkg/sub/test_something_with_a_long_name_bench.py::TestGroup::test_case[parameter-1]"
    lines = table(results({"//pkg/sub:x": [uri]}), 80).splitlines()
    assert max(map(cell_len, lines)) <= 80
    (row,) = (line for line in lines if line.startswith("  "))
    assert row.startswith("  test_some")
    assert "..." in row
    assert "rameter-1]" in row


def test_numbers_in_names_sort_as_numbers() -> None:
    shown = table(results({"//a:b": ["f[10]", "f[9]", "f[x]", "f", "10"]}))
    rows = [line.split()[0] for line in shown.splitlines() if line.startswith("  ")]
    assert rows == ["10", "f", "f[9]", "f[10]", "f[x]"]


def names(*benchmarks: tuple[str, str]) -> list[str]:
    return short_names([Benchmark(uri, label, "simulation", {}) for label, uri in benchmarks])


@pytest.mark.parametrize(
    ("label", "uri", "name"),
    [
        ("//pkg:x", "pkg/b.cc::ns::f[1]", "b.cc::ns::f[1]"),
        ("//:x", "b.cc::f", "b.cc::f"),
        ("//pkg:x", "other/b.cc::f", "other/b.cc::f"),
        ("//pkg:x", "pkg2/b.cc::f", "pkg2/b.cc::f"),
        ("@repo//pkg:x", "external/repo/pkg/b.cc::f", "external/repo/pkg/b.cc::f"),
        ("//pkg:x", "exec_harness::pkg:x", "x"),
        ("//:x", "exec_harness::x", "x"),
        ("//pkg:x", "pkg/\x1b[31m::f", "\\x1b[31m::f"),
    ],
)
def test_short_name(label: str, uri: str, name: str) -> None:
    assert names((label, uri)) == [name]


def test_ambiguous_names_are_whole() -> None:
    assert names(("//p:a", "p/x::f"), ("//p:b", "x::f")) == ["p/x::f", "x::f"]
    assert names(("//p:a", "p/x::f"), ("//p:b", "p/x::f")) == ["p/x::f (//p:a)", "p/x::f (//p:b)"]


def test_names_of_an_unknown_mode_are_text() -> None:
    metrics: dict[str, int | float] = {"[/bold]\x1b[2J": 5}
    shown = table(Results(SCHEMA, [Benchmark("u", "//a:b", "new\x1bmode", metrics)], []))
    assert r"[/bold]\x1b[2J" in shown
    assert r"//:suite  new\x1bmode" in shown
    assert "\x1b" not in shown


def compared(*instructions: int) -> tuple[Results, View]:
    """Returns results with a benchmark for each number, compared with 1,000,000 each."""
    uris = [f"b/x.cc::f{number}" for number in range(len(instructions))]
    before = results({"//b:x": uris}, instructions=1_000_000)
    benchmarks = [
        replace(one, metrics={**one.metrics, "Ir": value})
        for one, value in zip(before.benchmarks, instructions, strict=True)
    ]
    now = replace(before, benchmarks=benchmarks)
    changes = compare(recorded(before), recorded(now), lambda label, mode: default_rules(mode))
    return now, View({one.key: one for one in changes})


def rows_of(shown: Results, view: View, width: int | None = None) -> list[str]:
    output = io.StringIO()
    print_table("//:suite", shown, output, width, view)
    return [line for line in output.getvalue().splitlines() if "f" in line and "  x.cc" in line]


def test_changes_have_a_column_with_bars() -> None:
    shown, view = compared(1_000_000, 2_000_000, 900_000, 1_001_000)
    assert [re.sub(" +", " ", line).split(" ", 6)[-1] for line in rows_of(shown, view)] == [
        "+0.00 %",
        "+100.00 % ████████",
        "-10.00 % █▎",
        "+0.10 %",
    ]


def test_the_largest_change_first() -> None:
    shown, view = compared(1_000_000, 1_200_000, 500_000)
    rows = rows_of(shown, replace(view, sort="change"))
    assert [line.split()[0] for line in rows] == ["x.cc::f2", "x.cc::f1", "x.cc::f0"]


def test_only_what_changed() -> None:
    shown, view = compared(1_000_000, 1_200_000, 1_000_000)
    only = replace(view, only_changed=True)
    assert [line.split()[0] for line in rows_of(shown, only)] == ["x.cc::f1"]
    output = io.StringIO()
    print_table("//:suite", shown, output, None, only)
    assert "\n2 unchanged\n" in output.getvalue()
    # Without a comparison nothing is known to be unchanged.
    assert len(rows_of(shown, View(only_changed=True))) == 3


@pytest.mark.parametrize("width", [60, 80, 100])
def test_changes_fit_the_width(width: int) -> None:
    shown, view = compared(1_000_000, 2_000_000)
    long = [replace(one, uri=f"b/{'long' * 30}::{one.uri}") for one in shown.benchmarks]
    changes = {
        (one.label, one.mode, uri.uri): replace(one, uri=uri.uri)
        for one, uri in zip(view.changes.values(), long, strict=True)
    }
    text = io.StringIO()
    print_table("//:suite", replace(shown, benchmarks=long), text, width, View(changes))
    lines = [line for line in text.getvalue().splitlines() if "::" in line]
    assert len(lines) == 2
    assert all(cell_len(line) <= max(width, 92) for line in lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, view: View, shown: Results, **more: str) -> str:
    for name, value in {"TERM": "xterm-256color", **more}.items():
        monkeypatch.setenv(name, value)
    output = Terminal()
    print_table("//:suite", shown, output, 200, view)
    return output.getvalue()


def test_names_are_links_to_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, view = compared(1_000_000, 2_000_000)
    pages = {key: f"file:///tmp/r.html#b{at}" for at, key in enumerate(view.changes)}
    text = on_terminal(monkeypatch, replace(view, pages=pages), shown)
    linked = re.findall(r"\x1b\]8;id=\d+;(file:[^\x1b]+)\x1b\\(.*?)\x1b\]8;;\x1b\\", text)
    assert linked == [
        ("file:///tmp/r.html#b0", "x.cc::f0"),
        ("file:///tmp/r.html#b1", "x.cc::f1"),
    ]


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, view = compared(2_000_000)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31m" in on_terminal(monkeypatch, view, shown)
    assert not re.search(
        r"\x1b\[[0-9;]*3[0-9]m", on_terminal(monkeypatch, view, shown, NO_COLOR="1")
    )


@given(st.floats(-1, 1e6, exclude_min=True), st.integers(1, 10**15))
def test_bars_are_as_wide_as_allowed(relative: float, before: int) -> None:
    change = MetricChange("Ir", before, before * (1 + relative), None, None, "regressed")
    assert len(bar(change)) <= WIDTH
    assert bool(bar(change)) == (change.after != before)
