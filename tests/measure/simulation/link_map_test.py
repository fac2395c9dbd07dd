"""Link maps from Valgrind's log, and the object files of addresses by them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.measure.simulation.link_map import (
    LinkMap,
    Loaded,
    Places,
    possible,
    read_link_map,
    without_trace,
)
from rules_codspeed.measure.simulation.profile import plain_log
from rules_codspeed.measure.stage.objects.elf import code_addresses
from tests.measure.stage.elf_files import PT_LOAD, PT_NOTE, elf

# Of `valgrind -q --trace-redir=yes`.
STARTED = b"""--7-- <<
--7--    ------ REDIR STATE after VG_(redir_initialise) ------
--7--    ------ ACTIVE ------
--7--     0xffffffffff600000 (???                 ) R-> (0000.0) 0x58099044 ???
--7-- >>
"""
PROGRAM = b"""--7-- Reading syms from /tmp/rules_codspeed/w/_main/pkg/bench
--7--    svma 0x00000046b0, avma 0x000010c6b0
--7-- <<
--7--    ------ REDIR STATE after VG_(redir_notify_new_DebugInfo) ------
--7--    TOPSPECS of soname NONE filename /tmp/rules_codspeed/w/_main/pkg/bench
--7--      *soname                   function                       R-> (2018.0) 0x0483a000
--7-- >>
"""
LIBRARY = b"""--7-- Reading syms from /lib/a library.so
--7--    svma 0x0000026380, avma 0x0004899380
--7-- REDIR: 0x48b0000 (libc.so.6:strlen) redirected to 0x483a000 (strlen)
--7-- Adding redirect for indirect function 0x1 from 0x2 -> 0x3
--7-- Discarding syms at 0x4899380-0x48a0000 in /lib/a library.so (have_dinfo 1)
"""
OTHERS = b"""==7== Using source line as position.
--7-- WARNING: unhandled amd64-linux syscall: 999
--7-- You may be able to write your own handler.
printed by the program: Reading syms from /lib/no.so
"""
LOADED = [
    Loaded(b"/tmp/rules_codspeed/w/_main/pkg/bench", 0x108000),
    Loaded(b"/lib/a library.so", 0x4873000),
]


@given(st.sets(st.integers(0, 30)))
def test_log_in_any_blocks(ends: set[int]) -> None:
    lines = (STARTED + PROGRAM + OTHERS + LIBRARY).splitlines(keepends=True)
    cuts = [0, *sorted(end for end in ends if end < len(lines)), len(lines)]
    blocks = [b"".join(lines[a:b]) for a, b in itertools.pairwise(cuts)]
    assert read_link_map(blocks) == LinkMap(True, LOADED)


def test_log_keeps_what_is_for_people() -> None:
    log = STARTED + OTHERS + PROGRAM + LIBRARY
    assert without_trace(log) == OTHERS
    assert plain_log(log + b"--7-- warning: L3 cache found\n") == OTHERS


def test_forked_process_has_the_objects_of_another() -> None:
    started, other = read_link_map([STARTED + PROGRAM]), read_link_map([STARTED + LIBRARY])
    forked = read_link_map([LIBRARY])
    assert (started.complete, forked.complete) == (True, False)
    maps = {1: started, 2: forked, 3: other}
    assert possible(1, maps) == [started]
    assert possible(2, maps) == possible(4, maps) == [started, forked, other]


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_code_of_an_object_file(tmp_path: Path, wide: bool, order: str) -> None:
    file = tmp_path / "object"
    file.write_bytes(elf((PT_NOTE, b"n" * 8), (PT_LOAD, b"code"), wide=wide, order=order))
    (found,) = code_addresses(str(file))
    assert file.read_bytes()[found.start : found.stop] == b"code"


def test_what_is_no_object_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    (tmp_path / "cut").write_bytes(elf((PT_LOAD, b"code"))[:70])
    names = ["text", "cut", "none"]
    assert [code_addresses(str(tmp_path / name)) for name in names] == [[], [], []]
    # A program may name these; none is waited for.
    assert code_addresses("/dev/zero") == code_addresses(str(tmp_path)) == []


@pytest.fixture
def library(tmp_path: Path) -> tuple[bytes, int]:
    """Path of an object file, and the address of its code."""
    file = tmp_path / "lib.so"
    file.write_bytes(elf((PT_LOAD, b"code")))
    return str(file).encode(), code_addresses(str(file))[0].start


def named(address: int) -> bytes:
    return b"0x%016x" % address


def test_place_of_an_address(library: tuple[bytes, int]) -> None:
    path, start = library
    at = LinkMap(True, [Loaded(path, 0x4000000), Loaded(b"/none.so", 0)])
    place_of = Places([at], lambda name: name.rpartition(b"/")[2])
    assert place_of(named(0x4000000 + start + 3)) == (b"lib.so", named(start + 3))
    assert place_of(named(0x4000000 + start) + b" [PLT]") == (b"lib.so", named(start) + b" [PLT]")
    for name in (named(0x4000000 + start + 4), named(start), b"main", b"0x10"):
        assert place_of(name) is None


def test_address_that_could_be_of_several(library: tuple[bytes, int]) -> None:
    path, start = library
    once = LinkMap(True, [Loaded(path, 0x4000000)])
    elsewhere = LinkMap(True, [Loaded(path, 0x4000001)])
    assert Places([once, once], bytes)(named(0x4000001 + start))
    assert Places([once, elsewhere], bytes)(named(0x4000001 + start)) is None
