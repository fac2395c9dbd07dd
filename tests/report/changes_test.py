"""What changed, as lines for a terminal."""

from __future__ import annotations

from fractions import Fraction

from rules_codspeed.report.changes import changes_text
from rules_codspeed.results.changes import Cause, Change, MetricChange, Verdict
from rules_codspeed.results.limits import Limit

_LIMIT = Limit(Fraction(1, 100))


def _change(verdict: Verdict, uri: str = "a.cc::b", reason: str = "") -> Change:
    after = {"regressed": 1030, "improved": 900}.get(verdict, 1000)
    metric = MetricChange("Ir", 1000, after, _LIMIT, None, verdict)
    return Change("//a:b", "simulation", uri, verdict, reason, (metric,))


def test_nothing_changed() -> None:
    changes = [_change("unchanged"), _change("unchanged")]
    assert changes_text(changes, "abc") == "Compared with abc: 2 unchanged\n"
    assert changes_text([], "abc") == "Compared with abc: nothing\n"


def test_the_worst_first() -> None:
    changes = [_change("improved"), _change("new"), _change("regressed"), _change("unchanged")]
    assert changes_text(changes, "abc").splitlines() == [
        "Compared with abc: 1 slower, 1 new, 1 faster, 1 unchanged",
        "  slower: a.cc::b (//a:b)",
        "    Ir  1,000 -> 1,030   +3.00 %   limit 1 %",
        "  new: a.cc::b (//a:b)",
        "  faster: a.cc::b (//a:b)",
        "    Ir  1,000 -> 900   -10.00 %   limit 1 %",
    ]


def test_functions_behind_a_change_follow_its_numbers() -> None:
    changes = [_change("regressed", "a::1"), _change("regressed", "a::2")]
    functions = {changes[0].key: ["+30  parse (10 -> 40)"]}
    assert changes_text(changes, "abc", functions).splitlines()[1:] == [
        "  slower: a::1 (//a:b)",
        "    Ir  1,000 -> 1,030   +3.00 %   limit 1 %",
        "    in +30  parse (10 -> 40)",
        "  slower: a::2 (//a:b)",
        "    Ir  1,000 -> 1,030   +3.00 %   limit 1 %",
    ]


def test_a_reason_that_many_share_is_printed_once() -> None:
    changes = [_change("not_comparable", f"a::{n}", "other cpu: x, before y") for n in range(3)]
    assert changes_text(changes, "abc").splitlines()[1:] == [
        "  not comparable: a::0 (//a:b)",
        "    other cpu: x, before y",
        "  not comparable: a::1 (//a:b)",
        "  not comparable: a::2 (//a:b)",
    ]


def test_an_unchanged_number_may_have_a_remark() -> None:
    remark = "measured on glibc 2.36, base on an unknown libc"
    changes = [_change("unchanged", f"a::{n}", remark) for n in range(3)]
    assert changes_text([*changes, _change("unchanged")], "abc").splitlines() == [
        "Compared with abc: 4 unchanged",
        f"  3 unchanged: {remark}",
    ]


def test_too_many_are_counted() -> None:
    lines = changes_text([_change("new", f"a::{n}") for n in range(1000)], "abc").splitlines()
    assert len(lines) == 32
    assert lines[-1] == "  ... and 970 more new"


def test_hostile_names() -> None:
    assert "\x1b" not in changes_text([_change("regressed", "a\x1b[31m\n::b")], "abc")


def _undecided(uri: str) -> Change:
    causes = (Cause("LLm", 8, 12, Limit(Fraction(1, 5), 32)),)
    cycles = MetricChange("estimated_cycles", 1083, 1523, _LIMIT, None, "unchanged", within=causes)
    return Change("//a:b", "simulation", uri, "unchanged", "", (cycles,))


def test_what_passed_its_limit_without_a_verdict_is_explained() -> None:
    assert changes_text([_undecided("a.cc::b")], "abc").splitlines() == [
        "Compared with abc: 1 unchanged",
        "  unchanged: a.cc::b (//a:b)",
        "    estimated_cycles  1,083 -> 1,523   +40.63 %   limit 1 %",
        "    estimated_cycles +40.63 % gives no verdict: what it sums up is within its limits: "
        "LLm 8 -> 12 (limit 20 % and 32)",
    ]
    lines = changes_text([_undecided(f"a.cc::{n}") for n in range(9)], "abc").splitlines()
    assert lines[-1] == "  ... and 4 more unchanged"


def test_what_does_not_repeat_and_what_is_renamed() -> None:
    unsteady = MetricChange("Ir", 1000, 1500, _LIMIT, None, "not_repeatable")
    why = "the same inputs gave other numbers since run 3 of 2026-11-20"
    changes = [
        Change("//a:b", "simulation", "a.cc::b", "not_repeatable", why, (unsteady,)),
        _change("renamed", "a.cc::new", "it was a.cc::old before"),
    ]
    assert changes_text(changes, "abc").splitlines() == [
        "Compared with abc: 1 not repeatable, 1 renamed",
        "  not repeatable: a.cc::b (//a:b)",
        "    Ir  1,000 -> 1,500   +50.00 %   limit 1 %",
        f"    {why}",
        "  renamed: a.cc::new (//a:b)",
        "    it was a.cc::old before",
    ]
