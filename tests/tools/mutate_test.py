"""The tool that breaks the product: what is noticed, what is not, and what is outdated."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import mutate
from tools.mutate import Mutation, MutationError, read_mutations, run, unfit

_TEST = """
from product import double

def test_double():
    assert double(2) == 4
"""


def entry(**changes: Any) -> dict[str, Any]:
    usual = {"file": "product.py", "old": "x + x", "new": "x * 3", "breaks": "wrong numbers"}
    return {**usual, "tests": ["product_test.py"], **changes}


def mutations(*entries: dict[str, Any]) -> list[Mutation]:
    return read_mutations(json.dumps(entries))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "product.py").write_text("def double(x):\n    return x + x\n")
    (tmp_path / "product_test.py").write_text(_TEST)
    # Under Bazel pytest is on the path of this process alone.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    monkeypatch.setattr(mutate, "_kernel", lambda root: root / "kernel.so")
    return tmp_path


def test_score(tree: Path) -> None:
    listed = mutations(
        entry(),
        entry(new="2 * x"),
        entry(old="x - x"),
        entry(tests=[], bazel=["//tests:x"]),
    )
    score = run(listed, tree, with_bazel=False)
    assert score.noticed == 1
    assert [one.number for one in score.missed] == [2]
    (outdated,) = score.outdated
    assert outdated == "3 product.py: wrong numbers: its text is 0 times in the file, not once"
    assert score.skipped == ["4 product.py: wrong numbers: needs Bazel (--bazel)"]
    assert (tree / "product.py").read_text() == "def double(x):\n    return x + x\n"


def test_what_does_not_fit_the_tree(tree: Path) -> None:
    listed = mutations(
        entry(),
        entry(old="x - x"),
        entry(file="none.py"),
        entry(tests=["-q", "tests/none_test.py::test_x"]),
    )
    assert list(unfit(listed, tree)) == [
        "2 product.py: wrong numbers: its text is 0 times in the file, not once",
        "3 none.py: wrong numbers: No such file or directory",
        "4 product.py: wrong numbers: there is no tests/none_test.py::test_x",
    ]


def test_tests_that_fail_by_themselves_notice_nothing(tree: Path) -> None:
    (tree / "product_test.py").write_text(_TEST.replace("4", "5"))
    score = run(mutations(entry()), tree, with_bazel=False)
    assert (score.noticed, score.missed) == (0, [])
    assert score.outdated == ["1 product.py: wrong numbers: its tests fail without it"]


def test_tests_that_do_not_run_notice_nothing(tree: Path) -> None:
    with pytest.raises(MutationError, match="pytest ends with status 4"):
        run(mutations(entry(tests=["none_test.py"])), tree, with_bazel=False)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"tests": []}, "names no tests"), ({"odd": 1}, "unexpected keyword argument 'odd'")],
)
def test_entries_of_another_form(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(MutationError, match=f"mutation 1.*{fault}"):
        mutations(entry(**changes))


def test_the_list_is_one() -> None:
    listed = read_mutations((mutate.ROOT / mutate.MUTATIONS).read_text("utf-8"))
    assert len(listed) > 100
    for one in listed:
        assert (mutate.ROOT / one.file).exists() or not (mutate.ROOT / "BUILD.bazel").exists(), one
