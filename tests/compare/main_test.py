"""Two commits of a real repository, measured in a worktree."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rules_codspeed.compare.build import _files
from rules_codspeed.compare.cache import cache_folder
from rules_codspeed.compare.main import compare_both, main
from rules_codspeed.compare.options import parser
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured
from tests.compare import plays_bazel
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.history.repositories import VARIABLES, git, need_git, repository
from tests.results.provenance import PROVENANCE


class Workspace:
    """A repository with numbers of two commits, `first` and `second`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        repository(self.folder)
        self.variables = {**VARIABLES, "XDG_CACHE_HOME": str(folder / "cache")}
        self.bazel = folder / "bazel"
        plays_bazel.install(self.bazel)
        for name, count in {"first": 1000, "second": 1030}.items():
            self.numbers(count)
            git(self.folder, "add", "numbers.json")
            git(self.folder, "commit", "-q", "-m", name)
            git(self.folder, "tag", name)

    @property
    def cache(self) -> Path:
        """The folder that keeps what comparing needs."""
        return cache_folder(self.folder, self.variables)

    def numbers(self, count: int, uri: str = "sort.cc::sort") -> None:
        """Makes the source tree measure so many instructions."""
        metrics: dict[str, int | float] = {"Ir": count, "estimated_cycles": count}
        benchmark = Benchmark(uri, PROVENANCE.label, "simulation", metrics)
        text = Results(SCHEMA, [benchmark], [PROVENANCE]).to_json()
        (self.folder / "numbers.json").write_text(text)

    def fails(self, reason: str) -> None:
        """Makes the source tree's target fail, as its results record it."""
        failed = Unmeasured("", PROVENANCE.label, "simulation", "failed", reason)
        text = Results(SCHEMA, [], [], unmeasured=[failed]).to_json()
        (self.folder / "numbers.json").write_text(text)

    def compare(self, *arguments: str) -> list[Change]:
        """Compares as the command line asks."""
        options = parser().parse_args(["--bazel", str(self.bazel), *arguments])
        return list(compare_both(options, self.folder, self.variables).changes)

    def calls(self, folder: Path) -> list[list[str]]:
        """Returns the command lines of the builds in a folder."""
        return plays_bazel.calls(folder)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_two_commits(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    (change,) = workspace.compare("--base", "first", "--head", "second")
    assert (change.verdict, change.metrics[0].before, change.metrics[0].after) == (
        "regressed",
        1000,
        1030,
    )
    assert capsys.readouterr().out.startswith("Compared with first: 1 slower\n")
    assert not (workspace.folder / "calls").exists()
    assert git(workspace.folder, "status", "--porcelain") == ""


def test_names_command_no_log(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Labels, units and names are those of the files that Bazel made."""
    for text in COMMANDS:
        workspace.numbers(500, uri=text)
        workspace.compare("--base", "second")
    printed = capsys.readouterr()
    assert obeyed(printed.out + printed.err) == []
    assert unseen(printed.out + printed.err) == ""
    assert "##\\x5bstop-commands]token" in printed.out


def test_the_source_tree_as_it_is(workspace: Workspace) -> None:
    workspace.numbers(500)
    (change,) = workspace.compare("--base", "second", "//:a", "//:b")
    assert change.verdict == "improved"
    (call,) = workspace.calls(workspace.folder)
    assert call[0] == "build"
    assert call[call.index("--") + 1 :] == ["//:a", "//:b"]


def test_both_builds_have_the_same_caches(workspace: Workspace) -> None:
    workspace.compare("--base", "first", "--flag=--config=x")
    cache = workspace.cache
    (own,) = workspace.calls(workspace.folder)
    (other,) = workspace.calls(cache / "worktree")
    for call in (own, other):
        assert f"--disk_cache={cache / 'disk'}" in call
        assert "--config=x" in call
    assert other[:2] == [f"--output_base={cache / 'base'}", "--max_idle_secs=30"]


def test_nothing_of_an_earlier_commit_is_left(workspace: Workspace) -> None:
    workspace.compare("--base", "first", "--head", "second")
    cache = workspace.cache
    (cache / "worktree" / "left").write_text("")
    (cache / "worktree" / "numbers.json").write_text("changed")
    (change,) = workspace.compare("--base", "first", "--head", "first")
    assert change.verdict == "unchanged"
    assert not (cache / "worktree" / "left").exists()


def test_report_has_the_profiles_of_both(workspace: Workspace, tmp_path: Path) -> None:
    from rules_codspeed.contract.errors import CodSpeedError

    # The simulated Bazel left no valid profile: the test is that it is read.
    with pytest.raises(CodSpeedError, match="no functions behind the changes of //pkg:bench"):
        workspace.compare("--base", "first", "--head", "second", f"--report={tmp_path / 'r.html'}")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("name", ["nothing", "--all", "", "a\x1b[31m"])
def test_no_such_commit(workspace: Workspace, name: str) -> None:
    with pytest.raises(CodSpeedError, match=r"no commit .* Fix: name one, or fetch it\.") as error:
        workspace.compare(f"--base={name}")
    assert "\x1b" not in str(error.value)


def test_a_build_that_fails(workspace: Workspace) -> None:
    (workspace.folder / "broken").write_text("")
    with pytest.raises(CodSpeedError, match="the build of //:bench_codspeed failed in "):
        workspace.compare("--base", "first")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", "results cannot be read"),
        (Results(SCHEMA, [], []).to_json(), "measures nothing"),
    ],
)
def test_no_results(workspace: Workspace, text: str, words: str) -> None:
    (workspace.folder / "numbers.json").write_text(text)
    with pytest.raises(CodSpeedError, match=words):
        workspace.compare("--base", "first")


def test_bazel_sees_no_token(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another commit is built, whose repository rules see the environment."""
    for name in ("CODSPEED_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "BUILD_ID", "KEPT"):
        monkeypatch.setenv(name, "abc")
    workspace.compare("--base", "first")
    seen = json.loads((workspace.folder / "environment").read_text())
    assert [name for name, value in seen.items() if value == "abc"] == ["KEPT"]


@pytest.mark.parametrize("events", ["{", "[]", '{"namedSetOfFiles": {"files": [7]}}', "\xff"])
def test_damaged_build_events(tmp_path: Path, events: str) -> None:
    file = tmp_path / "events.json"
    file.write_text('{"started": {}}\n' + events, encoding="latin-1")
    with pytest.raises(CodSpeedError, match=r"cannot be read\. Got: line 2 of its build events: "):
        _files(file)


def test_no_bazel(workspace: Workspace) -> None:
    options = parser().parse_args(["--bazel", "/nonexistent/bazel", "--base", "first"])
    with pytest.raises(CodSpeedError, match="cannot start Bazel"):
        compare_both(options, workspace.folder, workspace.variables)


def test_no_repository(tmp_path: Path) -> None:
    need_git()
    options = parser().parse_args(["--base", "first"])
    with pytest.raises(CodSpeedError, match="is not in a git repository"):
        compare_both(options, tmp_path, {**VARIABLES, "XDG_CACHE_HOME": str(tmp_path)})


def test_no_home(workspace: Workspace) -> None:
    options = parser().parse_args(["--base", "first"])
    with pytest.raises(CodSpeedError, match="neither HOME nor XDG_CACHE_HOME"):
        compare_both(options, workspace.folder, {"PATH": os.environ["PATH"]})


def test_status_shows_what_got_slower(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace.folder))
    monkeypatch.setenv("XDG_CACHE_HOME", workspace.variables["XDG_CACHE_HOME"])
    bazel = ["--bazel", str(workspace.bazel)]
    assert main([*bazel, "--base", "first", "--head", "second"]) == 1
    assert main([*bazel, "--base", "second", "--head", "first"]) == 0
    assert main([*bazel, "--base", "nothing"]) == 1
    assert "rules_codspeed: no commit 'nothing'" in capsys.readouterr().err


def test_what_failed_does_not_hide_the_others(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace.folder))
    monkeypatch.setenv("XDG_CACHE_HOME", workspace.variables["XDG_CACHE_HOME"])
    bazel = ["--bazel", str(workspace.bazel)]
    workspace.fails("the program ended with status 3")
    assert main([*bazel, "--base", "first"]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Compared with first: 1 missing\n")
    assert "    failed: the program ended with status 3\n" in printed
    assert printed.endswith("Failed in the source tree:\nfailed: the program ended with status 3\n")
    git(workspace.folder, "commit", "-q", "-a", "-m", "it fails")
    assert main([*bazel, "--base", "HEAD", "--head", "second"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Compared with HEAD: 1 new\n")
    assert printed.endswith("Failed in HEAD:\nfailed: the program ended with status 3\n")
    (call, *_) = workspace.calls(workspace.cache / "worktree")
    assert "--output_groups=unchecked_results" in call
