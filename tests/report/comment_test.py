"""The comment on a change, and small pictures of a series."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.report.comment import Reported, comment_markdown, headline, passed
from rules_codspeed.report.sparkline import sparkline
from rules_codspeed.results.changes import Change
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import Benchmark, Unmeasured
from tests.report.suites import results

BEFORE = results({"//a:x": ["a/x.cc::sort", "a/x.cc::find", "a/x.cc::same"]}, instructions=100_000)
SORT, FIND, SAME = BEFORE.benchmarks
BOOM = Unmeasured("a/x.cc::boom", "//a:x", "simulation", "failed", "exit status 1\nmore")


def with_instructions(one: Benchmark, instructions: int) -> Benchmark:
    return replace(one, metrics={**one.metrics, "Ir": instructions})


NOW = replace(BEFORE, benchmarks=[with_instructions(SORT, 150_000), FIND, SAME])


def changes() -> list[Change]:
    return compare(recorded(BEFORE), recorded(NOW), lambda label, mode: default_rules(mode))


REPORTED = Reported(
    suite="//:suite",
    results=NOW,
    changes=changes(),
    base="main",
    commit="c0ffee" * 7,
    links=[("Report", "https://ci.example/report?a=1"), ("Job", "javascript:alert(1)")],
    trends={("//a:x", "simulation", "a/x.cc::sort"): {"Ir": [100_000, 100_000, 150_000]}},
)
ALONE = replace(REPORTED, changes=[], base="")


def test_what_moved_a_fold_of_the_rest_and_links() -> None:
    text = comment_markdown(REPORTED, 60_000)
    assert text.startswith("## Benchmarks of <code>//&#58;suite</code>\n\nCompared with")
    assert "**1 slower**, 2 unchanged." in text
    assert "| 100,000 | 150,000 | +50.00 % ▁▁█ |" in text
    fold = text.partition("<details><summary>2 unchanged or new</summary>")[2]
    assert re.findall(r"find|same|sort", fold) == ["find", "same"]
    assert "| Instructions | 100,000 |" in fold
    assert text.endswith(
        "</details>\n\n[Report](https://ci.example/report?a=1) · measured at c0ffeec0ffee\n"
    )


def test_nothing_to_compare_with() -> None:
    text = comment_markdown(ALONE, 60_000)
    assert "Not compared with anything." in text
    assert "<summary>3 measured</summary>" in text
    assert headline(ALONE) == "3 compared with nothing"
    assert passed(ALONE)


def test_verdict() -> None:
    assert headline(REPORTED) == "1 slower, 2 unchanged"
    assert not passed(REPORTED)
    failed = replace(REPORTED, changes=[], results=replace(BEFORE, unmeasured=[BOOM]))
    assert headline(failed) == "1 failed"
    assert not passed(failed)
    assert "⚠️ **1 failed**, such as a/x&#46;cc&#58;&#58;boom" in comment_markdown(failed, 60_000)


@pytest.mark.parametrize("largest", [3_000, 20_000, 65_000])
def test_never_longer_than_allowed(largest: int) -> None:
    names = [f"a/x.cc::{'ü' * 250}{number}" for number in range(500)]
    before = results({"//a:x": names}, instructions=100_000)
    moved = [with_instructions(one, 200_000) for one in before.benchmarks[::2]]
    now = replace(before, benchmarks=moved + before.benchmarks[1::2])
    compared = compare(recorded(before), recorded(now), lambda label, mode: default_rules(mode))
    text = comment_markdown(replace(REPORTED, results=now, changes=compared), largest)
    assert len(text.encode()) <= largest
    assert "**250 slower**" in text
    assert "rows are left out" in text


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(), max_size=40))
def test_a_sparkline_has_a_block_for_each_number(values: list[int | float]) -> None:
    shown = sparkline(values)
    assert len(shown) == (0 if len(values) < 2 else min(16, len(values)))
    if len(set(values[-16:])) > 1:
        assert "▁" in shown
        assert "█" in shown


def test_sparklines() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5, 5, 5]) == "▄▄▄"
    assert sparkline([1]) == ""
