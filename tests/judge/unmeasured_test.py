"""Regression tests of targets with benchmarks that gave no number."""

from __future__ import annotations

import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.judge.baseline import Baseline, baseline_text
from rules_codspeed.judge.regression import run_test
from rules_codspeed.judge.update import new_baseline
from tests.judge.targets import FIND, SORT, config, without_number

TODAY = datetime.date(2026, 11, 25)
BEFORE = {SORT: {"sort": 8000, "swap": 2000}, FIND: {"find": 5000}}


def _baseline(folder: Path) -> str:
    return baseline_text(new_baseline(config(folder / "before", BEFORE), Baseline(), TODAY))


def _cases(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """What each case of test.xml holds: the kind of each element, and its message."""
    (suite,) = ElementTree.parse(folder / "test.xml").getroot()
    found = {
        case.attrib["name"]: [(one.tag, one.attrib["message"]) for one in case] for case in suite
    }
    kinds = [kind for elements in found.values() for kind, _ in elements]
    assert suite.attrib["tests"] == str(len(found))
    assert suite.attrib["errors"] == str(kinds.count("error"))
    assert suite.attrib["skipped"] == str(kinds.count("skipped"))
    return found


def test_skipped_benchmark_is_listed_and_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    skipped = [without_number("sort.cc::gpu", "skipped", "needs a GPU")]
    now = config(tmp_path / "now", BEFORE, {}, _baseline(tmp_path), unmeasured=skipped)
    assert run_test(now, TODAY, tmp_path / "test.xml") == 0
    assert "Skipped, needs a GPU: sort.cc::gpu (//pkg:bench)\n" in capsys.readouterr().out
    assert _cases(tmp_path) == {
        SORT: [],
        FIND: [],
        "sort.cc::gpu": [("skipped", "needs a GPU")],
    }


def test_skipped_benchmark_of_the_baseline_is_not_green(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    skipped = [without_number(FIND, "skipped", "needs a GPU")]
    one = {SORT: BEFORE[SORT]}
    now = config(tmp_path / "now", one, {}, _baseline(tmp_path), unmeasured=skipped)
    assert run_test(now, TODAY, tmp_path / "test.xml") == 1
    lines = capsys.readouterr().out.splitlines()
    at = lines.index(f"{FIND} (//pkg:bench) is in the baseline, but not measured")
    assert lines[at + 1] == "  skipped: needs a GPU"
    (kind, message), *others = _cases(tmp_path)[FIND]
    assert (kind, others) == ("failure", [])
    assert message.startswith(FIND)


@pytest.mark.parametrize("uri", ["sort.cc::odd", ""])
def test_what_failed_is_not_green_and_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], uri: str
) -> None:
    failed = [without_number(uri, "failed", "it crashed.\n  command: x\n  Fix: mend it.")]
    measured = BEFORE if uri else {}
    now = config(tmp_path / "now", measured, {}, _baseline(tmp_path), unmeasured=failed)
    assert run_test(now, TODAY, tmp_path / "test.xml") == 1
    out = capsys.readouterr().out
    name = f"{uri} (//pkg:bench)" if uri else "//pkg:bench"
    assert f"{name} failed: it crashed.\n  command: x\n  Fix: mend it.\n" in out
    cases = _cases(tmp_path)
    assert cases.pop(uri or "all of //pkg:bench") == [("error", "it crashed.")]
    assert cases.keys() == {SORT, FIND}
    assert all(bool(elements) != bool(uri) for elements in cases.values())


def test_what_failed_is_not_left_out_of_a_baseline(tmp_path: Path) -> None:
    failed = [without_number("sort.cc::odd", "failed", "it crashed")]
    now = config(tmp_path, BEFORE, unmeasured=failed)
    with pytest.raises(CodSpeedError, match=r"cannot be updated: sort.cc::odd .* it crashed"):
        new_baseline(now, Baseline(), TODAY)
