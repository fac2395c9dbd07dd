"""The search for the first bad commit: histories of every kind, listed by a real git."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.bisect.search import Found, Verdict, check_order, search
from rules_codspeed.compare.store import Store
from rules_codspeed.contract.errors import CodSpeedError
from tests.history.repositories import VARIABLES, commit, git, repository

_COUNT = 24


def _searched(store: Store, commits: list[str], first_bad: int, broken: set[int]) -> Found:
    def judge(name: str, _: int) -> Verdict:
        place = commits.index(name)
        assert 0 < place < len(commits) - 1
        if place in broken:
            return "skipped"
        return "bad" if place >= first_bad else "good"

    return search(store, commits[0], commits[-1], judge)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[str]]:
    folder = tmp_path_factory.mktemp("line")
    return Store(folder, VARIABLES), repository(folder, _COUNT)


@pytest.mark.parametrize("first_bad", [1, 2, 11, 12, 13, _COUNT - 2, _COUNT - 1])
def test_each_place_takes_log_many_commits(line: tuple[Store, list[str]], first_bad: int) -> None:
    store, commits = line
    found = _searched(store, commits, first_bad, set())
    assert (found.bad, found.skipped) == (commits[first_bad], [])
    assert found.tried <= 5  # 23 commits may be it


@pytest.mark.parametrize("first_bad", [3, 12, 20])
def test_what_cannot_be_measured_is_passed_by(
    line: tuple[Store, list[str]], first_bad: int
) -> None:
    store, commits = line
    broken = {7, 8, 9, 10, 15, 16} - {first_bad, first_bad - 1}
    found = _searched(store, commits, first_bad, broken)
    assert (found.bad, found.skipped) == (commits[first_bad], [])


def test_what_cannot_be_told_apart(line: tuple[Store, list[str]]) -> None:
    store, commits = line
    found = _searched(store, commits, 12, {10, 11})
    assert found.bad == commits[12]
    assert sorted(found.skipped) == sorted(commits[10:12])
    # Where nothing between can be measured, each one is tried once.
    found = _searched(store, commits, 5, set(range(1, _COUNT - 1)))
    assert (found.bad, found.tried) == (commits[-1], _COUNT - 2)
    assert sorted(found.skipped) == sorted(commits[1:-1])


def test_a_branch_that_was_merged(tmp_path: Path) -> None:
    (good,) = repository(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "side")
    side = [commit(tmp_path, f"side {number}") for number in range(3)]
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "main")
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "merge", "side")
    merge = git(tmp_path, "rev-parse", "HEAD")
    store = Store(tmp_path, VARIABLES)

    def first(bad: set[str]) -> str:
        return search(store, good, merge, lambda one, _: "bad" if one in bad else "good").bad

    assert first({side[1], side[2], merge}) == side[1]
    # Slower only together: no commit of either branch is.
    assert first({merge}) == merge


def test_the_order(tmp_path: Path) -> None:
    first, second = repository(tmp_path, 2)
    git(tmp_path, "checkout", "-q", "-b", "other", first)
    other = commit(tmp_path, "other")
    git(tmp_path, "checkout", "-q", "--orphan", "alone")
    alone = commit(tmp_path, "alone")
    store = Store(tmp_path, VARIABLES)
    check_order(store, first, second)
    for good, bad, words in [
        (first, first, "the good commit is the bad one"),
        (second, first, "Fix: swap --good and --bad"),
        (second, other, f"Fix: name --good {first[:10]}, from which both descend"),
        (second, alone, "Fix: name two commits of one history"),
    ]:
        with pytest.raises(CodSpeedError, match=words):
            check_order(store, good, bad)


def test_a_shallow_clone(tmp_path: Path) -> None:
    _, second, third = repository(tmp_path / "whole", 3)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/whole", "clone")
    git(tmp_path / "clone", "fetch", "-q", "--depth=1", "origin", second)
    with pytest.raises(CodSpeedError, match="fetch --unshallow"):
        check_order(Store(tmp_path / "clone", VARIABLES), second, third)


def test_a_damaged_repository(line: tuple[Store, list[str]]) -> None:
    store, commits = line
    with pytest.raises(CodSpeedError, match=r"git does not list the commits .* fsck\.$"):
        search(store, "0" * 40, commits[-1], lambda *_: "good")
