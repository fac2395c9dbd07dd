"""Results as runner 5.0.2 shows them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rules_codspeed.publish.service.display import report_link, results_text
from tests.publish.local_runs import allocated, parsed, simulated, timed

FIB = simulated("test_fib", 812.5e-6, (92.3, 5.1, 2.6))
IO = simulated("test_io", 1.75e-3, (61.0, 20.4, 18.6), 140e-6)
HTTP = timed("bench_http_request", 0.15, (100, 0.0075, 0.15))
QUERY = timed("bench_db_query", 0.025, (12500, 0.0005, 0.025))
LIST = allocated("test_list", 1572864, (1572864, 12 << 20, 10240))


def shown(*results: Any) -> str:
    return results_text(parsed(*results), styled=False)


def test_tables_of_the_specification() -> None:
    assert shown(LIST, FIB, IO).splitlines() == [
        "╭─────────────────────────────────────────────────────────────╮",
        "│                      ⚙ CPU Simulation                       │",
        "├───────────┬───────────┬────────┬───────┬────────┬───────────┤",
        "│ Benchmark │      Time │ Instr. │ Cache │ Memory │ Sys. Time │",
        "├───────────┼───────────┼────────┼───────┼────────┼───────────┤",
        "│ test_fib  │ 812.50 µs │  92.3% │  5.1% │   2.6% │    < 1 ns │",
        "│ test_io   │   1.75 ms │  61.0% │ 20.4% │  18.6% │ 140.00 µs │",
        "╰───────────┴───────────┴────────┴───────┴────────┴───────────╯",
        "╭─────────────────────────────────────────────────────────╮",
        "│                        ▤ Memory                         │",
        "├───────────┬─────────────┬─────────────────┬─────────────┤",
        "│ Benchmark │ Peak memory │ Total allocated │ Allocations │",
        "├───────────┼─────────────┼─────────────────┼─────────────┤",
        "│ test_list │      1.5 MB │           12 MB │      10,240 │",
        "╰───────────┴─────────────┴─────────────────┴─────────────╯",
    ]


def test_table_of_measured_times() -> None:
    assert shown(HTTP, QUERY).splitlines() == [
        "╭─────────────────────────────────────────────────────────────────────╮",
        "│                             ⏱ Walltime                              │",
        "├────────────────────┬─────────────┬────────────┬────────┬────────────┤",
        "│ Benchmark          │ Time (best) │ Iterations │ StdDev │ Total time │",
        "├────────────────────┼─────────────┼────────────┼────────┼────────────┤",
        "│ bench_http_request │   150.00 ms │        100 │  5.00% │  150.00 ms │",
        "│ bench_db_query     │    25.00 ms │     12,500 │  2.00% │   25.00 ms │",
        "╰────────────────────┴─────────────┴────────────┴────────┴────────────╯",
    ]


def cells(text: str, row: int) -> list[str]:
    return [cell.strip() for cell in text.splitlines()[5 + row].strip("│").split("│")]


def test_what_the_api_does_not_return_is_not_shown() -> None:
    bare = [simulated("s", 1e-3, None), {**FIB, "valgrind": {"timeDistribution": None}}]
    assert cells(shown(*bare), 0) == ["s", "1.00 ms", "-", "-", "-", "-"]
    assert cells(shown(*bare), 1) == ["test_fib", "812.50 µs", "-", "-", "-", "-"]
    assert cells(shown(timed("t", 2, None), QUERY), 0) == ["t", "2.00 s", "-", "-", "-"]
    assert cells(shown(allocated("m", 2048, None), LIST), 0) == ["m", "2 KB", "-", "-"]


def test_shares_of_nothing() -> None:
    nothing = simulated("s", 0, (0, 0, 0))
    nothing["valgrind"]["timeDistribution"]["l1m"] = 1.0
    assert cells(shown(nothing, FIB), 0) == ["s", "< 1 ns", "NaN%", "inf%", "NaN%", "< 1 ns"]
    assert cells(shown(timed("t", 0, (5, 1, 1)), QUERY), 0)[3] == "N/A"


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (simulated("a::b", 1.234e-3, (90, 5, 5)), "a::b: 1.23 ms"),
        (
            timed("bench", 1.5, (50, 0.025, 75)),
            "bench: best 1.50 s (50 iterations, rel. stddev: 1.67%, total 75.00 s)",
        ),
        (timed("bench", 1.5, None), "bench: 1.50 s"),
        (
            allocated("bench", 1048576, (1048576, 5242880, 500)),
            "bench: peak 1 MB (total allocated: 5 MB, 500 allocations)",
        ),
        (allocated("bench", 1536, None), "bench: 1.5 KB"),
    ],
)
def test_one_result_is_a_sentence(result: Any, sentence: str) -> None:
    assert shown(result) == sentence


ORANGE = "\x1b[1;38;2;255;135;0m"


@pytest.mark.parametrize(
    ("results", "styled"),
    [
        ((FIB, IO), f"{ORANGE}⚙ CPU Simulation\x1b[0m"),
        ((FIB, IO), "\x1b[1mSys. Time\x1b[0m"),
        ((FIB, IO), "\x1b[36m812.50 µs\x1b[0m"),
        ((FIB, IO), "\x1b[1;37m 92.3%\x1b[0m"),
        ((FIB, IO), "\x1b[37m20.4%\x1b[0m"),
        ((FIB, IO), "\x1b[2m 18.6%\x1b[0m"),
        ((HTTP, QUERY), "\x1b[32m 2.00%\x1b[0m"),
        ((HTTP, QUERY), "\x1b[33m 5.00%\x1b[0m"),
        ((HTTP, timed("t", 1, (1, 0.0501, 1))), "\x1b[31m 5.01%\x1b[0m"),
        ((HTTP, timed("t", 0, (1, 1, 1))), "\x1b[2m   N/A\x1b[0m"),
    ],
)
def test_styles_of_a_terminal(results: Any, styled: str) -> None:
    assert styled in results_text(parsed(*results), styled=True)


def test_styles_do_not_change_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "dumb")
    styled = results_text(parsed(FIB, IO, LIST, HTTP), styled=True)
    assert "\x1b[36m" in styled
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == shown(FIB, IO, LIST, HTTP)


@given(st.lists(st.text(max_size=60), min_size=2, max_size=5))
def test_any_name_is_one_row_of_an_even_table(names: list[str]) -> None:
    lines = shown(*(simulated(name, 1e-3, (80, 10, 10)) for name in names)).split("\n")
    assert len(lines) == 6 + len(names)
    assert len({cell_len(line) for line in lines}) == 1
    assert all(line.isprintable() for line in lines)


def test_link() -> None:
    assert report_link("https://codspeed.io/x\n", styled=False) == (
        "View full report: https://codspeed.io/x\\n"
    )
    assert "\x1b[1;4;34mhttps://codspeed.io/x" in report_link("https://codspeed.io/x", styled=True)
