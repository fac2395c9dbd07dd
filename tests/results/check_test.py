"""Benchmarks without a number: in the results, and where they fail the build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rules_codspeed.contract.accounting import Outcome
from rules_codspeed.contract.accounting import Unmeasured as Accounted
from rules_codspeed.results.check import main
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured
from rules_codspeed.results.schema import parse_results
from rules_codspeed.results.summarize import main as summarize
from tests.results.accountings import write_accounting
from tests.results.profiles import Cost, Function, ProfilePart, write_profile
from tests.results.provenance import PROVENANCE, provenance_json

LABEL = "//pkg:bench"


def _unmeasured(uri: str, outcome: Outcome, reason: str) -> Unmeasured:
    return Unmeasured(uri, LABEL, "simulation", outcome, reason)


def check(folder: Path, unmeasured: Sequence[Unmeasured]) -> tuple[int, bool]:
    """Runs the command line; returns its status, and whether it left its output."""
    measured = [Benchmark("a.c::f", LABEL, "simulation", {"Ir": 7})]
    results = Results(SCHEMA, measured, [PROVENANCE], unmeasured=list(unmeasured))
    (folder / "results.json").write_text(results.to_json())
    output = folder / "checked"
    status = main(["--results", str(folder / "results.json"), "--output", str(output)])
    return status, output.exists()


def test_skipped_benchmarks_are_no_failure(tmp_path: Path) -> None:
    assert check(tmp_path, []) == (0, True)
    assert check(tmp_path, [_unmeasured("a.c::g", "skipped", "needs a GPU")]) == (0, True)


def test_each_benchmark_that_failed_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [
        _unmeasured("a.c::g", "skipped", "needs a GPU"),
        _unmeasured("a.c::h", "failed", "it crashed\n  command: x\n  Fix: mend it."),
    ]
    assert check(tmp_path, found) == (1, False)
    text = capsys.readouterr().err
    assert text.startswith("rules_codspeed: 1 of the 3 benchmarks of //pkg:bench failed")
    assert "\n  a.c::h: it crashed Fix: mend it.\n" in text
    assert "GPU" not in text
    assert "Fix: mend what is named; the smoke test" in text


def test_target_that_failed_states_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "//pkg:bench ended with exit status 3.\n  command: x\n  Fix: mend it."
    assert check(tmp_path, [_unmeasured("", "failed", reason)]) == (1, False)
    assert capsys.readouterr().err == f"rules_codspeed: {reason}\n"


def run(
    folder: Path,
    unmeasured: Sequence[Accounted] = (),
    record_text: str | None = None,
    account_text: str | None = None,
) -> tuple[int, Path]:
    """Makes the results of a target with one benchmark; returns the status and the results."""
    profile, record, output = (
        folder / "profile",
        folder / "provenance.json",
        folder / "results.json",
    )
    profile.mkdir()
    function = Function("bench", "a.c", "main", (Cost(3, (7,)),))
    part = ProfilePart("Client Request: a.py::t", ("Ir",), (function,))
    (profile / "1.out").write_bytes(write_profile([part]))
    record.write_text(provenance_json() if record_text is None else record_text)
    account = write_accounting(folder, unmeasured)
    if account_text is not None:
        account.write_text(account_text)
    files = {"measured": profile, "provenance": record, "accounting": account, "output": output}
    options = [f"--{name}={path}" for name, path in files.items()]
    return summarize(["--mode=simulation", *options]), output


def test_benchmarks_without_a_number_are_listed(tmp_path: Path) -> None:
    others = [Accounted("a.py::b", "skipped", "needs a GPU"), Accounted("a.py::c", "failed", "x")]
    status, output = run(tmp_path, unmeasured=others)
    found = parse_results(output.read_bytes())
    assert (status, len(found.benchmarks), len(found.provenance)) == (0, 1, 1)
    assert [(one.uri, one.outcome, one.reason) for one in found.unmeasured] == [
        ("a.py::b", "skipped", "needs a GPU"),
        ("a.py::c", "failed", "x"),
    ]
    assert [one.uri for one in found.failed] == ["a.py::c"]
    assert {(one.label, one.mode) for one in found.unmeasured} == {("//pkg:bench", "simulation")}


def test_target_that_failed_has_no_numbers(tmp_path: Path) -> None:
    """Nothing else of it is read: its driver may have left anything."""
    others = [Accounted("a.py::b", "skipped", "x"), Accounted("", "failed", "it crashed\n  | x")]
    status, output = run(tmp_path, record_text="", unmeasured=others)
    found = parse_results(output.read_bytes())
    assert (status, found.benchmarks, found.provenance) == (0, [], [])
    assert [one.reason for one in found.failed] == ["it crashed\n  | x"]


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 1, "label": "x", "unmeasured": [1]}'])
def test_other_accounting(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert run(tmp_path, account_text=text)[0] == 1
    assert "no accounting. Got: " in capsys.readouterr().err
