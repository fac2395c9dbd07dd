"""Functions behind changes: of profiles that are there on both sides."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from rules_codspeed.command.movers import functions_behind
from rules_codspeed.command.reporting import Profile
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.changes import Change, MetricChange, Verdict
from rules_codspeed.results.limits import Limit
from tests.report.html.programs import program_part
from tests.results.profiles import write_profile

LABEL = "//pkg:bench"
SLOW = "ns::layer1::work_1(int)"


def profile(folder: Path, slower: tuple[str, ...] = ()) -> Profile:
    """Writes a profile in which some functions cost more."""
    folder.mkdir()
    (folder / "1.out").write_bytes(write_profile([program_part("a::b", 30, slower=slower)]))
    return Profile(LABEL, "simulation", folder)


def change(verdict: Verdict = "regressed") -> Change:
    metric = MetricChange("Ir", 100, 200, Limit(Fraction(1, 100)), None, verdict)
    return Change(LABEL, "simulation", "a::b", verdict, "", (metric,))


def test_what_moved_most_is_named(tmp_path: Path) -> None:
    before, after = profile(tmp_path / "before"), profile(tmp_path / "after", (SLOW,))
    found = functions_behind([change()], ([before], [after]))
    (line,) = found[change().key]
    assert line.strip().startswith("+")
    assert SLOW in line
    assert functions_behind([change("unchanged")], ([before], [after])) == {}


def test_both_sides_are_of_one_kind(tmp_path: Path) -> None:
    before, after = profile(tmp_path / "before"), profile(tmp_path / "after", (SLOW,))
    explained = profile(tmp_path / "explained")
    sides = [([before], [after]), ([], [explained])]
    assert functions_behind([change()], *sides) == functions_behind([change()], sides[0])
    both = [*sides, ([explained], [explained])]
    assert functions_behind([change()], *both) == {change().key: []}


def test_a_damaged_profile_is_reported(tmp_path: Path) -> None:
    before, after = profile(tmp_path / "before"), profile(tmp_path / "after")
    (after.folder / "1.out").write_text("no profile")
    with pytest.raises(
        CodSpeedError, match=r"^no functions behind the changes of //pkg:bench\. Got: "
    ):
        functions_behind([change()], ([before], [after]))
