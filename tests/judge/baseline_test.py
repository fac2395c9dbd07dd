"""The checked-in baseline: what is in it, and what is refused."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.judge.accepted import Accepted
from rules_codspeed.judge.baseline import Baseline, baseline_text
from rules_codspeed.judge.baseline_reader import parse_baseline, read_baseline
from rules_codspeed.judge.update import main, new_baseline, update
from rules_codspeed.results.changes import Key, Recorded
from tests.judge.targets import FIND, SORT, SOURCE, config, write_config, write_target

TODAY = datetime.date(2026, 11, 25)
MEASURED = {SORT: {"sort": 8000, "swap": 2000, "tiny": 1}, FIND: {"find": 5000}}

_TEXT = st.text(max_size=20)
_KEYS: st.SearchStrategy[Key] = st.tuples(_TEXT, st.sampled_from(["simulation", "walltime"]), _TEXT)
_NUMBERS = st.integers(0, 10**18) | st.floats(0, 1e12)


@st.composite
def _baselines(draw: st.DrawFn) -> Baseline:
    keys = draw(st.lists(_KEYS, unique=True, max_size=5))
    conditions = draw(st.dictionaries(_TEXT, _TEXT, max_size=3))
    return Baseline(
        tuple(
            draw(
                st.lists(
                    st.builds(
                        Accepted,
                        st.text("ab", min_size=1),
                        st.text("ab", min_size=1),
                        _NUMBERS,
                        st.dates(),
                        st.text("ab", min_size=1),
                    ),
                    max_size=2,
                    unique_by=lambda line: (line.benchmark, line.metric),
                )
            )
        ),
        {
            key: Recorded(
                draw(st.dictionaries(_TEXT, _NUMBERS, max_size=3)),
                draw(st.lists(st.lists(st.floats(0, 1e9), max_size=3), max_size=2)),
                conditions,
            )
            for key in keys
        },
        {
            key: draw(
                st.dictionaries(
                    _TEXT, st.dictionaries(_TEXT, st.integers(0, 10**12), max_size=2), max_size=3
                )
            )
            for key in keys
        },
    )


@settings(max_examples=100)
@given(_baselines())
def test_what_is_written_is_read(baseline: Baseline) -> None:
    text = baseline_text(baseline)
    assert parse_baseline(text) == baseline
    assert baseline_text(parse_baseline(text)) == text


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["schema", "accepted", "targets", "label", "x"]), inner
            )
        ),
    )
)
def test_any_json_is_read_or_refused(document: object) -> None:
    with pytest.raises(DocumentError):
        parse_baseline(json.dumps(document))


def test_one_line_a_number(tmp_path: Path) -> None:
    text = baseline_text(new_baseline(config(tmp_path, MEASURED), Baseline(), TODAY))
    lines = text.splitlines()
    assert '      "Ir": 10001,' in lines
    assert '      "sort": {"Ir": 8000, "estimated_cycles": 8000},' in lines
    # It explains nothing.
    assert "tiny" not in text
    # Only metrics that are judged.
    assert "D1mr" not in text


def test_cycles_of_the_simulator_are_written_in_place_of_the_formula(tmp_path: Path) -> None:
    judged = config(tmp_path, MEASURED)
    (results,) = tmp_path.rglob("results.json")
    document = json.loads(results.read_text())
    document["benchmarks"][0]["metrics"]["Ct"] = 4200
    results.write_text(json.dumps(document))
    benchmarks = new_baseline(judged, Baseline(), TODAY).benchmarks
    found = {key[2]: sorted(one.metrics) for key, one in benchmarks.items()}
    first = document["benchmarks"][0]["uri"]
    assert found.pop(first) == ["Ct", "Ir"]
    assert list(found.values()) == [["Ir", "estimated_cycles"]]


_GOOD = baseline_text(
    Baseline(
        (Accepted(SORT, "Ir", 7, TODAY, "why"),),
        {("//a:b", "simulation", SORT): Recorded({"Ir": 5}, [[1.5]], {"cpu": "x"})},
        {("//a:b", "simulation", SORT): {"sort": {"Ir": 5}}},
    )
)


_METRIC = "targets[0].benchmarks.sort.cc::sort.metrics.Ir: "
_ROUND = "targets[0].benchmarks.sort.cc::sort.rounds_ns[0]"
_NUMBER = "Input should be a number from 0 to below 10^21"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('baseline/1"', 'baseline/2"', "schema: Input should be 'rules_codspeed.baseline/1'"),
        ('"Ir": 5\n', '"Ir": "5"\n', f"{_METRIC}{_NUMBER}, got '5'"),
        ('"Ir": 5\n', '"Ir": -5\n', f"{_METRIC}{_NUMBER}, got -5"),
        ('"Ir": 5\n', '"Ir": NaN\n', f"{_METRIC}NaN is not a number of JSON"),
        ('"Ir": 5\n', '"Ir": -Infinity\n', f"{_METRIC}-Infinity is not a number of JSON"),
        ('"Ir": 5\n', '"Ir": 1e308\n', f"{_METRIC}{_NUMBER}, got 1e+308"),
        ('"Ir": 5\n', f'"Ir": {"9" * 5000}\n', f"{_METRIC}a number of 5,000 digits"),
        ('"Ir": 5\n', '"Ir": true\n', f"{_METRIC}{_NUMBER}, got True"),
        ('"Ir": 5\n', '"Ir": 5, "Ir": 4\n', f"{_METRIC[:-5]}: the key 'Ir' occurs twice"),
        ("[[1.5]]", "[[1.5, null]]", f"{_ROUND}[1]: {_NUMBER}, got None"),
        ("[[1.5]]", "7", f"{_ROUND[:-3]}: Input should be a valid array, got 7"),
        ('{"Ir": 5}', '{"Ir": 5.5}', "functions.sort.Ir: Input should be a valid integer"),
        ('{"Ir": 5}', '{"Ir": -1}', "functions.sort.Ir: Input should be greater than or equal"),
        ('"reason": "why"', '"reason": " "', "accepted[0].reason: Input should be a text that"),
        ("2026-11-25", "soon", "accepted[0].until: Input should be a day such as 2027-01-31"),
        ('"2026-11-25"', "20261125", "accepted[0].until: Input should be a day such as 2027-01-31"),
        ('"most": 7', '"most": "7"', f"accepted[0].most: {_NUMBER}, got '7'"),
        ('"most": 7', '"most": Infinity', "accepted[0].most: Infinity is not a number of JSON"),
        ('"most": 7', '"most": NaN', "accepted[0].most: NaN is not a number of JSON"),
        ('"most": 7', '"most": -1', f"accepted[0].most: {_NUMBER}, got -1"),
        ('"most": 7', '"most": 7, "most": 8', "accepted[0]: the key 'most' occurs twice"),
        ('"metric": "Ir", ', "", "accepted[0].metric: Field required"),
        ('"label": "//a:b"', '"label": [1]', "targets[0].label: Input should be a valid string"),
        ('"simulation"', '"simulatoin"', "targets[0].mode: Input should be one of simulation, "),
        ('"mode"', '"moode"', "targets[0].mode: Field required"),
        ("{", "", "the document: not JSON: "),
        ("{", "[" * 100_000, "the document: more than 127 levels"),
        ("}\n", "", "the document: not JSON: "),
        ('"cpu": "x"', '"cpu": 1', "targets[0].conditions.cpu: Input should be a valid string"),
        ('"cpu": "x"', '"cpu": "\udcff"', "the document: not JSON: byte "),
    ],
)
def test_damage_is_one_error_with_file_place_and_reason(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in _GOOD
    path = tmp_path / "x.json"
    path.write_bytes(_GOOD.replace(old, new, 1).encode("utf-8", "surrogateescape"))
    with pytest.raises(CodSpeedError) as error:
        read_baseline(path, SOURCE)
    assert str(error.value).startswith(f"the baseline {SOURCE} cannot be used. Got: ")
    assert fault in error.value.got
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("list_name", "fault"),
    [
        ("accepted", f"accepted: Ir of {SORT} is accepted twice"),
        ("targets", "targets: the target //a:b (simulation) occurs twice"),
    ],
)
def test_what_a_bad_merge_lists_twice_is_refused(list_name: str, fault: str) -> None:
    document = json.loads(_GOOD)
    document[list_name] *= 2
    with pytest.raises(DocumentError, match=re.escape(fault)):
        parse_baseline(json.dumps(document))


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to(path)])
def test_no_regular_file_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "x.json")
    with pytest.raises(CodSpeedError, match=r"^the baseline .* cannot be used\. Got: "):
        read_baseline(tmp_path / "x.json", SOURCE)


@settings(max_examples=300)
@given(st.data())
def test_any_damage_is_one_error_or_none(data: st.DataObject) -> None:
    """Bytes of a good baseline, cut, replaced or doubled."""
    content = _GOOD.encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 40, len(content))))
    middle = data.draw(
        st.binary(max_size=4)
        | st.sampled_from([b"NaN", b"-Infinity", b"1e400", b"9" * 5000, b"null", b"[" * 5000])
    )
    with contextlib.suppress(DocumentError):
        baseline = parse_baseline(content[:start] + middle + content[end:])
        # What is read can be written, and reads equal.
        assert parse_baseline(baseline_text(baseline)) == baseline


def _workspace(folder: Path) -> Path:
    (folder / "pkg").mkdir(parents=True)
    return folder


def test_update_writes_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = _workspace(tmp_path / "workspace")
    now = config(tmp_path / "now", MEASURED)
    assert update(now, workspace, TODAY) == 0
    file = workspace / SOURCE
    written = file.read_bytes()
    assert list(file.parent.iterdir()) == [file]
    assert update(now, workspace, TODAY) == 0
    assert file.read_bytes() == written
    assert "holds the numbers of now already" in capsys.readouterr().out


def test_update_keeps_lines_that_accept_something(tmp_path: Path) -> None:
    old = Baseline(
        (
            Accepted(SORT, "Ir", 7, TODAY, "valid"),
            Accepted(SORT, "Ir", 7, TODAY - datetime.timedelta(days=1), "expired"),
            Accepted("gone", "Ir", 7, TODAY, "of a benchmark that is gone"),
        )
    )
    new = new_baseline(config(tmp_path, MEASURED), old, TODAY)
    assert [line.reason for line in new.accepted] == ["valid"]


def test_update_refuses_to_replace_what_it_cannot_read(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path / "workspace")
    (workspace / SOURCE).write_text("mine")
    with pytest.raises(CodSpeedError, match="cannot be used"):
        update(config(tmp_path / "now", MEASURED), workspace, TODAY)
    assert (workspace / SOURCE).read_text() == "mine"


def test_update_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError, match="judges nothing"):
        update(config(tmp_path / "now", {}), _workspace(tmp_path / "workspace"), TODAY)


def test_update_outside_of_bazel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY", raising=False)
    path = write_config(tmp_path, [write_target(tmp_path, MEASURED)])
    assert main(["--config", str(path), "--runfiles", str(tmp_path)]) == 1
    assert "no source tree to write to" in capsys.readouterr().err


def test_many_rounds_become_few(tmp_path: Path) -> None:
    from rules_codspeed.judge.measured import read_measured
    from rules_codspeed.results.model import SCHEMA, Benchmark, Results
    from tests.results.walltime_provenance import WALLTIME_PROVENANCE

    now = config(tmp_path, MEASURED, how=WALLTIME_PROVENANCE)
    times = [float(number) for number in range(1000)]
    benchmark = Benchmark(SORT, "//pkg:bench", "walltime", {"median_ns": 500.0}, [times])
    now.targets[0].results.write_text(Results(SCHEMA, [benchmark], [WALLTIME_PROVENANCE]).to_json())
    (recorded,) = read_measured(now.targets).benchmarks.values()
    (kept,) = recorded.rounds_ns
    assert len(kept) == 50
    assert (kept[0], kept[-1]) == (0.0, 999.0)
