"""Runs of a real history and a real repository are compared, and the cause is named."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import opened
from rules_codspeed.history.place import history_file
from rules_codspeed.history.store import add_run
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.conditions import conditions
from rules_codspeed.why.main import explain, main
from rules_codspeed.why.options import parser
from rules_codspeed.why.sources import plain_label
from tests.history.repositories import VARIABLES, commit, git, repository
from tests.results.hosts import DEBIAN, GLIBC_243
from tests.results.provenance import provenance

LABEL = "//pkg:bench"
_DAY = 24 * 3600
_DEBIAN = conditions(provenance(host=DEBIAN))
_OTHER_LIBC = conditions(provenance(host=GLIBC_243))


class History:
    """A repository with a history of runs, one a day from 1970-01-01 on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        self.head = repository(self.folder)[0]
        self.variables = {**VARIABLES, "XDG_STATE_HOME": str(folder / "state")}
        self.runs = 0

    def run(
        self,
        count: int,
        inputs: str = "aa" * 32,
        under: Mapping[str, str] = _DEBIAN,
        label: str = LABEL,
        branch: str = "main",
        clean: bool = True,
    ) -> None:
        """Stores a run of one benchmark."""
        one = Recorded({"Ir": count, "L1m": 7}, conditions=under, inputs=inputs)
        self.add({(label, "simulation", "sort.cc::sort"): one}, branch, clean)

    def add(
        self, benchmarks: Mapping[Key, Recorded], branch: str = "main", clean: bool = True
    ) -> None:
        """Stores a run."""
        measured = Measured(self.head, branch, clean)
        with opened(history_file(self.folder, self.variables), print) as connection:
            add_run(connection, "//:suite", measured, "0.1.0", benchmarks, self.runs * _DAY)
        self.runs += 1

    def commit(self, text: str) -> None:
        """Commits a change; later runs measure it."""
        self.head = commit(self.folder, text)

    def why(self, *arguments: str) -> list[str]:
        """Returns the lines that the command prints."""
        out = io.StringIO()
        explain(parser().parse_args(arguments), self.folder, self.variables, out)
        return out.getvalue().splitlines()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def _cause(lines: list[str]) -> str:
    (line,) = (one for one in lines if one.startswith("Cause: "))
    return line.removeprefix("Cause: ")


def test_a_checkout_that_git_does_not_read_is_reported(
    history: History, capsys: pytest.CaptureFixture[str]
) -> None:
    history.run(1000)
    history.run(1100, inputs="bb" * 32)
    (history.folder / ".git/config").write_text("[[")
    assert _cause(history.why(LABEL)).startswith("other inputs")
    error = capsys.readouterr().err
    assert error.startswith(f"rules_codspeed: git cannot be asked about {history.folder}. Got: ")


def test_other_inputs(history: History) -> None:
    history.run(1000)
    first = history.head
    history.commit("make it slower")
    history.run(1030, inputs="bb" * 32)
    second = history.head
    assert history.why(LABEL) == [
        "//pkg:bench (simulation)",
        f"  run:  run 2 of 1970-01-02 00:00 UTC ({second[:10]} on main)",
        f"  base: run 1 of 1970-01-01 00:00 UTC ({first[:10]} on main)",
        "Cause: other inputs: the program, a file that it reads, an argument, a variable, the "
        "simulator or rules_codspeed changed.",
        "Numbers that differ: 1 of 1 benchmarks",
        "  sort.cc::sort",
        "    Ir  1,000 -> 1,030   +3.00 %",
        "Inputs: bbbbbbbbbbbb, base aaaaaaaaaaaa",
        "  commits of the run that the base does not have:",
        f"    {git(history.folder, 'rev-parse', '--short', second)} make it slower",
        "Environment: the same, as far as both runs record it",
        "Provenance: the same, as far as both runs record it",
        "Functions: not known, as the history holds numbers only, no profiles",
        "  to measure both commits again, with the functions of both in a report:",
        f"    bazel run @rules_codspeed//tools:compare -- --base {first[:10]} --head {second[:10]} "
        "--report why.html //pkg:bench",
    ]


