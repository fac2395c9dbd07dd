"""What vanished beside what is new: by numbers first, then by names."""

from __future__ import annotations

import dataclasses
import time

from rules_codspeed.report.html.model import ReportModel
from rules_codspeed.report.html.pairs import pairs
from rules_codspeed.results.changes import Change, Recorded
from tests.report.html.models import LABEL, model_of, simulated


def renamed(gone: dict[str, int], new: dict[str, int]) -> ReportModel:
    """Returns a report in which benchmarks vanished and others came, with these numbers."""
    plain = model_of([])
    kept = [simulated(uri, number) for uri, number in new.items()]
    return dataclasses.replace(
        plain,
        results=dataclasses.replace(plain.results, benchmarks=kept),
        changes=[Change(LABEL, "simulation", uri, "missing", "", ()) for uri in gone]
        + [Change(LABEL, "simulation", uri, "new", "", ()) for uri in new],
        before={(LABEL, "simulation", uri): Recorded({"Ir": one}) for uri, one in gone.items()},
    )


def found(model: ReportModel) -> dict[str, str]:
    return {new[2]: old[2] for new, old in pairs(model).items()}


def test_a_renamed_parameter_pairs_equal_numbers_by_their_names() -> None:
    gone = {f"a.py::test_{name}[size=10]": 1000 for name in ("sort", "find", "walk")}
    new = {f"a.py::test_{name}[n=10]": 1001 for name in ("walk", "sort", "find")}
    assert found(renamed(gone, new)) == {
        f"a.py::test_{name}[n=10]": f"a.py::test_{name}[size=10]"
        for name in ("sort", "find", "walk")
    }


def test_other_numbers_are_no_pair() -> None:
    assert found(renamed({"a::sort": 1000}, {"a::sort2": 1100})) == {}
    assert found(renamed({"a::sort": 0}, {"a::sort2": 0})) == {}


def test_each_is_in_one_pair() -> None:
    assert found(renamed({"a::x1": 100}, {"a::x2": 100, "a::other": 100})) == {"a::x2": "a::x1"}


def test_many_of_one_number_are_paired_in_time() -> None:
    gone = {f"a.py::test_{at:05}[size=10]": 1000 for at in range(10_000)}
    new = {f"a.py::test_{at:05}[n=10]": 1000 for at in range(10_000)}
    start = time.process_time()
    model = renamed(gone, new)
    assert found(model)["a.py::test_04321[n=10]"] == "a.py::test_04321[size=10]"
    # All with all would be 10^8 comparisons.
    assert time.process_time() - start < 20
