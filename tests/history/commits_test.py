"""Which commits a run is compared with, in real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.history.commits import Candidate, Commits
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.place import history_file
from tests.history.repositories import VARIABLES, commit, git, repository


def _candidates(folder: Path, **variables: str) -> list[Candidate]:
    commits = Commits(folder, {**VARIABLES, **variables})
    return commits.candidates(commits.measured())


def test_a_commit_on_the_main_branch_has_its_parents(tmp_path: Path) -> None:
    first, second, third = repository(tmp_path, 3)
    measured = Commits(tmp_path, VARIABLES).measured()
    assert (measured.commit, measured.branch, measured.clean) == (third, "main", True)
    assert _candidates(tmp_path) == [
        Candidate(second, "an earlier commit"),
        Candidate(first, "an earlier commit"),
    ]


def test_uncommitted_work_is_compared_with_its_commit(tmp_path: Path) -> None:
    first, second = repository(tmp_path, 2)
    (tmp_path / "file").write_text("changed")
    assert _candidates(tmp_path)[:2] == [
        Candidate(second, "the commit that is checked out"),
        Candidate(first, "an earlier commit"),
    ]


def test_a_branch_is_compared_with_where_it_left(tmp_path: Path) -> None:
    first, second = repository(tmp_path, 2)
    git(tmp_path, "checkout", "-q", "-b", "work")
    own = commit(tmp_path, "own")
    commit(tmp_path, "more")
    git(tmp_path, "checkout", "-q", "main")
    commit(tmp_path, "went on")
    git(tmp_path, "checkout", "-q", "work")
    assert _candidates(tmp_path) == [
        Candidate(second, "the merge base with main"),
        Candidate(first, "an earlier commit"),
        Candidate(own, "an earlier commit of this branch"),
    ]


def test_the_target_that_a_ci_names(tmp_path: Path) -> None:
    (first,) = repository(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "release")
    base = commit(tmp_path, "release")
    git(tmp_path, "checkout", "-q", "-b", "work")
    commit(tmp_path, "own")
    assert _candidates(tmp_path)[0] == Candidate(first, "the merge base with main")
    assert _candidates(tmp_path, GITHUB_BASE_REF="release")[0].commit in (first, base)
    git(tmp_path, "update-ref", "refs/remotes/origin/release", "release")
    assert _candidates(tmp_path, GITHUB_BASE_REF="release")[0] == Candidate(
        base, "the merge base with origin/release"
    )


def test_the_remote_default_branch(tmp_path: Path) -> None:
    (first,) = repository(tmp_path)
    git(tmp_path, "update-ref", "refs/remotes/origin/trunk", "main")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    commit(tmp_path, "own")
    assert _candidates(tmp_path)[0] == Candidate(first, "the merge base with origin/trunk")


def test_without_commits_or_git_there_is_nothing(tmp_path: Path) -> None:
    assert _candidates(tmp_path) == []
    git(tmp_path, "init", "-q")
    assert _candidates(tmp_path) == []
    no_git = Commits(tmp_path, {"PATH": str(tmp_path)})
    measured = no_git.measured()
    assert (measured.commit, measured.clean) == ("", False)


def test_names_of_commits(tmp_path: Path) -> None:
    first, second = repository(tmp_path, 2)
    commits = Commits(tmp_path, VARIABLES)
    assert commits.resolve("HEAD~1") == first
    assert commits.resolve("main") == second
    assert commits.resolve("nothing") is None
    assert commits.resolve("--all") is None


def test_a_home_is_needed(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="neither HOME nor XDG_STATE_HOME"):
        history_file(tmp_path, {"PATH": "/usr/bin"})
    assert history_file(tmp_path, {**VARIABLES, "XDG_STATE_HOME": "relative"}).is_relative_to(
        "/nonexistent/.local/state"
    )
