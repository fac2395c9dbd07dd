"""Derived metrics: KCachegrind's formulas, and never a number that was not measured."""

from __future__ import annotations

import pytest

from rules_codspeed.results.simulation_metrics import simulation_metrics

CACHE = ("Ir", "Dr", "Dw", "I1mr", "D1mr", "D1mw", "ILmr", "DLmr", "DLmw")


def test_all_events() -> None:
    totals = (828825, 249402, 139215, 1308, 1093, 313, 941, 930, 260)
    metrics = simulation_metrics(CACHE, totals)
    assert metrics == {
        **dict(zip(CACHE, totals, strict=True)),
        "L1m": 1308 + 1093 + 313,
        "LLm": 941 + 930 + 260,
        "estimated_cycles": 828825 + 10 * 2714 + 100 * 2131,
    }


@pytest.mark.parametrize("missing", ["Ir", "D1mr", "DLmw"])
def test_what_needs_a_missing_event_is_absent(missing: str) -> None:
    events = tuple(event for event in CACHE if event != missing)
    metrics = simulation_metrics(events, (1,) * len(events))
    assert "estimated_cycles" not in metrics
    assert ("L1m" in metrics) == (missing != "D1mr")
    assert ("LLm" in metrics) == (missing != "DLmw")


def test_without_cache_simulation() -> None:
    assert simulation_metrics(("Ir", "sysCount"), (5, 0)) == {"Ir": 5, "sysCount": 0}


def test_times_of_the_host_are_no_metrics_but_the_forks_cycles_are() -> None:
    events = ("Ir", "sysCount", "sysTime", "sysCpuTime", "Ct", "Cl")
    assert simulation_metrics(events, (5, 1, 700, 600, 125, 400)) == {
        "Ir": 5,
        "sysCount": 1,
        "Ct": 125,
        "Cl": 400,
    }
