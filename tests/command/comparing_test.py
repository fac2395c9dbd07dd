"""What a run is compared with, by a real history."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
import zlib
from pathlib import Path

import pytest

from rules_codspeed.command.comparing import Historian, Past
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.history.commits import Commits
from rules_codspeed.history.place import history_file
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.history.repositories import VARIABLES, commit, git, monorepo, repository
from tests.results.provenance import PROVENANCE

SUITE = "//:bench"


def results(count: int, inputs: str = "") -> Results:
    metrics: dict[str, int | float] = {"Ir": count, "estimated_cycles": count}
    benchmark = Benchmark("sort.cc::sort", PROVENANCE.label, "simulation", metrics)
    return Results(SCHEMA, [benchmark], [dataclasses.replace(PROVENANCE, inputs=inputs)])


class Machine:
    """A repository, and the state of its user."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.first, self.second = repository(self.workspace, 2)
        self.variables = {
            **VARIABLES,
            "XDG_STATE_HOME": str(folder / "state"),
            "BUILD_WORKING_DIRECTORY": str(folder),
        }
        self.warnings: list[str] = []

    def record(self, count: int, compare: str | None = None, with_series: bool = False) -> Past:
        return self.historian(compare).record(results(count), with_series)

    def historian(self, compare: str | None) -> Historian:
        commits = Commits(self.workspace, self.variables)
        return Historian(
            SUITE, self.workspace, self.variables, commits, compare, self.warnings.append
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def _verdict(past: Past, count: int) -> str:
    (change,) = past.changes(results(count))
    return change.verdict


def test_the_first_run_has_no_base(machine: Machine) -> None:
    past = machine.record(100)
    assert past == Past()
    assert past.changes(results(100)) == []
    assert machine.warnings == []


def test_the_commit_before(machine: Machine) -> None:
    machine.record(100)
    third = commit(machine.workspace, "third")
    past = machine.record(110)
    assert past.base
    assert past.base.description == f"{machine.second[:10]}, an earlier commit"
    assert _verdict(past, 110) == "regressed"
    (machine.workspace / "file").write_text("changed")
    past = machine.record(110)
    assert past.base
    assert past.base.description == f"{third[:10]}, the commit that is checked out"
    assert _verdict(past, 110) == "unchanged"


def test_architectures_are_never_compared(machine: Machine) -> None:
    """Each has the base and the series of its own, whichever was measured last."""

    def arm(count: int) -> Results:
        found = results(count)
        one = dataclasses.replace(found.provenance[0], platform="linux_aarch64")
        return dataclasses.replace(found, provenance=[one])

    machine.record(100)
    assert machine.historian(None).record(arm(300), with_series=True) == Past()
    commit(machine.workspace, "third")
    historian = machine.historian(None)
    past = historian.record(results(110), with_series=True)
    (change,) = past.changes(results(110))
    assert change.verdict == "regressed"
    assert len(past.series) == 1
    (change,) = historian.record(arm(300), with_series=False).changes(arm(300))
    assert change.verdict == "unchanged"
    # A commit that was measured on the other architecture alone, when a person names it.
    commit(machine.workspace, "fourth")
    machine.record(100)
    (change,) = machine.historian("HEAD").record(arm(300), with_series=False).changes(arm(300))
    assert change.verdict == "not_comparable"
    assert change.reason == "other platform: linux_aarch64, before linux_x86_64"


def test_uncommitted_work_is_nobody_s_base(machine: Machine) -> None:
    (machine.workspace / "file").write_text("changed")
    machine.record(100)
    git(machine.workspace, "checkout", "-q", "file")
    assert machine.record(100, compare=None).base is None
    with pytest.raises(CodSpeedError, match="no such commit or file"):
        machine.record(100, compare="nothing")


def test_a_new_file_that_git_does_not_track_is_uncommitted_work(machine: Machine) -> None:
    new = machine.workspace / "more.c"
    note = (
        "Stored as uncommitted work, as git does not track more.c: commit such files, or name "
        "them in .gitignore"
    )
    new.write_text("")
    past = machine.record(200)
    assert (past.base, past.notes) == (None, (note,))
    new.unlink()
    past = machine.record(100)
    assert (past.base, past.notes) == (None, ())
    new.write_text("")
    for compare in (None, "HEAD"):
        past = machine.record(200, compare)
        assert past.base
        assert _verdict(past, 200) == "regressed"
        assert past.notes == (note,)
    (machine.workspace / "a\x1b[31m").write_text("")
    (note,) = machine.record(200).notes
    assert "does not track a\\x1b[31m and 1 more:" in note
    git(machine.workspace, "add", ".")
    assert machine.record(200).notes == ()


def test_a_workspace_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.workspace, _ = monorepo(tmp_path / "mono")
    machine.record(100)
    head = commit(tmp_path / "mono", "next")
    past = machine.record(110)
    assert past.base
    assert past.base.description.endswith(", an earlier commit")
    assert _verdict(past, 110) == "regressed"
    past = machine.record(110, compare="HEAD")
    assert past.base
    assert past.base.description == f"HEAD ({head[:10]})"


def test_a_checkout_that_git_does_not_read(machine: Machine) -> None:
    machine.record(100)
    head = machine.workspace / ".git/HEAD"
    good = head.read_bytes()
    head.write_text("damage")
    assert machine.record(200) == Past()
    (warning,) = machine.warnings
    assert warning.startswith("This run is stored as uncommitted work: git cannot be asked about ")
    # The hash that the history shows is enough.
    past = machine.record(200, compare=machine.second[:10])
    assert past.base
    assert _verdict(past, 200) == "regressed"
    with pytest.raises(CodSpeedError, match=r"Got: git cannot be asked about .* Fix: see to what"):
        machine.record(200, compare="HEAD")
    head.write_bytes(good)
    assert _verdict(machine.record(100, compare="HEAD"), 100) == "unchanged"


def test_a_commit_that_is_not_fetched(machine: Machine, tmp_path: Path) -> None:
    machine.record(100)
    commit(machine.workspace, "next")
    path = history_file(machine.workspace, machine.variables)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{machine.workspace}", "shallow")
    machine.workspace = tmp_path / "shallow"
    path.rename(history_file(machine.workspace, machine.variables))
    past = machine.record(200)
    assert past.base is None
    assert past.notes == (
        "Compared with nothing, as this clone is shallow: fetch the commits that were measured "
        "before, with git fetch --unshallow",
    )
    past = machine.record(200, compare=machine.second)
    assert past.base
    assert _verdict(past, 200) == "regressed"
    with pytest.raises(CodSpeedError, match="Fix: fetch what this shallow clone leaves out: git"):
        machine.record(200, compare=machine.first)
    git(machine.workspace, "fetch", "-q", "--unshallow")
    assert machine.record(200).notes == ()


def test_a_shallow_clone_without_earlier_runs_has_nothing_to_say(
    machine: Machine, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{machine.workspace}", "shallow")
    machine.workspace = tmp_path / "shallow"
    assert machine.record(200) == Past()
    assert machine.record(200) == Past()


def test_a_named_commit(machine: Machine) -> None:
    machine.record(100)
    git(machine.workspace, "tag", "v1")
    commit(machine.workspace, "third")
    past = machine.record(100, compare="v1")
    assert past.base
    assert past.base.description == f"v1 ({machine.second[:10]})"
    with pytest.raises(CodSpeedError, match=f"no results of {machine.first[:10]}") as error:
        machine.record(100, compare=machine.first)
    assert f"//tools:compare -- --base {machine.first}" in str(error.value)


def test_nothing(machine: Machine) -> None:
    machine.record(100)
    assert machine.record(100, compare="none").base is None


def test_files(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(results(50).to_json())
    past = machine.record(100, compare="old.json")
    assert past.base
    assert (past.base.description, past.base.folder) == ("old.json", None)
    assert _verdict(past, 100) == "regressed"
    (tmp_path / "out").mkdir()
    (tmp_path / "out/results.json").write_text(results(100).to_json())
    past = machine.record(100, compare="out")
    assert past.base
    assert past.base.folder == tmp_path / "out"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("NaN", "NaN is not a number of JSON"),
        ("-1", "Input should be a number from 0 to below 10^21, got -1"),
        ("1e308", "Input should be a number from 0 to below 10^21, got 1e+308"),
        ("9" * 5000, "benchmarks[0].metrics.Ir: a number of 5,000 digits"),
        ('5, "Ir": 4', "the key 'Ir' occurs twice"),
        ("null", "Input should be a valid"),
        ("[" * 100_000, "the document: more than 127 levels"),
    ],
)
def test_file_with_another_number_is_refused(
    machine: Machine, tmp_path: Path, number: str, reason: str
) -> None:
    text = results(50).to_json()
    assert '"Ir": 50' in text
    (tmp_path / "old.json").write_text(text.replace('"Ir": 50', f'"Ir": {number}', 1))
    with pytest.raises(CodSpeedError) as caught:
        machine.record(100, compare="old.json")
    assert f"cannot compare with {tmp_path / 'old.json'}. Got: " in str(caught.value)
    assert reason in caught.value.got


def test_what_is_not_a_file_of_results(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    # Where nobody writes.
    os.mkfifo(tmp_path / "pipe")
    for name in ("bad.json", "workspace", "pipe"):
        with pytest.raises(CodSpeedError, match=r"^cannot compare .*Fix: name one, or a commit"):
            machine.record(100, compare=name)
    with pytest.raises(CodSpeedError, match=r"^cannot compare .* Got: no such commit or file"):
        machine.record(100, compare="x" * 5000)


def test_series(machine: Machine) -> None:
    for count in (1, 2, 3):
        machine.record(count)
    past = machine.record(4, with_series=True)
    counts = [one.metrics["Ir"] for _, numbers in past.series for one in numbers.values()]
    assert counts == [1, 2, 3]


def test_a_history_that_cannot_be_used_is_a_warning(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    assert machine.record(100) == Past()
    (warning,) = machine.warnings
    assert "cannot be used" in warning
    (tmp_path / "old.json").write_text(results(50).to_json())
    past = machine.record(100, compare="old.json")
    assert past.base
    assert past.base.description == "old.json"


def test_damage_is_reported_once(machine: Machine) -> None:
    machine.record(100)
    history_file(machine.workspace, machine.variables).write_bytes(b"damage" * 999)
    assert machine.record(100) == Past()
    assert len(machine.warnings) == 1
    path = history_file(machine.workspace, machine.variables)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)


def test_the_same_inputs_with_other_numbers(machine: Machine) -> None:
    def run(count: int, inputs: str) -> tuple[Past, Change]:
        past = machine.historian("HEAD").record(results(count, inputs), with_series=False)
        (change,) = past.changes(results(count, inputs))
        return past, change

    machine.historian(None).record(results(1000, "d1"), with_series=False)
    past, change = run(1000, "d1")
    assert (past.unsteady, change.verdict) == ((), "unchanged")
    past, change = run(2000, "d1")
    (unsteady,) = past.unsteady
    assert change.verdict == "not_repeatable"
    assert change.reason == f"the same inputs gave other numbers {unsteady.since}"
    assert unsteady.since.startswith("since run 3 of 2")
    # What is known to move by itself is not trusted when the inputs change, too.
    past, change = run(2000, "d2")
    assert (past.unsteady, change.verdict, change.reason) == ((), "unchanged", "")
    # Yet the numbers of the same inputs reach to what it is compared with.
    why = f"the same inputs gave other numbers {unsteady.since}"
    past, change = run(1000, "d1")
    assert (change.verdict, change.reason) == ("not_repeatable", why)
    past, change = run(9000, "d2")
    past, change = run(3000, "d1")
    assert (change.verdict, change.reason) == ("improved", why)


@pytest.mark.parametrize("metrics", ['{"Ir": NaN}', '{"Ir": "many"}', "[1]", "[" * 100_000])
def test_a_damaged_row_costs_that_row(machine: Machine, metrics: str) -> None:
    machine.record(100)
    path = history_file(machine.workspace, machine.variables)
    content = zlib.compress(
        f'{{"sort.cc::sort": {{"metrics": {metrics}, "rounds_ns": []}}}}'.encode()
    )
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE target SET benchmarks = ?", (content,))
    past = machine.record(110, compare="HEAD", with_series=True)
    assert past.base
    assert past.base.benchmarks == {}
    assert _verdict(past, 110) == "new"
    (warning,) = machine.warnings
    assert warning.startswith(f"Run 1 of {PROVENANCE.label} (simulation) in the history is damaged")
    past = machine.record(110, compare="HEAD")
    assert _verdict(past, 110) == "unchanged"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (3,)
