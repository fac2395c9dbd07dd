"""The search itself, as git-bisect(1) does it, without the state that it keeps in a repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rules_codspeed.checkout.git import complaint
from rules_codspeed.compare.store import Store
from rules_codspeed.contract.errors import CodSpeedError

Verdict = Literal["good", "bad", "skipped"]
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Found:
    """Where the search ended.

    Attributes:
      bad: the earliest commit that is known to be bad.
      skipped: ancestors of it that could be the first bad one instead, as they have no verdict.
      tried: how many commits were judged, those without a verdict included.
    """

    bad: str
    skipped: Sequence[str]
    tried: int


def search(store: Store, good: str, bad: str, judge: Callable[[str, int], Verdict]) -> Found:
    """Finds the first bad commit.

    Args:
      store: the repository.
      good: hash of a good commit.
      bad: hash of a bad one that descends from it.
      judge: returns the verdict on a commit, by its hash and the number of those that may be the
        first bad one.

    Raises:
      CodSpeedError: git does not list the commits.
    """
    goods = [good]
    skipped: list[str] = []
    tried = 0
    while True:
        suspects = _suspects(store, goods, bad)
        untried = [one for one in suspects if one != bad and one not in skipped]
        if not untried:
            return Found(bad, [one for one in suspects if one in skipped], tried)
        commit = untried[_place(len(untried), len(skipped))]
        tried += 1
        verdict = judge(commit, len(suspects))
        if verdict == "bad":
            bad = commit
        elif verdict == "good":
            goods.append(commit)
        else:
            skipped.append(commit)


def _suspects(store: Store, goods: Sequence[str], bad: str) -> list[str]:
    """Returns the commits that may be the first bad one, those that halve the rest best first."""
    listed = store.run("rev-list", "--bisect-all", bad, *(f"^{one}" for one in goods))
    if listed.returncode:
        raise CodSpeedError(
            "git does not list the commits to search",
            got=complaint(listed),
            expected=f"the history of {bad[:10]}",
            fix=f"see whether the repository is damaged: {store.command} fsck",
        )
    return [line.split()[0] for line in listed.stdout.splitlines()]


def _place(count: int, skips: int) -> int:
    """Returns which of the untried commits is next: the first one, unless some were skipped.

    The neighbours of a commit that does not build do not build, either, as a rule: so the
    choice moves about, and stays near the middle more often than not, as in git's own search.
    """
    return int(count * (skips * _GOLDEN % 1) ** 1.5)


def check_order(store: Store, good: str, bad: str) -> None:
    """Checks that there are commits to search.

    Raises:
      CodSpeedError: one is the other, or the good one is no ancestor of the bad one.
    """
    between = f"{good[:10]} and {bad[:10]}"
    if good == bad:
        raise CodSpeedError(
            "the good commit is the bad one",
            got=good[:10],
            expected="two commits",
            fix="name an earlier good one, or a later bad one",
        )
    base = store.ask("merge-base", good, bad)
    if base == good:
        return
    if base == bad:
        fix = "swap --good and --bad"
    elif base:
        fix = f"name --good {base[:10]}, from which both descend"
    else:
        fix = store.unshallow or "name two commits of one history"
    raise CodSpeedError(
        f"the good commit is no ancestor of the bad one: {between}",
        got=f"the common ancestor {base[:10]}" if base else "no common ancestor",
        expected="a good commit that the bad one descends from",
        fix=fix,
    )
