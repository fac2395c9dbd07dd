"""Windows of benchmarks, and samples folded into stacks."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from rules_codspeed.harvest.samples.fold import KERNEL, UNKNOWN, fold
from rules_codspeed.harvest.samples.windows import Window, Windows
from tests.capture.perf.recordings import SAMPLE, record
from tests.harvest.raw_runs import BIAS, LIBRARY_BIAS, PID, PYTHON_BIAS, RawRun, usual

MAIN, WORK, SIN, PYTHON = BIAS + 0x1000, BIAS + 0x1020, LIBRARY_BIAS + 0x1000, PYTHON_BIAS + 0x1000


def windows(uris: list[tuple[int, str]], *markers: tuple[str, int]) -> list[Window]:
    return Windows(uris, markers).windows


def test_sample_window() -> None:
    found = windows(
        [(30, "a"), (60, "b")],
        ("SampleStart", 10),
        ("SampleEnd", 20),
        ("SampleStart", 40),
        ("SampleEnd", 50),
    )
    assert found == [Window(10, 20, "a"), Window(40, 50, "b")]


@pytest.mark.parametrize("name", ["Round", "Benchmark"])
def test_rounds_within_the_window(name: str) -> None:
    found = windows(
        [(60, "a")],
        ("SampleStart", 10),
        ("SampleEnd", 50),
        # Arrive in any order, and later than they happened.
        (f"{name}Start", 12),
        (f"{name}Start", 30),
        (f"{name}End", 20),
        (f"{name}End", 55),
        (f"{name}Start", 70),
        (f"{name}End", 80),
    )
    assert found == [Window(12, 20, "a"), Window(30, 50, "a")]


def test_rounds_of_one_benchmark_do_not_hide_another() -> None:
    found = windows(
        [(30, "a"), (60, "b")],
        ("SampleStart", 10),
        ("BenchmarkStart", 12),
        ("BenchmarkEnd", 14),
        ("SampleEnd", 20),
        ("SampleStart", 40),
        ("SampleEnd", 50),
    )
    assert found == [Window(12, 14, "a"), Window(40, 50, "b")]


def test_a_window_that_ends_when_its_uri_arrives() -> None:
    found = windows(
        [(20, "a"), (40, "b")],
        ("SampleStart", 10),
        ("SampleEnd", 20),
        ("SampleStart", 20),
        ("SampleEnd", 40),
    )
    assert found == [Window(10, 20, "a"), Window(20, 40, "b")]


def test_several_windows_before_one_uri() -> None:
    found = windows(
        [(60, "a")], ("SampleStart", 10), ("SampleEnd", 20), ("SampleStart", 40), ("SampleEnd", 50)
    )
    assert found == [Window(10, 20, "a"), Window(40, 50, "a")]


def test_window_that_was_never_closed() -> None:
    assert windows([(60, "a")], ("SampleStart", 10)) == [Window(10, 60, "a")]
    assert windows([(5, "a")], ("SampleStart", 10)) == []
    assert windows([], ("SampleStart", 10), ("SampleEnd", 20)) == []
    assert windows([(60, "a")], ("SampleEnd", 20), ("RoundEnd", 5)) == []


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ab"))),
    st.lists(
        st.tuples(
            st.sampled_from(["SampleStart", "SampleEnd", "RoundStart", "RoundEnd"]),
            st.integers(0, 50),
        )
    ),
)
@settings(max_examples=200)
def test_windows_are_disjoint(uris: list[tuple[int, str]], markers: list[tuple[str, int]]) -> None:
    found = Windows(uris, markers)
    for one, after in zip(found.windows, found.windows[1:], strict=False):
        assert one.start <= one.end <= after.start
    for time in range(52):
        inside = [one.uri for one in found.windows if one.start <= time < one.end]
        assert inside == [uri for uri in [found.uri(time)] if uri is not None]


def folded(run: RawRun, profile: Path) -> dict[str, dict[tuple[str, ...], int]]:
    harvest(run.write(), profile, Log(io.StringIO()))
    return fold(profile)


def test_stacks(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    inside, outside = 1000150, 1000300
    for time, chain in [
        (inside, [WORK + 4, MAIN + 8]),
        (inside, [WORK + 5, MAIN + 8]),
        (inside, [SIN, WORK, MAIN]),
        (inside, []),
        (outside, [WORK, MAIN]),
    ]:
        run.recording.sample(PID, chain[0] if chain else 5, time, chain)
    assert folded(run, tmp_path / "profile") == {
        "a.py::b": {
            ("main", "work"): 2,
            # The return address is at the very end of its function.
            (UNKNOWN, "main", "sin"): 1,
            (UNKNOWN,): 1,
        }
    }


def test_interpreter_is_folded_away(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    run.add_map(PID, b"100 10 py::__codspeed_root_frame__:/x.py\n200 10 py::bench:/b.py\n")
    chain = [PYTHON + 4, 0x204, PYTHON + 4, 0x104, PYTHON + 4, MAIN + 4]
    run.recording.sample(PID, chain[0], 1000150, chain)
    run.recording.sample(PID, PYTHON, 1000150, [PYTHON, PYTHON + 0x24])
    assert folded(run, tmp_path / "profile") == {
        "a.py::b": {
            ("py::__codspeed_root_frame__:/x.py", "py::bench:/b.py"): 1,
            ("Py_Main", "_PyEval"): 1,
        }
    }


def test_kernel(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    run.recording.sample(PID, 0xFFFFFFFF81000000, 1000150, [WORK + 4, MAIN + 8])
    data = run.recording.data
    # The same sample, taken in kernel mode: misc 1 instead of 2.
    at = data.rindex(record(SAMPLE, b"")[:4])
    run.data = data[: at + 4] + b"\1\0" + data[at + 6 :]
    assert folded(run, tmp_path / "profile") == {"a.py::b": {("main", "work", KERNEL): 1}}


def test_benchmarks_by_uri(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    run.document["markers"] = [
        ["SampleStart", 1],
        ["SampleEnd", 9],
        ["SampleStart", 20],
        ["SampleEnd", 30],
    ]
    run.document["uri_by_ts"] = [[10, "z"], [31, "a"]]
    run.recording.sample(PID, MAIN, 5).sample(PID, WORK, 25).sample(PID, WORK, 26)
    assert folded(run, tmp_path / "profile") == {"a": {("work",): 2}, "z": {("main",): 1}}
