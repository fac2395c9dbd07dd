"""A recording of the trial's guest, harvested on any machine, against what the guest's tools state.

`testdata/README.md` describes how it was made. perf's names are those of elfutils, the rest is of
binutils and the kernel.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.capture.perf.record import HEADER_ATTR
from rules_codspeed.capture.perf.stream import Recording
from rules_codspeed.harvest.elf.unwind_data import decode_unwind_data
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from rules_codspeed.harvest.samples.fold import fold
from rules_codspeed.harvest.samples.resolve import Resolver
from tests.harvest.elf.symbol_oracle import expected, rows_of_readelf

_DATA = Path(__file__).parent / "testdata/aarch64.tar.xz"
_HOT = {"hot_by_pointer", "hot_far_away", "hot_in_library", "hot_with_table"}
# x0 to x29, lr, sp and pc (arch/arm64/include/uapi/asm/perf_regs.h), without the length of vectors.
_REGISTERS = (1 << 33) - 1


@dataclass(frozen=True)
class Harvested:
    """The recording, its profile, and what other tools state."""

    raw: Path
    profile: Path
    stated: Any

    @property
    def resolver(self) -> Resolver:
        return Resolver(self.profile)

    @property
    def pid(self) -> int:
        (pid,) = self.resolver.metadata.symbols
        return pid

    def module(self, path: str) -> tuple[str, int]:
        """Key and load bias."""
        modules = self.resolver.metadata.symbols[self.pid]
        return next(one for one in modules if one[0].endswith(f"__{Path(path).name}"))

    def mapped(self, path: str) -> list[tuple[int, int, int]]:
        """Start, end and offset of the mappings of a file, as the kernel shows them."""
        line = re.compile(r"(\w+)-(\w+) \S+ (\w+) .* " + re.escape(path))
        found = map(line.fullmatch, self.stated["maps"].splitlines())
        return [(int(one[1], 16), int(one[2], 16), int(one[3], 16)) for one in found if one]


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory) -> Harvested:
    folder = tmp_path_factory.mktemp("aarch64")
    shutil.unpack_archive(_DATA, folder)
    log = Log(io.StringIO())
    harvest(folder / "raw", folder / "profile", log)
    assert log.warnings == []
    stated = json.loads((folder / "stated.json").read_text())
    return Harvested(folder / "raw", folder / "profile", stated)


def test_names_of_samples(harvested: Harvested) -> None:
    resolver = harvested.resolver
    ranges = [one for path in harvested.stated["modules"] for one in harvested.mapped(path)]
    samples = [
        (address, name)
        for pid, address, name in harvested.stated["samples"]
        if pid == harvested.pid and any(start <= address < end for start, end, _ in ranges)
    ]
    assert len(samples) > 40
    assert {name for _, name in samples} >= _HOT
    differing = [
        (hex(address), name, resolver.names(harvested.pid, address))
        for address, name in samples
        # perf makes names up for entries of the PLT, such as `qsort@plt`.
        if name not in resolver.names(harvested.pid, address) and not (name or "").endswith("@plt")
    ]
    assert differing == []


def test_load_bias_of_segments_at_64_kib(harvested: Harvested) -> None:
    for path in harvested.stated["modules"]:
        # The first segment of both is at address 0.
        start = next(start for start, _, offset in harvested.mapped(path) if offset == 0)
        assert harvested.module(path)[1] == start


def test_symbols_without_marks_of_code_and_data(harvested: Harvested) -> None:
    for path, stated in harvested.stated["modules"].items():
        rows = rows_of_readelf(stated["symbols"])
        assert {"$x", "$d"} <= {name for _, _, name in rows}
        text = (harvested.profile / f"{harvested.module(path)[0]}.symbols.map").read_text()
        found = [line.split(" ", 2) for line in text.splitlines()]
        assert [
            (int(address, 16), int(size, 16), name.split("@")[0]) for address, size, name in found
        ] == expected(rows)
    program = next(path for path in harvested.stated["modules"] if path.endswith("/program"))
    text = (harvested.profile / f"{harvested.module(program)[0]}.symbols.map").read_text()
    assert "__hot_far_away_veneer" in text


def test_unwinding_tables(harvested: Harvested) -> None:
    for path, stated in harvested.stated["modules"].items():
        name = f"{harvested.module(path)[0]}.unwind_data"
        data = decode_unwind_data((harvested.profile / name).read_bytes(), name).data
        assert data.eh_frame_hdr is not None
        assert {
            ".eh_frame": hashlib.sha256(data.eh_frame).hexdigest(),
            ".eh_frame_hdr": hashlib.sha256(data.eh_frame_hdr).hexdigest(),
        } == stated["sha256"]
        # Signed return addresses: DW_CFA_AARCH64_negate_ra_state.
        assert b"\x2d" in data.eh_frame
        section = re.search(r" \.eh_frame +PROGBITS +(\w+) (\w+) (\w+)", stated["sections"])
        assert section
        start, size = int(section[1], 16), int(section[3], 16)
        assert data.eh_frame_svma == (start, start + size)


def test_lines(harvested: Harvested) -> None:
    document = json.loads((harvested.profile / "walltime.metadata").read_text())
    for path, stated in harvested.stated["modules"].items():
        infos = document["debug_info"][harvested.module(path)[0]]["debug_infos"]
        found = {one["name"]: f"{Path(one['file']).name}:{one['line']}" for one in infos}
        lines = {
            name: Path(line).name
            for name, line in stated["lines"].items()
            # The assembler's function has none.
            if not line.startswith("??")
        }
        assert lines
        assert {name: found.get(name) for name in lines} == lines


def test_registers_of_samples(harvested: Harvested) -> None:
    """Without the length of vectors, which the kernel does not give with every event."""
    masks = set()
    with (harvested.raw / "perf.pipedata").open("rb") as file:
        recording = Recording(file, "a recording")
        for record in recording.records(frozenset({HEADER_ATTR})):
            kind, _, config = struct.unpack_from("<IIQ", record.body)
            # sample_regs_user of struct perf_event_attr; not of perf's own dummy.
            if (kind, config) != (1, 9):
                masks.add(struct.unpack_from("<Q", record.body, 80)[0])
    assert masks == {_REGISTERS}


def test_folded_samples(harvested: Harvested) -> None:
    (stacks,) = fold(harvested.profile).values()
    assert {stack[-1] for stack in stacks} >= _HOT
