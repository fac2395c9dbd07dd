"""Runs that are kept as files: with provenance, and with profiles that name the functions."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.judge.baseline import Baseline, baseline_text
from rules_codspeed.judge.measured import costliest
from rules_codspeed.results.changes import Recorded
from rules_codspeed.results.conditions import conditions
from rules_codspeed.why.main import explain
from rules_codspeed.why.options import parser
from tests.history.repositories import VARIABLES
from tests.judge.targets import SORT, write_target
from tests.results.hosts import DEBIAN, GLIBC_243
from tests.results.provenance import provenance

LABEL = "//pkg:bench"
BEFORE = {SORT: {"sort": 8000, "swap": 2000, "free": 50}}
AFTER = {SORT: {"sort": 8000, "swap": 2250, "checked": 900}}
FUNCTIONS = [
    f"Functions that account for Ir of {SORT}:",
    f"{'+900':>17}  checked (0 -> 900)",
    f"{'+250':>17}  swap (2,000 -> 2,250)",
    f"{'-50':>17}  free (50 -> 0)",
]


def _why(folder: Path, *arguments: str) -> list[str]:
    out = io.StringIO()
    variables = {
        **VARIABLES,
        "XDG_STATE_HOME": str(folder / "state"),
        "BUILD_WORKING_DIRECTORY": str(folder),
    }
    explain(parser().parse_args([LABEL, *arguments]), folder, variables, out)
    return out.getvalue().splitlines()


def _exported(folder: Path, functions: Mapping[str, Mapping[str, int]], how: Provenance) -> None:
    """Makes what `--out` writes."""
    write_target(folder / "measured", functions, how)
    made = folder / "measured" / "bench"
    (folder / "pkg" / "bench.simulation").mkdir(parents=True)
    (made / "profile").rename(folder / "pkg" / "bench.simulation" / "profile")
    (made / "results.json").rename(folder / "results.json")


def test_two_folders(tmp_path: Path) -> None:
    _exported(tmp_path / "old", BEFORE, provenance(inputs="aa" * 32, pins={"LC_ALL": "C"}))
    changed = {"LC_ALL": "C", "TZ": "x" * 200}
    _exported(
        tmp_path / "new", AFTER, provenance(inputs="bb" * 32, pins=changed, command=["other"])
    )
    lines = _why(tmp_path, "--base", "old", "--run", "new")
    assert lines[:3] == ["//pkg:bench (simulation)", "  run:  new", "  base: old"]
    assert lines[3].startswith("Cause: other inputs, and other conditions: other environment: ")
    assert "    Ir                10,050 -> 11,150   +10.95 %" in lines
    environment = lines.index("Environment:")
    assert lines[environment + 1] == f"  pins.TZ: {'x' * 97}..., base none"
    assert lines[environment + 2 : environment + 4] == [
        "Provenance:",
        "  command: other, base w/_main/pkg/bench",
    ]
    assert lines[-4:] == FUNCTIONS


def test_machines(tmp_path: Path) -> None:
    _exported(tmp_path / "old", BEFORE, provenance(inputs="aa", host=GLIBC_243))
    _exported(tmp_path / "new", AFTER, provenance(inputs="aa", host=DEBIAN))
    lines = _why(tmp_path, "--base", "old", "--run", "new")
    assert lines[3] == "Cause: measured on glibc 2.36, base on 2.43; the inputs are the same."
    assert "Environment: the same" in lines
    assert "  host.libc.version: 2.36, base 2.43" in lines
    assert lines[-4:] == FUNCTIONS


@pytest.mark.parametrize("ending", [".results.json", ".profile"])
def test_measurements_of_bazel(tmp_path: Path, ending: str) -> None:
    for name, functions in [("old", BEFORE), ("new", AFTER)]:
        _exported(tmp_path / "made" / name, functions, provenance(inputs="aa"))
        made, stem = tmp_path / "made" / name, tmp_path / name / "bench_simulation"
        stem.parent.mkdir()
        (made / "results.json").rename(f"{stem}.results.json")
        (made / "pkg/bench.simulation/profile").rename(f"{stem}.profile")
    paths = [str(tmp_path / name / f"bench_simulation{ending}") for name in ("old", "new")]
    lines = _why(tmp_path, "--base", paths[0], "--run", paths[1])
    assert lines[3] == (
        "Cause: the measurement is not repeatable: the same inputs under the same conditions give "
        "other numbers."
    )
    assert lines[-4:] == FUNCTIONS


def test_a_baseline(tmp_path: Path) -> None:
    how = provenance(inputs="aa")
    key = (LABEL, "simulation", SORT)
    costs = {name: {"Ir": cost} for name, cost in BEFORE[SORT].items()}
    baseline = Baseline(
        benchmarks={key: Recorded({"Ir": 10_050}, conditions=conditions(how))},
        functions={key: costliest(costs)},
    )
    (tmp_path / "sort.baseline.json").write_text(baseline_text(baseline))
    _exported(tmp_path / "new", AFTER, how)
    lines = _why(tmp_path, "--base", "sort.baseline.json", "--run", "new")
    assert lines[3] == (
        "Cause: probably other inputs: the base does not record its inputs; the conditions are the "
        "same."
    )
    # A baseline holds no function as cheap as `free`, and `checked` may have been one.
    assert lines[-3:] == [
        FUNCTIONS[0],
        f"{'+800':>17}  checked (at least; not among the costliest before, so at most 100 -> 900)",
        FUNCTIONS[2],
    ]


def test_results_without_profiles(tmp_path: Path) -> None:
    _exported(tmp_path / "old", BEFORE, provenance(inputs="aa"))
    _exported(tmp_path / "new", AFTER, provenance(inputs="bb"))
    lines = _why(tmp_path, "--base", "old/results.json", "--run", "new")
    assert "Functions: not known, as old/results.json holds no profile of //pkg:bench" in lines
    assert lines[-1].startswith("  to keep the profiles of both: 'bazel run SUITE -- --out DIR'")


def test_a_file_needs_a_base(tmp_path: Path) -> None:
    _exported(tmp_path / "new", AFTER, provenance())
    with pytest.raises(CodSpeedError, match="Got: new, which is a file, and no --base"):
        _why(tmp_path, "--run", "new")


def test_damage(tmp_path: Path) -> None:
    _exported(tmp_path / "old", BEFORE, provenance())
    _exported(tmp_path / "new", AFTER, provenance())
    profile = tmp_path / "old/pkg/bench.simulation/profile/1.out"
    profile.write_bytes(profile.read_bytes()[:-20])
    with pytest.raises(CodSpeedError, match=r"the profile .*1\.out cannot be read.* measure it"):
        _why(tmp_path, "--base", "old", "--run", "new")
    for content in ("", "{}", '{"schema": "rules_codspeed.baseline/1"}', "\x00"):
        (tmp_path / "file").write_text(content)
        with pytest.raises(CodSpeedError, match=r"no run in file\. Got: ") as error:
            _why(tmp_path, "--base", "old", "--run", "file")
        assert "\n" not in str(error.value)
    shutil.rmtree(tmp_path / "new")
    (tmp_path / "new").mkdir()
    with pytest.raises(CodSpeedError, match=r"no run in new\. Got: .*results\.json: "):
        _why(tmp_path, "--base", "old", "--run", "new")
