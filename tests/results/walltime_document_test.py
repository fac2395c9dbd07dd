"""Walltime documents: every field of the specification is checked, and nothing else."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.results.readers.walltime_document import (
    parse_timings,
    parse_walltime,
)
from rules_codspeed.results.walltime_metrics import ALL
from tests.results.walltime_documents import STATS, benchmark, document, run, walltime_json


def test_whole_document() -> None:
    (timing,) = parse_timings(document(benchmark("a.py::b")), "results/1.json")
    assert timing.uri == "a.py::b"
    assert timing.place == (
        "results/1.json of my-harness 1.2.3, process 12345: benchmarks[0] ('a.py::b')"
    )
    assert timing.metrics == {
        "median_ns": 300.0,
        "mean_ns": 320.0,
        "stdev_ns": 192.35384061671346,
        "min_ns": 100.0,
        "max_ns": 600.0,
        "q1_ns": 150.0,
        "q3_ns": 500.0,
        "rounds": 5,
        "iterations": 10,
        "warmup_iterations": 12,
        "iqr_outliers": 2,
        "stdev_outliers": 1,
        "total_ns": 16000,
    }
    assert tuple(timing.metrics) == ALL[: len(timing.metrics)]
    assert timing.measured


def test_walltime_json() -> None:
    first = run(
        document(benchmark("a::x"), pid=1),
        document(benchmark("a::y"), pid=2),
        rounds_ns={"a::x": [1, 2.5], "a::y": []},
    )
    found = parse_walltime(walltime_json([first, run(document())], chosen=1))
    assert found.chosen == 1
    assert [[one.uri for one in each.timings] for each in found.runs] == [["a::x", "a::y"], []]
    assert found.runs[0].rounds_ns == {"a::x": [1, 2.5]}
    assert found.runs[0].empty == []
    assert found.runs[1].empty == [
        "processes[1].results[0] of my-harness 1.2.3, process 12345",
    ]


@pytest.mark.parametrize("config", [{}, {"max_rounds": 3, "new": "x"}, {"max_time_ns": None}])
def test_config_may_be_empty(config: dict[str, object]) -> None:
    one = {**benchmark("a::b"), "config": config}
    assert len(parse_timings(document(one), "it")) == 1


def changed(path: str, value: object) -> dict[str, Any]:
    """Returns a document with one field changed, or removed by an Ellipsis."""
    made = copy.deepcopy(document(benchmark("a::b")))
    *parents, last = path.split(".")
    target: Any = made
    for key in parents:
        target = target[int(key) if key.isdigit() else key]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return made


TEXTS = ["creator.name", "creator.version", "instrument.type", "benchmarks.0.name"]
TIMES = [name for name in STATS if name.endswith("_ns")]
COUNTS = [name for name in STATS if name.endswith(("rounds", "_iters", "per_round"))]
OBJECTS = ["creator", "instrument", "benchmarks.0.config", "benchmarks.0.stats"]


def refused(made: dict[str, Any]) -> str:
    with pytest.raises(DocumentError) as caught:
        parse_timings(made, "it")
    assert len(str(caught.value)) < 300
    return str(caught.value)


@pytest.mark.parametrize("path", [*TEXTS, "benchmarks.0.uri"])
@pytest.mark.parametrize("value", [..., None, 3, [], "\udc80"])
def test_texts(path: str, value: object) -> None:
    message = refused(changed(path, value))
    assert path.rpartition(".")[2] in message
    assert message.endswith((" is missing", ", not Unicode text"))


@pytest.mark.parametrize("path", OBJECTS)
@pytest.mark.parametrize("value", [..., None, 3, "x", []])
def test_objects(path: str, value: object) -> None:
    message = refused(changed(path, value))
    assert path.rpartition(".")[2] in message
    assert message.endswith((" is missing", ", not an object"))


@pytest.mark.parametrize("value", [..., None, {}, "x", 0])
def test_list_of_benchmarks(value: object) -> None:
    assert "benchmarks is " in refused(changed("benchmarks", value))
    assert "benchmarks[0] is " in refused(changed("benchmarks", [value if value != {} else 1]))


@pytest.mark.parametrize("field", [*TIMES, "total_time"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (..., "is missing"),
        (None, "is missing"),
        (math.nan, "is nan, not a finite number"),
        (math.inf, "is inf, not a finite number"),
        (-math.inf, "is -inf, not a finite number"),
        (True, "is True, not a finite number"),
        ("1", "is '1', not a finite number"),
        (10**400, "not a finite number"),
        (1e19, "is 1e+19, not a time that a benchmark can take"),
        (-1e19, "is -1e+19, not a time that a benchmark can take"),
    ],
)
def test_times(field: str, value: object, shown: str) -> None:
    message = refused(changed(f"benchmarks.0.stats.{field}", value))
    assert message.startswith(
        "it of my-harness 1.2.3, process 12345: benchmarks[0] ('a::b').stats."
    )
    assert f".stats.{field} is " in message
    assert message.endswith(shown)


@pytest.mark.parametrize("field", [*TIMES, "total_time"])
def test_only_an_extrapolated_quartile_is_negative(field: str) -> None:
    """`statistics.quantiles` of 1000 and 100 ns gives -125 ns, which pytest-codspeed writes."""
    made = changed(f"benchmarks.0.stats.{field}", -125.0)
    if field == "q1_ns":
        assert parse_timings(made, "it")[0].metrics["q1_ns"] == 0
    else:
        assert refused(made).endswith("is -125.0, not a time that a benchmark can take")


@pytest.mark.parametrize("field", COUNTS)
@pytest.mark.parametrize("value", [..., None, -1, 1.0, True, "1", 2**64, math.nan])
def test_counts(field: str, value: object) -> None:
    message = refused(changed(f"benchmarks.0.stats.{field}", value))
    assert f".stats.{field} is " in message
    assert message.endswith(("is missing", ", not an unsigned number of 64 bits"))


@pytest.mark.parametrize("value", [..., None, -1, 2**32, "1", 1.5, False])
def test_process(value: object) -> None:
    assert "creator.pid is " in refused(changed("creator.pid", value))


@pytest.mark.parametrize(
    ("field", "value"),
    [("max_rounds", 1.5), ("max_rounds", -1), ("max_time_ns", "1s"), ("warmup_time_ns", math.nan)],
)
def test_config(field: str, value: object) -> None:
    assert f".config.{field} is " in refused(changed(f"benchmarks.0.config.{field}", value))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the document: not JSON: "),
        ("[" * 100_000, "the document: more than 127 levels"),
        (b"\xff\xff", "the document: not JSON: "),
        ('{"schema": 1' + "0" * 5000 + "}", "schema: a number of 5,001 digits"),
        ("[]", "the document is a list, not an object"),
        ("{}", "missing field chosen"),
        (walltime_json([run()], schema=2), "field schema is 2, not 1"),
        (walltime_json([run()], schema=True), "field schema is True, not 1"),
        (walltime_json([run()], processes=3), "field processes is 3, not a list"),
        (walltime_json([]), "field chosen is 0, but processes has 0 entries"),
        (walltime_json([run()], chosen=1), "field chosen is 1, but processes has 1 entries"),
        (walltime_json([run()], chosen=-1), "field chosen is -1, but processes has 1 entries"),
        (walltime_json([{}]), "missing field processes[0].results"),
        (walltime_json([{"results": []}]), "missing field processes[0].rounds_ns"),
        (walltime_json([run(), run({})]), "processes[1].results[0]: creator is missing"),
        (
            walltime_json([run(document(benchmark("a::b")), rounds_ns={"c": [1]})]),
            "processes[0].rounds_ns has 'c', which no document measured",
        ),
        (
            walltime_json([run(document(benchmark("a::b")), rounds_ns={"a::b": 3})]),
            "field processes[0].rounds_ns.a::b is 3, not a list",
        ),
        (
            walltime_json([run(document(benchmark("a::b")), rounds_ns={"a::b": [1, -2.0]})]),
            "processes[0].rounds_ns of 'a::b'[1] is -2.0, not a time that a benchmark can take",
        ),
    ],
)
def test_faults_of_walltime_json(text: str | bytes, fault: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_walltime(text)
    assert str(caught.value).startswith(fault)


def test_zeros_are_not_measured() -> None:
    times = dict.fromkeys(TIMES, 0)
    for stats, measured in [
        ({"rounds": 0}, False),
        (times, False),
        ({**times, "max_ns": 1}, True),
    ]:
        (timing,) = parse_timings(document(benchmark("a::b", **stats)), "it")
        assert timing.measured is measured


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
PATHS = [
    *TEXTS,
    *OBJECTS,
    "creator.pid",
    "benchmarks",
    "benchmarks.0.uri",
    *(f"benchmarks.0.stats.{name}" for name in STATS),
]


@settings(max_examples=200)
@given(st.sampled_from(PATHS), JSON)
def test_any_value_is_read_or_refused(path: str, value: object) -> None:
    text = walltime_json([run(changed(path, value))])
    try:
        found = parse_walltime(text)
    except DocumentError:
        return
    for timing in found.runs[0].timings:
        assert all(math.isfinite(number) for number in timing.metrics.values())
        json.dumps(timing.metrics, allow_nan=False)
        timing.uri.encode()
