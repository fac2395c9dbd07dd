"""What the measuring action copies besides objects: maps, dumps and separate debug files."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from tests.capture.elf.elf_files import ElfImage
from tests.capture.machine import WHOLE_PROGRAMS, Machine
from tests.capture.perf import recordings as made
from tests.capture.perf.recordings import Recorder


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_maps_and_dumps_of_tracked_processes(machine: Machine) -> None:
    for pid in (1, 2, 8):
        machine.file(f"tmp/perf-{pid}.map", b"1000 10 f%d\n" % pid)
    machine.file("tmp/jit-2.dump", b"DTiJ")
    machine.recorder.fork(2, 1)
    captured = machine.capture()
    assert captured.perf_maps == {"1": "maps/perf-1.map", "2": "maps/perf-2.map"}
    assert captured.jit_dumps == {"2": "maps/jit-2.dump"}
    assert machine.copies() == {
        "maps/perf-1.map": b"1000 10 f1\n",
        "maps/perf-2.map": b"1000 10 f2\n",
        "maps/jit-2.dump": b"DTiJ",
    }


def test_maps_of_all_processes_of_the_exec_harness(machine: Machine) -> None:
    for pid in (1, 2, 8):
        machine.file(f"tmp/perf-{pid}.map", b"")
    machine.map(machine.elf("a"), 1)
    machine.recorder.fork(2, 1)
    assert list(machine.capture((), WHOLE_PROGRAMS).perf_maps) == ["1", "2"]


def test_link_in_the_place_of_a_map_is_not_followed(machine: Machine) -> None:
    link = machine.tmp / "perf-1.map"
    link.symlink_to(machine.file("secret", b"secret"))
    captured = machine.capture()
    assert captured.perf_maps == {}
    assert captured.skipped == [(str(link), "it is not a regular file but a symbolic link")]
    assert machine.copies() == {}


def test_maps_and_dumps_that_are_too_large(machine: Machine) -> None:
    for name, size in (("perf-1.map", (512 << 20) + 1), ("jit-1.dump", (2 << 30) + 1)):
        os.truncate(machine.file(f"tmp/{name}", b""), size)
    captured = machine.capture()
    assert captured.perf_maps == captured.jit_dumps == {}
    reasons = [reason for _, reason in captured.skipped]
    assert reasons == ["it has 536,870,913 bytes", "it has 2,147,483,649 bytes"]
    assert machine.copies() == {}


def test_pipe_and_hard_link_in_place_of_maps(machine: Machine) -> None:
    os.mkfifo(machine.tmp / "perf-1.map")
    os.link(machine.file("secret", b"secret"), machine.tmp / "jit-1.dump")
    captured = machine.capture()
    assert captured.perf_maps == captured.jit_dumps == {}
    pipe, link = (reason for _, reason in captured.skipped)
    assert pipe == "it is not a regular file but a FIFO"
    assert link.startswith("it is a hard link")


def test_name_of_the_event(machine: Machine) -> None:
    attributes = [
        made.attribute(kind=1, config=9, ids=[1]),
        made.attribute(kind=0, config=0, ids=[2]),
    ]
    machine.recorder = Recorder(attributes=attributes)
    assert machine.capture().event == "cycles"


def test_separate_debug_files(machine: Machine) -> None:
    by_id, linked, neither = (
        machine.folder / name for name in ("by_id.so", "linked.so", "neither")
    )
    first = machine.elf("debug/.build-id/ab/cdef.debug", b"1")
    second = machine.elf("linked.debug", b"2")
    ElfImage(build_id=b"\xab\xcd\xef").write(by_id)
    checksum = zlib.crc32(second.read_bytes())
    ElfImage(debug_link=(b"linked.debug", checksum)).write(linked)
    ElfImage(build_id=b"\xab\xcd\xee").write(neither)
    for path in (neither, linked, by_id):
        machine.map(path)
    captured = machine.capture()
    assert captured.debug_files == {
        str(by_id): "objects/3/cdef.debug",
        str(linked): "objects/4/linked.debug",
    }
    assert machine.copies()["objects/3/cdef.debug"] == first.read_bytes()
    assert machine.copies()["objects/4/linked.debug"] == second.read_bytes()
    assert captured.skipped == []


def test_two_objects_share_a_debug_file(machine: Machine) -> None:
    machine.elf("debug/.build-id/ab/cd.debug")
    paths = [machine.folder / name for name in ("a.so", "b.so")]
    for path in paths:
        ElfImage(build_id=b"\xab\xcd").write(path)
        machine.map(path)
    assert machine.capture().debug_files == dict.fromkeys(map(str, paths), "objects/2/cd.debug")


def test_debug_file_that_is_none(machine: Machine) -> None:
    machine.file("debug/.build-id/ab/cd.debug", b"text")
    path = machine.folder / "a.so"
    ElfImage(build_id=b"\xab\xcd").write(path)
    machine.map(path)
    captured = machine.capture()
    assert (captured.debug_files, captured.skipped) == ({}, [])
