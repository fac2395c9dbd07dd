"""A regression test of mode memory: relative and absolute limits of sizes and counts."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from rules_codspeed.contract.provenance import Memory
from rules_codspeed.judge.baseline import Baseline, baseline_text
from rules_codspeed.judge.config import Config, read_config
from rules_codspeed.judge.regression import run_test
from rules_codspeed.judge.update import new_baseline
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.judge.targets import SORT, write_config, write_target
from tests.results.provenance import provenance

TODAY = datetime.date(2026, 11, 25)


def _measured(folder: Path, peak: int, calls: int, limits: Any, baseline: str | None) -> Config:
    """Writes a target that was measured in mode memory, and its configuration."""
    how = provenance(mode="memory", simulator=None, memory=Memory("5.0.2", [], ""))
    folder.mkdir(parents=True, exist_ok=True)
    target = write_target(folder, {SORT: {"sort": 1}}, how)
    sizes: dict[str, int | float] = {
        "peak": peak,
        "total": 2 * peak,
        "calls": calls,
        "largest": peak,
        "live": 0,
    }
    found = Results(SCHEMA, [Benchmark(SORT, how.label, "memory", sizes)], [how])
    (folder / target["results"]).write_text(found.to_json())
    return read_config(write_config(folder, [target], limits, baseline), folder)


@pytest.mark.parametrize(
    ("peak", "calls", "printed"),
    [
        (64 << 20, 10, []),
        # One allocation more, and one byte above the budget.
        (64 << 20, 11, ["  calls  10 -> 11   +10.00 %   limit 0 %"]),
        ((64 << 20) + 1, 10, ["budget 64.00 MiB exceeded"]),
    ],
)
def test_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], peak: int, calls: int, printed: list[str]
) -> None:
    limits = {"limits": {"peak": "64 MiB", "total": "300%", "calls": 0}}
    before = _measured(tmp_path / "before", 40 << 20, 10, limits, None)
    text = baseline_text(new_baseline(before, Baseline(), TODAY))
    now = _measured(tmp_path / "now", peak, calls, limits, text)
    assert run_test(now, TODAY, tmp_path / "test.xml") == bool(printed)
    out = capsys.readouterr().out
    for line in printed:
        assert line in out
    ElementTree.parse(tmp_path / "test.xml")
