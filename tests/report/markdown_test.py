"""The Markdown summary of changes."""

from __future__ import annotations

import html
import re
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.escaping import printable
from rules_codspeed.report.markdown import changes_markdown
from rules_codspeed.results.changes import Change, MetricChange, Verdict
from rules_codspeed.results.limits import Limit
from tests.results.comparisons import by_default, simulated


def metric(
    name: str, before: float, after: float, verdict: Verdict, budget: int | None = None
) -> MetricChange:
    return MetricChange(name, before, after, Limit(Fraction(1, 50)), budget, verdict)


def change(uri: str, verdict: Verdict, *metrics: MetricChange, reason: str = "") -> Change:
    return Change("//pkg:bench", "simulation", uri, verdict, reason, metrics)


SLOWER = change("a.cc::sort", "regressed", metric("Ir", 1000, 1030, "regressed", 1020))
MUCH_SLOWER = change("a.cc::fill", "regressed", metric("Ir", 1000, 2000, "regressed"))
FASTER = change("a.cc::find", "improved", metric("median_ns", 2000.0, 1000.0, "improved"))
SAME = change("a.cc::same", "unchanged", metric("Ir", 1000, 1000, "unchanged"))
GONE = change("a.cc::gone", "missing", reason="it is no longer measured")


def test_shows_counts_and_what_was_compared_with_what() -> None:
    made = changes_markdown("//:suite", [SAME, SLOWER, FASTER, GONE], "main at 1234abcd")
    assert made.startswith("## Benchmarks of <code>//&#58;suite</code>\n")
    assert (
        "Compared with <code>main at 1234abcd</code>: **1 slower**, 1 missing, 1 faster, "
        "1 unchanged.\n"
    ) in made


def test_shows_what_moved_the_worst_first_with_limits() -> None:
    made = changes_markdown("//:suite", [FASTER, SLOWER, SAME, MUCH_SLOWER], "main")
    rows = [line for line in made.splitlines() if line.startswith(("| 🔴", "| 🟢"))]
    assert re.findall(r"sort|fill|find|same", "".join(rows)) == ["fill", "sort", "find"]
    assert rows[0].endswith("| Instructions | 1,000 | 2,000 | +100.00 % | 2 % |")
    assert rows[1].endswith("| 1,000 | 1,030 | +3.00 % | 2 %, at most 1,020 |")
    assert rows[2].endswith("| Median | 2.00 µs | 1.00 µs | -50.00 % | 2 % |")


def test_a_change_from_zero_is_the_largest_and_misses_that_decided_are_named() -> None:
    from_zero = change("a.cc::zero", "regressed", metric("Ir", 0, 50, "regressed"))
    by_misses = by_default(simulated(2000, 20, 3), simulated(2000, 20, 14))
    made = changes_markdown("//:suite", [MUCH_SLOWER, by_misses, from_zero], "main")
    rows = [line for line in made.splitlines() if line.startswith("| 🔴")]
    assert rows[0].endswith("| 0 | 50 | from 0 | 2 % |")
    assert rows[2].endswith(
        "| 2,500 | 3,600 | +44.00 % | 5 % and 500, by LLm 3 -> 14 (limit 10 % and 10) |"
    )


def test_folds_what_is_not_judged_with_the_reason() -> None:
    made = changes_markdown("//:suite", [GONE, SAME], "main")
    assert "<details><summary>1 without a verdict</summary>" in made
    assert "| missing | <code>a&#46;cc&#58;&#58;gone</code>" in made
    assert "| it is no longer measured |" in made


def test_what_does_not_repeat_is_in_the_table_and_a_new_name_below() -> None:
    unsteady = change("a.cc::fib", "not_repeatable", metric("Ir", 1000, 1500, "not_repeatable"))
    renamed = change("a.cc::new", "renamed", reason="it was old before")
    made = changes_markdown("//:suite", [renamed, unsteady], "main")
    assert "1 not repeatable, 1 renamed." in made
    assert "| 🟡 not repeatable | <code>a&#46;cc&#58;&#58;fib</code>" in made
    assert "| it was old before |" in made


def test_without_a_comparison_says_so() -> None:
    assert changes_markdown("//:suite", [], "").endswith("\n\nNot compared with anything.\n")


def test_stays_below_its_size_and_counts_what_is_left_out() -> None:
    many = [change(f"a.cc::sort{n}", "regressed", *SLOWER.metrics) for n in range(2000)]
    many += [change(f"a.cc::gone{n}", "missing", reason="why " * 20) for n in range(2000)]
    made = changes_markdown("//:suite", many, "main")
    assert len(made.encode()) <= 60_000
    shown = made.count("🔴")
    assert f"\n{2000 - shown:,} more rows are left out.\n" in made
    assert made.endswith("</details>\n")
    assert made.count("| missing |") > 10


def test_a_name_ends_no_cell_and_is_no_markup() -> None:
    hostile = "a|b`c`<img src=x onerror=y>\n@user #1 [l](http://x) \u202e __init__ ~~s~~"
    made = changes_markdown("//:suite", [change(hostile, "regressed", *SLOWER.metrics)], "main")
    (row,) = [line for line in made.splitlines() if line.startswith("| 🔴")]
    assert row.count("|") == 8
    assert not re.search(r"<(?!/?code>)|[@`\[~_]", row)
    shown = html.unescape(row)
    assert "a|b`c`<img src=x onerror=y>\\n@user #1 [l](http://x) \\u202e __init__" in shown


@given(st.text(max_size=400))
@settings(max_examples=100)
def test_any_text_stays_in_its_cell(name: str) -> None:
    slower = change(name, "regressed", *SLOWER.metrics)
    gone = change(name, "missing", reason=name)
    made = changes_markdown(name, [slower, gone], name)
    rows = [line for line in made.splitlines() if line.startswith(("| 🔴", "| missing"))]
    assert [row.count("|") for row in rows] == [8, 4]
    shown = printable(name)
    if len(name) <= 300:
        assert all(f"<code>{shown}</code>" in html.unescape(row) for row in rows)
    assert not re.search(r"[`*_\[\]]", made.replace("**", ""))
