"""Damage: one file of the raw run at a time; it is named, and the others are harvested."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from tests.capture.elf.elf_files import ElfImage
from tests.harvest.raw_runs import (
    BIAS,
    LIBRARY,
    PROGRAM,
    PYTHON,
    RawRun,
    content,
    full,
    harvested,
    image,
    metadata,
)


@pytest.mark.parametrize("damage", ["empty", "cut", "noise", "missing"])
@pytest.mark.parametrize(
    ("file", "name", "lost"),
    [
        ("objects/0/a.out", PROGRAM, ["0__a.out.symbols.map", "0__a.out.unwind_data"]),
        ("objects/1/libm.so.6", LIBRARY, ["1__libm.so.6.symbols.map"]),
        ("maps/jit-4242.dump", "jit-4242.dump", ["3__m.py.unwind_data"]),
    ],
)
def test_damaged_file_is_named_and_the_rest_is_there(
    tmp_path: Path, damage: str, file: str, name: str, lost: list[str]
) -> None:
    run = full(tmp_path / "raw")
    victim = run.folder / file
    data = victim.read_bytes()
    if damage == "missing":
        victim.unlink()
    else:
        cut = {"empty": b"", "cut": data[:30], "noise": b"\x7fELF" + b"\xff" * 200}
        victim.write_bytes(cut[damage])
    summary, warnings = harvested(run, tmp_path / "profile")
    assert summary.metadata
    assert len(warnings) == 1
    assert name in warnings[0]
    found = content(tmp_path / "profile")
    assert not set(lost) & set(found)
    modules = {PROGRAM, LIBRARY, PYTHON} - {name}
    assert modules <= set(metadata(tmp_path / "profile")["path_key_to_path"].values())
    assert ("1 1 f\n" in found["perf-4242.map"].decode()) == (name != "perf-4242.map")


def test_missing_map_is_named(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    (run.folder / "maps/perf-4242.map").unlink()
    summary, (warning,) = harvested(run, tmp_path / "profile")
    assert summary.metadata
    assert warning.startswith("perf-4242.map is missing in the profile: ")
    assert (tmp_path / "profile/perf-4242.map").read_text() == "7f0000001000 b py::f:/a/m.py\n"


@pytest.mark.parametrize("name", ["results/4242.json", "environment-4242.json"])
def test_damaged_results_are_copied_and_named(tmp_path: Path, name: str) -> None:
    run = full(tmp_path / "raw")
    run.add(name, b'{"benchmarks": [')
    summary, (warning,) = harvested(run, tmp_path / "profile")
    assert summary.metadata
    assert warning.startswith(f"{name} is copied as it is, with a fault: not JSON: ")
    assert (tmp_path / "profile" / name).read_bytes() == b'{"benchmarks": ['


@pytest.mark.parametrize("version", ["4.10.6", "5.0.2"])
@pytest.mark.parametrize(
    "data", [b"", b"PERFILE2", b"no recording at all", b"PERFILE2" + b"\xff" * 99]
)
def test_damaged_recording_leaves_no_metadata(tmp_path: Path, version: str, data: bytes) -> None:
    run = full(tmp_path / "raw")
    run.document["runner_version"] = version
    run.data = data
    summary, (warning,) = harvested(run, tmp_path / "profile")
    assert not summary.metadata
    assert warning.startswith("nothing is harvested from the recording: perf.pipedata: damaged at ")
    found = content(tmp_path / "profile")
    assert found["perf.pipedata"] == data
    assert sorted(found) == [
        "ExecutionTimestamps.msgpack",
        "environment-4242.json",
        "perf.pipedata",
        "results/4242.json",
    ]


def test_damaged_debug_file_does_not_hide_the_symbols(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    run.add("objects/9/a.debug", b"\x7fELF")
    run.document["debug_files"][PROGRAM] = "objects/9/a.debug"
    _, (warning,) = harvested(run, tmp_path / "profile")
    assert f"the debug file of {PROGRAM}" in warning
    assert (tmp_path / "profile/0__a.out.symbols.map").read_text().startswith("1000 20 main")


@pytest.mark.parametrize(
    ("version", "text"),
    [("4.14.0", "1000 20 main\n"), ("4.15.0", "1000 20 main\n1100 40 from_debug_file\n")],
)
def test_symbols_of_a_separate_debug_file(tmp_path: Path, version: str, text: str) -> None:
    run = RawRun(tmp_path / "raw", {"runner_version": version})
    run.add_object(PROGRAM, image(b"main"))
    run.map(PROGRAM, BIAS)
    debug = ElfImage(symbols=[*image(b"main").symbols])
    debug.symbols = [
        *debug.symbols,
        debug.symbols[0]._replace(value=0x1100, size=0x40, name=b"from_debug_file"),
    ]
    run.add_object("debug", debug, "objects/9/a.debug")
    run.document["debug_files"][PROGRAM] = "objects/9/a.debug"
    del run.document["objects"]["debug"]
    harvested(run, tmp_path / "profile")
    assert (tmp_path / "profile/0__a.out.symbols.map").read_text() == text


def test_profile_folder_must_be_empty(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile/old").touch()
    with pytest.raises(CodSpeedError, match="of //pkg:bench is not empty"):
        harvested(run, tmp_path / "profile")
