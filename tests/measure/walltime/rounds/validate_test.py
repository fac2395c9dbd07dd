"""Results of integrations (spec: walltime 6.2, 6.4), and files that are not results."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.walltime.rounds.json_files import read_json
from rules_codspeed.measure.walltime.rounds.results_document import (
    Creator,
    Limits,
    benchmark_entry,
    results_json,
    write_results,
)
from rules_codspeed.measure.walltime.rounds.round_statistics import EXEC_HARNESS, statistics_of
from rules_codspeed.measure.walltime.rounds.validate import ResultsFile
from rules_codspeed.measure.walltime.rounds.validate import read_results as read
from tests.measure.walltime.example import EXAMPLE

EMPTY = {**EXAMPLE, "benchmarks": []}


def written(folder: Path, **documents: Any) -> str:
    (folder / "results").mkdir()
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / "results" / f"{name}.json").write_text(text)
    return str(folder)


def read_results(profile: str, allow_empty: bool = False) -> list[ResultsFile]:
    with UntrustedFolder(profile) as folder:
        return read(folder, allow_empty)


def failure(profile: str, allow_empty: bool = False) -> str:
    with pytest.raises(CodSpeedError) as caught:
        read_results(profile, allow_empty)
    return str(caught.value)


def test_written_as_the_example(tmp_path: Path) -> None:
    statistics = statistics_of(EXEC_HARNESS, [6000, 3000, 1000, 2000, 4000], [10] * 5, 12)
    limits = Limits(warmup_time_ns=1_000_000_000, max_time_ns=3_000_000_000)
    entry = benchmark_entry("b", "a.py::b", statistics, limits)
    document = results_json(Creator("my-harness", "1.2.3", 12345), [entry])
    assert document == EXAMPLE
    assert json.dumps(document) == json.dumps(EXAMPLE)
    with UntrustedFolder(str(tmp_path)) as profile:
        assert write_results(profile, document) == "results/12345.json"
    assert read_results(str(tmp_path)) == [("12345.json", EXAMPLE)]


def test_several_files_and_others(tmp_path: Path) -> None:
    profile = written(tmp_path, b=EXAMPLE, a={**EXAMPLE, "python": {"further": [1]}})
    for name in (".gitignore", "notes.txt", ".json"):
        (tmp_path / "results" / name).write_text("*")
    assert [file.name for file in read_results(profile)] == ["a.json", "b.json"]


def test_nothing(tmp_path: Path) -> None:
    text = failure(str(tmp_path))
    assert f"the benchmark measured nothing. Got: no folder {tmp_path}/results." in text
    assert "Fix: run the benchmarks through a CodSpeed integration for walltime" in text
    assert read_results(str(tmp_path), allow_empty=True) == []
    (tmp_path / "results").mkdir()
    (tmp_path / "results/x.txt").touch()
    assert f"Got: no file *.json in {tmp_path}/results." in failure(str(tmp_path))
    assert read_results(str(tmp_path), allow_empty=True) == []


def test_empty_file_beside_a_full_one(tmp_path: Path) -> None:
    profile = written(tmp_path, a=EXAMPLE, b=EMPTY, c=EMPTY)
    assert f"Got: an empty list of benchmarks in {profile}/results/b.json." in failure(profile)
    allowed = read_results(profile, allow_empty=True)
    assert [len(file.document["benchmarks"]) for file in allowed] == [1, 0, 0]


@pytest.mark.parametrize(
    ("path", "value", "got"),
    [
        ("", [], "is a list. Expected: an object"),
        ("creator", None, ".creator is null. Expected: an object"),
        ("creator.pid", -1, ".creator.pid is -1. Expected: an unsigned integer of 32 bits"),
        ("creator.pid", 1 << 32, ".creator.pid is 4294967296. Expected"),
        ("creator.name", 3, ".creator.name is 3. Expected: a text"),
        ("instrument.type", ..., ".instrument.type is missing. Expected: that field"),
        ("benchmarks", {}, ".benchmarks is an object. Expected: a list"),
        ("benchmarks.0", "x", "benchmarks[0] is a text. Expected: an object"),
        ("benchmarks.0.uri", ..., "benchmarks[0].uri is missing"),
        ("benchmarks.0.config", ..., "benchmarks[0].config is missing"),
        ("benchmarks.0.config.max_rounds", 1.5, "].config.max_rounds is 1.5. Expected: an unsign"),
        ("benchmarks.0.config.max_time_ns", "1", "max_time_ns is a text. Expected: a number or n"),
        ("benchmarks.0.stats.min_ns", True, "stats.min_ns is True. Expected: a number"),
        ("benchmarks.0.stats.min_ns", None, "stats.min_ns is null. Expected: a number"),
        ("benchmarks.0.stats.rounds", 5.0, "stats.rounds is 5.0. Expected: an unsigned integer"),
        ("benchmarks.0.stats.rounds", 1 << 64, "stats.rounds is 18446744073709551616. Expected"),
        ("benchmarks.0.stats.warmup_iters", ..., "stats.warmup_iters is missing"),
    ],
)
def test_other_shapes(tmp_path: Path, path: str, value: Any, got: str) -> None:
    """An error even where empty results are allowed."""
    root: dict[str, Any] = {"document": copy.deepcopy(EXAMPLE)}
    *parents, last = ["document", *filter(None, path.split("."))]
    place: Any = root
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    profile = written(tmp_path, x=root["document"])
    for allow_empty in (False, True):
        text = failure(profile, allow_empty)
        assert f"the file {profile}/results/x.json does not have the shape of walltime res" in text
        assert got in text


def test_optional_fields(tmp_path: Path) -> None:
    document = copy.deepcopy(EXAMPLE)
    document["benchmarks"][0]["config"] = {}
    document["benchmarks"][0]["stats"]["min_ns"] = 100
    assert len(read_results(written(tmp_path, x=document))) == 1


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "Expecting value"),
        ('{"a": 1', "Expecting ',' delimiter"),
        ("[" * 100_000, "more than 127 levels"),
        ("[" * 128 + "]" * 128, "more than 127 levels"),
        ('{"a": NaN}', "a: NaN is not a number of JSON"),
        ('{"a": 1e999}', "1e999 is too large a number"),
        ('{"a": ' + "9" * 5000 + "}", "a number of 5,000 digits"),
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        ('{"a": "\\ud800"}', "half of a"),
        ("\ufeff{}", "BOM"),
    ],
)
def test_no_json(tmp_path: Path, text: str, got: str) -> None:
    profile = written(tmp_path, x=text)
    message = failure(profile)
    assert f"the file {profile}/results/x.json cannot be read. Got: " in message
    assert got in message
    what = "a regular file with results of a CodSpeed integration"
    assert f"Expected: {what}, as JSON of up to 64 MB" in message


def test_no_unicode(tmp_path: Path) -> None:
    profile = written(tmp_path, x="")
    (tmp_path / "results/x.json").write_bytes(b'{"a": "\xff"}')
    assert "byte 7 is not UTF-8" in failure(profile)


def test_no_regular_file(tmp_path: Path) -> None:
    profile = written(tmp_path)
    os.mkfifo(tmp_path / "results/x.json")
    assert "it is not a regular file" in failure(profile)


def test_too_long(tmp_path: Path) -> None:
    profile = written(tmp_path, x="")
    with (tmp_path / "results/x.json").open("wb") as file:
        file.truncate(65 << 20)
    assert "it has 68,157,440 bytes" in failure(profile)


def test_too_many_files(tmp_path: Path) -> None:
    profile = written(tmp_path)
    for i in range(10_001):
        (tmp_path / f"results/{i}.json").touch()
    assert "the program wrote too many files of results. Got: 10001 in" in failure(profile)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
@settings(max_examples=150)
def test_any_json(tmp_path_factory: pytest.TempPathFactory, document: Any) -> None:
    folder = tmp_path_factory.mktemp("profile")
    failure(written(folder, x=document), allow_empty=True)


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    folder = UntrustedFolder(str(path.parent))
    try:
        expected = json.loads(data)
    except (ValueError, RecursionError):
        expected = None
    try:
        with folder:
            assert read_json(folder, "any", "anything") == expected
    except CodSpeedError as error:
        message = str(error)
    else:
        return
    assert f"the file {path} cannot be read" in message