def test_many_commits(history: History) -> None:
    history.run(1000)
    for number in range(7):
        history.commit(f"change {number}")
    history.run(1030, inputs="bb" * 32)
    lines = history.why(LABEL)
    start = lines.index("  commits of the run that the base does not have:")
    assert [line.split()[-1] for line in lines[start + 1 : start + 6]] == list("65432")
    assert lines[start + 6] == "    and 2 more"


def test_not_repeatable(history: History) -> None:
    history.run(1000)
    history.run(1000)
    history.run(1001)
    history.run(1002)
    lines = history.why(LABEL)
    assert _cause(lines) == (
        "the measurement is not repeatable: the same inputs under the same conditions give other "
        "numbers since run 3 of 1970-01-03."
    )
    assert "    Ir  1,001 -> 1,002   +0.10 %" in lines
    assert "Inputs: the same (aaaaaaaaaaaa)" in lines
    assert lines[-2:] == [
        "  to see the functions that differ between two measurements of the same inputs:",
        "    bazel build //pkg:bench --@rules_codspeed//rules/settings:verify=2",
    ]


def test_another_machine(history: History) -> None:
    history.run(672_737, under=_OTHER_LIBC)
    history.run(530_156)
    lines = history.why(LABEL)
    assert _cause(lines) == "measured on glibc 2.36, base on 2.43; the inputs are the same."
    (libc,) = (line for line in lines if line.startswith("  libc: "))
    assert libc.startswith("  libc: glibc 2.36 (build 111111111111")
    assert "verify=2" not in "\n".join(lines)
    assert lines[-1].startswith("  to keep the profiles of both: 'bazel run //:suite -- --out DIR'")


def test_another_machine_and_other_inputs(history: History) -> None:
    history.run(672_737, under=_OTHER_LIBC)
    history.run(530_156, inputs="bb" * 32)
    assert _cause(history.why(LABEL)) == (
        "other inputs, and other conditions: measured on glibc 2.36, base on 2.43."
    )


def test_inputs_that_are_not_recorded(history: History) -> None:
    history.run(1000, inputs="")
    history.run(1001)
    lines = history.why(LABEL)
    assert _cause(lines) == (
        "probably other inputs: the base does not record its inputs; the conditions are the same."
    )
    assert "Inputs: aaaaaaaaaaaa, base not recorded" in lines
    history.run(1002, inputs="")
    history.run(1003, inputs="", under=_OTHER_LIBC)
    assert _cause(history.why(LABEL)) == (
        "measured on glibc 2.43, base on 2.36; neither run records its inputs."
    )


def test_equal_numbers_lead_to_the_last_change(history: History) -> None:
    history.run(1000)
    history.run(1030, inputs="bb" * 32)
    history.run(1, branch="other")
    history.run(1030, inputs="cc" * 32)
    history.run(1030, inputs="cc" * 32)
    assert history.why(LABEL)[3:] == [
        "The numbers are the same, and the inputs are the same.",
        "They last changed from run 1 to run 2: pass --base 1 --run 2.",
    ]
    assert history.why(LABEL, "--base=2")[3:] == [
        "The numbers are the same, although the inputs are not."
    ]
    assert "Numbers that differ: 1 of 1 benchmarks" in history.why(LABEL, "--base=1", "--run=2")


def test_runs_of_the_branch_that_is_checked_out(history: History) -> None:
    history.run(1000)
    history.run(1001, branch="other")
    history.run(1002, label="//pkg:another")
    history.run(1003, branch="other")
    history.run(1004, clean=False)
    history.run(1005, branch="other")
    assert [line.split()[2] for line in history.why(LABEL)[1:3]] == ["5", "1"]
    assert history.why(LABEL)[1].endswith(" on main with uncommitted changes)")
    git(history.folder, "checkout", "-q", "-b", "other")
    assert [line.split()[2] for line in history.why(LABEL)[1:3]] == ["6", "4"]
    git(history.folder, "checkout", "-q", "-b", "new")
    history.run(1006, branch="new")
    # The first run of a branch is compared with the one before, whichever branch that has.
    assert [line.split()[2] for line in history.why(LABEL)[1:3]] == ["7", "6"]


def test_runs_by_number_and_commit(history: History) -> None:
    history.run(1000)
    git(history.folder, "tag", "v1")
    history.commit("second")
    history.run(1001)
    history.run(1002)
    assert "    Ir  1,000 -> 1,002   +0.20 %" in history.why(LABEL, "--base", "v1")
    assert "    Ir  1,000 -> 1,001   +0.10 %" in history.why(LABEL, "--base=1", "--run", "2")


