"""The whole command on a real repository, whose commits are measured by what plays Bazel."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.bisect.main import main
from tests.compare.workspaces import Workspace
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.history.repositories import git

Bisect = Callable[..., int]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Eight commits, `c0` to `c7`: slower from `c5` on, and `c3` does not build."""
    made = Workspace(tmp_path)
    for number in range(8):
        made.numbers(1030 if number >= 5 else 1000)
        broken = made.folder / "broken"
        broken.write_text("") if number == 3 else broken.unlink(missing_ok=True)
        made.commit(f"c{number}")
    return made


@pytest.fixture
def bisect(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Bisect:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace.folder))
    monkeypatch.setenv("XDG_CACHE_HOME", workspace.variables["XDG_CACHE_HOME"])

    def run(good: str, bad: str, *arguments: str) -> int:
        return main(["--bazel", str(workspace.bazel), "--good", good, "--bad", bad, *arguments])

    return run


def test_the_commit(
    workspace: Workspace, bisect: Bisect, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bisect("c0", "c7", "//:suite", "--flag=--config=x") == 0
    printed = capsys.readouterr()
    first = git(workspace.folder, "rev-parse", "--short=10", "c5")
    assert printed.out.startswith(
        f"The first slower commit is {first} c5\nCompared with c0: 1 slower\n"
    )
    assert "1,000 -> 1,030   +3.00 %   limit 1 % and 5\n" in printed.out
    assert f"tools:compare -- --base '{first}~' --head {first} " in printed.out
    assert "7 commits may be the first slower one; measures 3 of them\n" in printed.err
    of_good, of_bad, *others = workspace.other_builds
    assert [call[-1] for call in (of_good, of_bad)] == ["//:suite"] * 2
    # Only the target that got slower, and each commit between once at most.
    assert 0 < len(others) <= 6
    assert {call[-1] for call in others} == {"//pkg:bench"}
    for call in (of_good, *others):
        assert "--config=x" in call
        # Of a remote cache's hits nothing else is fetched.
        assert {"--output_groups=unchecked_results", "--remote_download_outputs=toplevel"} < {*call}
        assert f"--disk_cache={workspace.cache / 'disk'}" in call
    # Nothing of the search is left where a person works.
    assert git(workspace.folder, "status", "--porcelain") == ""
    assert git(workspace.folder, "for-each-ref", "refs/bisect") == ""


def test_commits_that_cannot_be_told_apart(
    workspace: Workspace, bisect: Bisect, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.fails("it ends with status 3")
    workspace.commit("fails")
    workspace.numbers(1100)
    workspace.commit("c9")
    assert bisect("c7", "c9") == 3
    printed = capsys.readouterr()
    last, fails = (
        git(workspace.folder, "rev-parse", "--short=10", name) for name in ("c9", "fails")
    )
    assert printed.out.startswith(
        "The first slower commit is one of 2. Only the last one could be measured:\n"
        f"  {fails} fails\n  {last} c9\nCompared with c7: 1 slower\n"
    )
    assert f"{fails} fails: skipped, 1 missing\n" in printed.err
    (workspace.folder / "broken").touch()
    workspace.commit("broken")
    (workspace.folder / "broken").unlink()
    workspace.numbers(1200)
    workspace.commit("c11")
    assert bisect("c9", "c11") == 3
    errors = capsys.readouterr().err
    assert "broken: skipped. the build of //pkg:bench failed in" in errors


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("c0", "c2", "nothing is slower in .* Got: 1 unchanged"),
        ("c5", "c7", "nothing is slower in .* Got: 1 unchanged"),
        ("c7", "c0", "is no ancestor of the bad one: .* Fix: swap --good and --bad"),
        ("c0", "nothing", "no commit 'nothing'"),
        ("c3", "c7", "the build of //:bench_codspeed failed .*; name two commits that build"),
    ],
)
def test_no_search(
    bisect: Bisect, capsys: pytest.CaptureFixture[str], good: str, bad: str, words: str
) -> None:
    assert bisect(good, bad) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.search(words, printed.err)


def test_a_bazel_that_fails_for_another_reason_ends_the_search(
    workspace: Workspace, bisect: Bisect, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each commit would be skipped, and the answer would be none."""
    (workspace.folder / "broken").write_text("37")
    workspace.commit("crash")
    (workspace.folder / "broken").unlink()
    workspace.numbers(1100)
    workspace.commit("c9")
    assert bisect("c7", "c9") == 1
    assert "Got: status 37" in capsys.readouterr().err


def test_names_command_no_log(
    workspace: Workspace, bisect: Bisect, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in COMMANDS:
        git(workspace.folder, "commit", "-q", "--allow-empty", "-m", text)
    workspace.numbers(2000)
    git(workspace.folder, "commit", "-q", "-a", "-m", "##[add-mask]x")
    assert bisect("c7", "HEAD") == 0
    printed = capsys.readouterr()
    assert "##\\x5badd-mask]x" in printed.out
    assert obeyed(printed.out + printed.err) == []
    assert unseen(printed.out + printed.err) == ""


def test_a_variable_that_is_not_set_is_no_commit(
    bisect: Bisect, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        bisect("", "c7")
    assert "argument --good: it is empty" in capsys.readouterr().err
