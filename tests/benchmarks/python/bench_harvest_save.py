"""What the harvest writes: functions of a jit dump, the metadata, and their way back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.contract.perf_map import Symbol, read_perf_map
from rules_codspeed.contract.timestamps import encode_timestamps
from rules_codspeed.harvest.debug_info import DebugInfo
from rules_codspeed.harvest.elf.symbols import symbols_map
from rules_codspeed.harvest.jit.jit_dump import JitFunction, read_jit_dump
from rules_codspeed.harvest.layout import layout_of
from rules_codspeed.harvest.metadata import (
    MappedModule,
    MappedUnwind,
    Metadata,
    ModuleDebugInfo,
    write_metadata,
)
from rules_codspeed.harvest.save import Saver
from tests.harvest.jit_dumps import header, load, unwinding

FUNCTIONS = 300
INFOS = 2000


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    records = [header()]
    for number in range(FUNCTIONS):
        name = b"py::function_%d:/srv/app/module_%d.py" % (number, number % 20)
        records += [
            unwinding(number, bytes(68), 20),
            load(number, 0x7F0000000000 + 256 * number, name, b"\x90" * 200),
        ]
    file = tmp_path / "jit-4242.dump"
    file.write_bytes(b"".join(records))
    return file


def test_read_jit_dump(benchmark: BenchmarkFixture, dump: Path) -> None:
    assert len(benchmark(lambda: read_jit_dump(dump, "jit.dump")).functions) == FUNCTIONS


def test_save_jit(benchmark: BenchmarkFixture, dump: Path, tmp_path: Path) -> None:
    functions: dict[int, list[JitFunction]] = {4242: read_jit_dump(dump, "jit.dump").functions[:50]}
    layout = layout_of("5.0.2")

    def save() -> Saver:
        saver = Saver(tmp_path, layout, [])
        saver.save_jit(functions)
        return saver

    benchmark(save)
    assert len(list(tmp_path.glob("*.unwind_data"))) == 50


def test_write_metadata(benchmark: BenchmarkFixture) -> None:
    infos = [
        DebugInfo(0x1000 + 64 * i, 64, f"_ZN4demo8functionE{i}", f"src/part_{i % 40}.cc", i)
        for i in range(INFOS)
    ]
    pids = range(4242, 4250)
    metadata = Metadata(
        ("codspeed-cpp", "2.3.0"),
        [(i, f"a.cc::b{i}") for i in range(50)],
        [("SampleStart", i) for i in range(200)],
        debug_info={"0__bench": ModuleDebugInfo("/bench", (0x1000, 0x90000), 0, infos)},
        mapped_symbols={pid: [MappedModule(f"{i}__lib", i) for i in range(20)] for pid in pids},
        mapped_unwind_data={
            pid: [MappedUnwind(f"{i}__lib", None, i, i + 1, i) for i in range(20)] for pid in pids
        },
    )

    def write() -> int:
        file = io.BytesIO()
        write_metadata(metadata, file)
        return file.tell()

    assert benchmark(write) > 100 * INFOS


def test_encode_timestamps(benchmark: BenchmarkFixture) -> None:
    uris = [(10**12 + i, f"a.cc::benchmark_{i}") for i in range(200)]
    markers = [("RoundStart", 10**12 + i) for i in range(2000)]
    assert len(benchmark(lambda: encode_timestamps(uris, markers))) > 30_000


def test_read_perf_map(benchmark: BenchmarkFixture) -> None:
    symbols = [Symbol(64 * i, 64, f"_ZN4demo8functionE{i}") for i in range(INFOS)]
    text = b"".join(symbols_map(symbols))
    assert benchmark(lambda: list(read_perf_map(text))) == symbols
