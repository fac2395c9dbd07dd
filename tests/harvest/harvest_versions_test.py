"""Whole harvests by version: what differs between the layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.harvest.elf.unwind_data import READERS, decode_unwind_data
from rules_codspeed.harvest.pipeline import Summary
from tests.harvest.jit_dumps import vector
from tests.harvest.raw_runs import (
    BIAS,
    CHILD,
    LIBRARY,
    LIBRARY_BIAS,
    PID,
    PROGRAM,
    PYTHON,
    PYTHON_BIAS,
    RawRun,
    content,
    harvested,
    image,
    metadata,
    usual,
)

VERSIONS = ("4.10.6", "4.11.0", "4.15.1", "4.16.2", "4.17.4", "4.17.6", "5.0.2")


def test_newest_layout(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    run.add_object("/opt/frames_only", image(b"f", header=False))
    run.map("/opt/frames_only", 0x600000000000)
    run.add_dump(PID, vector())
    harvested(run, tmp_path / "profile")
    found = content(tmp_path / "profile")
    assert "perf.metadata" not in found
    document = metadata(tmp_path / "profile")
    assert [next(iter(one)) for one in document["markers"]] == [
        "SampleStart",
        "RoundStart",
        "RoundEnd",
        "SampleEnd",
    ]
    assert b"\xaaRoundStart" in found["ExecutionTimestamps.msgpack"]
    jit = found["4__m.py.unwind_data"]
    assert (len(jit), jit[:4].hex()) == (99, "03000000")
    frames = decode_unwind_data(found["0__frames_only.unwind_data"], "", READERS[4])
    assert (frames.version, frames.data.eh_frame_hdr, frames.data.eh_frame) == (4, None, b"frames")


def test_header_was_required_before(tmp_path: Path) -> None:
    run = RawRun(tmp_path / "raw", {"runner_version": "4.17.5"})
    run.add_object(PROGRAM, image(b"f", header=False))
    run.map(PROGRAM, BIAS)
    harvested(run, tmp_path / "profile")
    assert "0__a.out.symbols.map" in content(tmp_path / "profile")
    assert "0__a.out.unwind_data" not in content(tmp_path / "profile")
    assert "mapped_process_unwind_data_by_pid" not in metadata(tmp_path / "profile")


def test_old_layout_is_by_process(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw", "4.10.6")
    run.map(LIBRARY, LIBRARY_BIAS + 0x100000, time=12)
    run.map(PROGRAM, BIAS, pid=7)
    run.add_map(PID, b"7e0000000000 10 py::g:/a/n.py\n")
    run.add_dump(PID, vector())
    profile = tmp_path / "profile"
    assert harvested(run, profile) == (Summary("//pkg:bench", "4.10.6", 3, 2, True), [])
    found = content(profile)
    lines = found["perf-4242.map"].decode().splitlines()
    assert lines[:2] == ["7e0000000000 10 py::g:/a/n.py", "7f0000001000 b py::f:/a/m.py"]
    assert lines[2:4] == ["555555555000 20 main", "555555555020 20 work"]
    assert lines[-1] == "7f0000001000 20 sin"
    assert found["perf-7.map"] == b"555555555000 20 main\n555555555020 20 work\n"
    assert sorted(name for name in found if name.endswith("unwind_data")) == [
        "4242_555555555000_555555556000_0.unwind_data",
        "4242_560000001000_560000002000_0.unwind_data",
        "4242_7f0000001000_7f000000100b_101.unwind_data",
        "4242_7f0000001000_7f0000002000_0.unwind_data",
        "4242_7f0000101000_7f0000102000_0.unwind_data",
        "7_555555555000_555555556000_0.unwind_data",
    ]
    jit = found["4242_7f0000001000_7f000000100b_101.unwind_data"]
    unwind = decode_unwind_data(jit, "", READERS[2])
    assert unwind.version == 2
    assert unwind.mapping == (101, (0x7F0000001000, 0x7F000000100B), 0)
    assert list(metadata(profile, "perf.metadata").items()) == [
        ("version", 1),
        ("integration", ["pytest-codspeed", "5.0.4"]),
        ("uri_by_ts", [[1000900, "a.py::b"]]),
        ("ignored_modules", [[PYTHON, PYTHON_BIAS + 0x1000, PYTHON_BIAS + 0x2000]]),
        (
            "markers",
            [
                {"SampleStart": 1000000},
                {"BenchmarkStart": 1000100},
                {"BenchmarkEnd": 1000200},
                {"SampleEnd": 1000800},
            ],
        ),
        ("debug_info_by_pid", {"4242": [], "7": []}),
    ]


@pytest.mark.parametrize(
    ("version", "processes"), [("4.16.1", ["4242"]), ("4.16.2", ["4242", "4300"])]
)
def test_forked_child(tmp_path: Path, version: str, processes: list[str]) -> None:
    run = usual(tmp_path / "raw", version)
    run.recording.fork(CHILD, PID, 20)
    run.add_map(CHILD, b"1 1 child\n")
    harvested(run, tmp_path / "profile")
    document = metadata(tmp_path / "profile")
    assert list(document["mapped_process_module_symbols"]) == processes
    assert (tmp_path / "profile" / "perf-4300.map").read_bytes() == b"1 1 child\n"


@pytest.mark.parametrize(
    ("version", "modules"), [("4.17.3", [BIAS, PYTHON_BIAS, LIBRARY_BIAS]), ("4.17.4", [0x1000])]
)
def test_program_run_by_a_child(tmp_path: Path, version: str, modules: list[int]) -> None:
    run = usual(tmp_path / "raw", version)
    run.recording.fork(CHILD, PID, 20).comm(CHILD, b"other", 30)
    if version == "4.17.4":
        run.map(PROGRAM, 0x1000, CHILD, 40)
    harvested(run, tmp_path / "profile")
    mapped = metadata(tmp_path / "profile")["mapped_process_module_symbols"]["4300"]
    assert [one["load_bias"] for one in mapped] == modules


@pytest.mark.parametrize("version", VERSIONS)
def test_same_bytes_every_time(tmp_path: Path, version: str) -> None:
    run = usual(tmp_path / "raw", version)
    run.recording.fork(CHILD, PID, 20)
    run.map(LIBRARY, 0x7E0000000000, CHILD, 30)
    run.add_map(PID, b"1 1 f\n")
    run.add_dump(CHILD, vector())
    run.add_dump(PID, vector())
    harvested(run, tmp_path / "one")
    harvested(run, tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")
