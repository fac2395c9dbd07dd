"""Raw results of Rust and Go become results; anything else becomes one error."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.walltime.rounds import raw_results
from rules_codspeed.measure.walltime.rounds.rounds import Rounds
from rules_codspeed.measure.walltime.rounds.validate import ResultsFile
from rules_codspeed.measure.walltime.rounds.validate import read_results as read
from tests.measure.walltime.example import EXAMPLE

GO: dict[str, Any] = {
    "name": "BenchmarkFib-16",
    "uri": "pkg/fib_test.go::BenchmarkFib-16",
    "pid": 777767,
    "codspeed_time_per_round_ns": [100, 220, 360, 520, 700, 3000],
    "codspeed_iters_per_round": [1, 2, 3, 4, 5, 6],
}


def merge_go(profile: Path, version: str) -> Rounds:
    with UntrustedFolder(str(profile)) as folder:
        return raw_results.merge_go(folder, version)


def merge_rust(workspace: Path, profile: Path, version: str, pid: int) -> list[str]:
    profile.mkdir(exist_ok=True)
    with UntrustedFolder(str(workspace)) as read, UntrustedFolder(str(profile)) as written:
        return raw_results.merge_rust(read, written, version, pid)


def read_results(profile: Path) -> list[ResultsFile]:
    with UntrustedFolder(str(profile)) as folder:
        return read(folder)


def go_file(profile: Path, name: str, document: Any, at: int = 0) -> Path:
    return raw_file(profile / "raw_results", name, document, at)


def raw_file(folder: Path, name: str, document: Any, at: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document))
    os.utime(path, ns=(at, at))
    return path


def test_go(tmp_path: Path) -> None:
    go_file(tmp_path, "bb", GO, at=1)
    go_file(tmp_path, "aa", {**GO, "name": "later", "uri": "u"}, at=2)
    go_file(tmp_path, "cc", {**GO, "uri": "other process", "pid": 3}, at=3)
    rounds = merge_go(tmp_path, "1.2.0")
    assert rounds == {
        GO["uri"]: [100, 110, 120, 130, 140, 500],
        "u": [100, 110, 120, 130, 140, 500],
        "other process": [100, 110, 120, 130, 140, 500],
    }
    first, second = read_results(tmp_path)
    assert [first.name, second.name] == ["3.json", "777767.json"]
    assert second.document["creator"] == {"name": "codspeed-go", "version": "1.2.0", "pid": 777767}
    assert second.document["instrument"] == {"type": "walltime"}
    # In the order of measuring, not of the random names.
    assert [one["name"] for one in second.document["benchmarks"]] == ["BenchmarkFib-16", "later"]
    (benchmark,) = first.document["benchmarks"]
    assert set(benchmark["config"].values()) == {None}
    assert benchmark["stats"]["q1_ns"] == pytest.approx(109.1667, rel=1e-5)
    assert benchmark["stats"]["q3_ns"] == pytest.approx(170)
    assert benchmark["stats"]["iter_per_round"] == 3
    assert benchmark["stats"]["total_time"] == 4.9e-6
    assert sorted(os.listdir(tmp_path)) == ["results"]


def test_nothing(tmp_path: Path) -> None:
    assert merge_go(tmp_path, "1") == {}
    assert merge_rust(tmp_path, tmp_path, "5", 1) == []
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "got"),
    [
        ({"pid": -1}, "a value that is not a whole number from 0 to 4294967295"),
        ({"pid": True}, "a value that is not a whole number"),
        ({"uri": None}, "a name or URI that is not a text"),
        ({"codspeed_iters_per_round": [0] * 6}, "a value that is not a whole number from 1 to"),
        ({"codspeed_time_per_round_ns": [1.5] * 6}, "a value that is not a whole number from 0 to"),
        ({"codspeed_time_per_round_ns": [1]}, "1 times and 6 numbers of iterations"),
        ({"codspeed_time_per_round_ns": [], "codspeed_iters_per_round": []}, "0 times and 0"),
        ({"codspeed_time_per_round_ns": 7}, "not iterable"),
    ],
)
def test_go_of_another_shape(tmp_path: Path, change: dict[str, Any], got: str) -> None:
    path = go_file(tmp_path, "aa", {**GO, **change})
    with pytest.raises(CodSpeedError) as caught:
        merge_go(tmp_path, "1")
    text = str(caught.value)
    assert f"the file {path} does not hold raw results of codspeed-go. Got: " in text
    assert got in text
    assert os.listdir(tmp_path) == ["raw_results"]


def test_go_without_a_field(tmp_path: Path) -> None:
    go_file(tmp_path, "aa", {key: value for key, value in GO.items() if key != "uri"})
    with pytest.raises(CodSpeedError, match="Got: no field 'uri'"):
        merge_go(tmp_path, "1")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(GO)), inner),
        max_leaves=8,
    )
)
@settings(max_examples=150)
def test_go_of_any_shape(tmp_path_factory: pytest.TempPathFactory, document: Any) -> None:
    profile = tmp_path_factory.mktemp("profile")
    path = go_file(profile, "aa", document)
    with pytest.raises(CodSpeedError) as caught:
        merge_go(profile, "1")
    assert str(path) in str(caught.value)


RUST = EXAMPLE["benchmarks"][0]
FOLDER = "target/codspeed/walltime/raw_results"


def test_rust(tmp_path: Path) -> None:
    workspace, profile = tmp_path / "ws", tmp_path / "profile"
    removed = {**RUST, "name": "removed", "stats": {**RUST["stats"], "min_ns": 0.0}}
    raw_file(workspace / FOLDER / "divan", "aa", removed, at=2)
    raw_file(workspace / FOLDER / "criterion", "zz", RUST, at=1)
    (workspace / FOLDER / "criterion/notes.txt").touch()
    assert merge_rust(workspace, profile, "5.0.1", 99) == ["removed"]
    (found,) = read_results(profile)
    assert found.name == "99.json"
    assert found.document == {
        "creator": {"name": "codspeed-rust", "version": "5.0.1", "pid": 99},
        "instrument": {"type": "walltime"},
        "benchmarks": [RUST, removed],
    }


def test_rust_before_version_3(tmp_path: Path) -> None:
    old = {"name": "b", "uri": "u", "iter_per_round": 2, "max_time_ns": None, "times_ns": [1, 2]}
    path = raw_file(tmp_path / FOLDER / "divan", "aa", old)
    with pytest.raises(CodSpeedError) as caught:
        merge_rust(tmp_path, tmp_path, "2.10.1", 1)
    assert f"the file {path} is of an old codspeed-rust" in str(caught.value)
    assert "Fix: update the crates" in str(caught.value)


def test_rust_of_another_shape(tmp_path: Path) -> None:
    path = raw_file(tmp_path / FOLDER / "divan", "aa", {**RUST, "stats": {}})
    with pytest.raises(CodSpeedError, match=r"Got: \.stats\.min_ns is missing") as caught:
        merge_rust(tmp_path, tmp_path, "5.0.1", 1)
    assert str(path) in str(caught.value)
