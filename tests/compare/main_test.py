"""Two commits of a real repository, measured in a worktree."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rules_codspeed.compare.build import _files
from rules_codspeed.compare.main import compare_both, main
from rules_codspeed.compare.options import parser
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import SCHEMA, Results
from tests.compare.workspaces import Workspace
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.history.repositories import VARIABLES, git, need_git


def _compare(workspace: Workspace, *arguments: str) -> list[Change]:
    """Compares as the command line asks."""
    options = parser().parse_args(["--bazel", str(workspace.bazel), *arguments])
    return list(compare_both(options, workspace.folder, workspace.variables).changes)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    for name, count in {"first": 1000, "second": 1030}.items():
        made.numbers(count)
        made.commit(name)
    return made


def test_two_commits(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    (change,) = _compare(workspace, "--base", "first", "--head", "second")
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
        _compare(workspace, "--base", "second")
    printed = capsys.readouterr()
    assert obeyed(printed.out + printed.err) == []
    assert unseen(printed.out + printed.err) == ""
    assert "##\\x5bstop-commands]token" in printed.out


def test_the_source_tree_as_it_is(workspace: Workspace) -> None:
    workspace.numbers(500)
    (change,) = _compare(workspace, "--base", "second", "//:a", "//:b")
    assert change.verdict == "improved"
    (call,) = workspace.own_builds
    assert call[0] == "build"
    assert call[call.index("--") + 1 :] == ["//:a", "//:b"]


def test_both_builds_have_the_same_caches(workspace: Workspace) -> None:
    _compare(workspace, "--base", "first", "--flag=--config=x")
    cache = workspace.cache
    (own,) = workspace.own_builds
    (other,) = workspace.other_builds
    for call in (own, other):
        assert f"--disk_cache={cache / 'disk'}" in call
        assert "--config=x" in call
    assert other[:2] == [f"--output_base={cache / 'base'}", "--max_idle_secs=30"]


def test_nothing_of_an_earlier_commit_is_left(workspace: Workspace) -> None:
    _compare(workspace, "--base", "first", "--head", "second")
    cache = workspace.cache
    (cache / "worktree" / "left").write_text("")
    (cache / "worktree" / "numbers.json").write_text("changed")
    (change,) = _compare(workspace, "--base", "first", "--head", "first")
    assert change.verdict == "unchanged"
    assert not (cache / "worktree" / "left").exists()


def test_report_has_the_profiles_of_both(workspace: Workspace, tmp_path: Path) -> None:
    from rules_codspeed.contract.errors import CodSpeedError

    # The simulated Bazel left no valid profile: the test is that it is read.
    with pytest.raises(CodSpeedError, match="no functions behind the changes of //pkg:bench"):
        _compare(
            workspace, "--base", "first", "--head", "second", f"--report={tmp_path / 'r.html'}"
        )
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("name", ["nothing", "--all", "a\x1b[31m"])
def test_no_such_commit(workspace: Workspace, name: str) -> None:
    with pytest.raises(CodSpeedError, match=r"no commit .* Fix: name one, or fetch it\.") as error:
        _compare(workspace, f"--base={name}")
    assert "\x1b" not in str(error.value)


def test_a_build_that_fails(workspace: Workspace) -> None:
    (workspace.folder / "broken").write_text("")
    with pytest.raises(CodSpeedError, match="the build of //:bench_codspeed failed in "):
        _compare(workspace, "--base", "first")


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
        _compare(workspace, "--base", "first")


def test_bazel_sees_no_token(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another commit is built, whose repository rules see the environment."""
    for name in ("CODSPEED_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "BUILD_ID", "KEPT"):
        monkeypatch.setenv(name, "abc")
    _compare(workspace, "--base", "first")
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


def test_program_that_is_no_bazel(workspace: Workspace) -> None:
    """A wrapper that ends with success, or a flag that has the events written elsewhere."""
    options = parser().parse_args(["--bazel", "/bin/true", "--base", "first", "//:suite"])
    with pytest.raises(CodSpeedError) as raised:
        compare_both(options, workspace.folder, workspace.variables)
    assert str(raised.value).startswith("/bin/true states nothing of a build of //:suite. Got: ")


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
    (call, *_) = workspace.other_builds
    assert "--output_groups=unchecked_results" in call