def test_benchmarks_that_only_one_run_has(history: History) -> None:
    one = Recorded({"Ir": 1}, conditions=_DEBIAN, inputs="aa")
    history.add({(LABEL, "simulation", "old\x1b::a"): one, (LABEL, "simulation", "x::y"): one})
    history.add({(LABEL, "simulation", "new::b"): one, (LABEL, "simulation", "x::y"): one})
    assert history.why(LABEL)[3:] == [
        "The numbers are the same, and the inputs are the same.",
        "Only in the run: new::b",
        "Only in the base: old\\x1b::a",
    ]


def test_times(history: History) -> None:
    for middle in (100.0, 101.0, 200.0):
        rounds = [[middle + step / 10 for step in range(30)]]
        one = Recorded({"median_ns": middle}, rounds, {"mode": "walltime"}, inputs="aa")
        history.add({(LABEL, "walltime", "x::y"): one})
    assert history.why(LABEL, "--run=2")[3] == (
        "No time moved beyond its limit, and the inputs are the same."
    )
    lines = history.why(LABEL)
    assert lines[0] == "//pkg:bench (walltime)"
    assert _cause(lines) == (
        "the machine: the same inputs took another time; times never repeat exactly."
    )
    assert lines[-1] == "Functions: not known, as their costs are not counted in mode walltime"


def test_several_targets(history: History) -> None:
    for count in (1, 2):
        history.run(count)
        history.run(count, label="//pkg:another")
    lines = history.why(LABEL, "//pkg:another")
    assert [line for line in lines if line.startswith("//")] == [
        "//pkg:bench (simulation)",
        "//pkg:another (simulation)",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["//pkg:bensh"], "nothing is known about //pkg:bensh. Got: no numbers of it in any "
         "stored run. Expected: a benchmark target that was measured, such as //pkg:bench. Fix:"),
        (["//:suite"], "a benchmark target that was measured, such as //pkg:bench. Fix:"),
        ([LABEL, "--run=1"], "nothing to compare //pkg:bench (simulation) with. Got: no run "
         "of it before run 1 of 1970-01-01 00:00 UTC"),
        ([LABEL, "--base=3"], "Got: no numbers of it in the run that --base names. Expected: two "
         "runs that measured it. Fix: name another run with --base."),
        ([LABEL, "--base=9"], "no run '9'. Got: no stored run, file or commit of that name."),
        ([LABEL, "--base=nothing"], "no run 'nothing'. Got: no stored run, file or commit"),
        ([LABEL, "--base=--all"], "no run '--all'."),
        ([LABEL, "--mode=walltime"], "nothing is known about //pkg:bench in mode walltime. Got"),
        (["bench"], "'bench' is not the label of a target. Got: no package that begins with //"),
        (["//"], "'//' is not the label of a target."),
    ],
)  # fmt: skip
def test_what_is_not_there(history: History, arguments: list[str], words: str) -> None:
    history.run(1)
    history.run(2)
    history.add({("//pkg:other", "simulation", "x::y"): Recorded({"Ir": 1})})
    history.run(3)
    with pytest.raises(CodSpeedError) as error:
        history.why(*arguments)
    assert words in str(error.value)


def test_no_history(history: History) -> None:
    with pytest.raises(CodSpeedError, match="no history of this workspace"):
        history.why(LABEL)
    assert not (history.folder.parent / "state").exists()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("//a/b:c", "//a/b:c"),
        ("//a/b", "//a/b:b"),
        ("//:c", "//:c"),
        ("@@//a:c", "//a:c"),
        ("@//a:c", "//a:c"),
        ("@other//a:c", "@other//a:c"),
        ("@@other//a", "@other//a:a"),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert plain_label(text) == label


def test_status(
    history: History, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history.run(1)
    history.run(2)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(history.folder))
    monkeypatch.setenv("XDG_STATE_HOME", history.variables["XDG_STATE_HOME"])
    assert main([LABEL]) == 0
    assert capsys.readouterr().out.startswith("//pkg:bench (simulation)\n")
    assert main(["//pkg:none"]) == 1
    assert "rules_codspeed: nothing is known about //pkg:none." in capsys.readouterr().err
