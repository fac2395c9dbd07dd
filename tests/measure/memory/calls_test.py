"""One event for each call, whatever the program does: processes, threads, signals, failures."""

from __future__ import annotations

import ctypes
import io
import mmap
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.memory.channel import (
    VARIABLE,
    Channel,
    FoldLibrary,
    Mark,
    Totals,
)
from rules_codspeed.measure.memory.recorder import Recorder
from rules_codspeed.measure.stage.objects.elf import segments
from tests.measure.memory.tracing import Libraries, Traced, Tracer

Compile = Callable[..., Path]
PT_TLS = 7
# Offset of `reserved` in `struct channel`.
CLAIMED = 64
# `enum kind`
MALLOC, EXIT = 1, 17


def test_each_function(tracer: Tracer, compile_program: Compile) -> None:
    traced = tracer.run(compile_program("kinds"))
    assert traced.summary() == (1000, 3258, 12)
    assert (traced.totals.largest, traced.totals.live) == (1000, 0)
    kinds = [event["type"] for event in traced.events()]
    assert kinds[:7] == ["Malloc", "Free", "Calloc", "Free", "Malloc", "Realloc", "Free"]
    assert kinds.count("AlignedAlloc") == 3
    assert not traced.notes


def test_fork(case: Callable[..., Traced]) -> None:
    traced = case("fork")
    assert traced.status == 0
    # The child's free of a block that it inherited is none of the parent's.
    assert traced.summary() == (768, 768, 2)
    assert traced.totals.live == 0
    assert {event["pid"] for event in traced.events()} == {1, 2}


def test_fork_without_libc(case: Callable[..., Traced]) -> None:
    traced = case("raw_fork")
    assert traced.summary() == (512, 612, 2)
    assert traced.totals.live == 612


def test_vfork(case: Callable[..., Traced]) -> None:
    traced = case("vfork")
    assert traced.status == 0
    # What the child leaves does not end its parent.
    assert traced.summary() == (1100, 1110, 3)
    assert traced.totals.live == 1110


def test_spawn(case: Callable[..., Traced]) -> None:
    traced = case("spawn")
    assert traced.status == 0
    # One after the other: what the first leaves is gone when the second begins.
    assert traced.summary() == (1000, 2000, 2)
    assert traced.totals.live == 2000


def test_exec(case: Callable[..., Traced], compile_program: Compile) -> None:
    traced = case("exec", compile_program("cases"), "leak", "300")
    assert traced.status == 0
    assert traced.summary() == (1000, 1300, 2)
    assert traced.totals.live == 1300


def test_end_without_destructors(case: Callable[..., Traced]) -> None:
    assert case("_exit").summary() == (77, 77, 1)


@pytest.mark.parametrize("capacity", [64, 4096])
def test_threads(case: Callable[..., Traced], capacity: int) -> None:
    traced = case("threads", capacity=capacity)
    # libc allocates for each thread.
    own = case("one_thread").totals
    assert traced.totals.calls == 4 * 4000 + 4 * own.calls
    assert traced.totals.total == 30 * 2000 + 4 * own.total
    assert len(traced.events()) == 4 * 6000 + 4 * own.calls
    assert len({event["tid"] for event in traced.events()}) >= 2


def test_threads_are_not_larger_than_without(libraries: Libraries) -> None:
    # For each library with variables of a thread, glibc allocates 16 more bytes for each thread.
    content = libraries.preload.read_bytes()
    with mmap.mmap(-1, len(content)) as file:
        file[:] = content
        kinds = {segment.kind for segment in segments(file)}
    assert kinds
    assert PT_TLS not in kinds


def test_realloc_in_place(case: Callable[..., Traced]) -> None:
    traced = case("in_place")
    assert traced.summary() == (104, 204, 2)
    first, second, third = traced.events()
    assert second["old_addr"] == second["addr"] == first["addr"] == third["addr"]


def test_signals(case: Callable[..., Traced]) -> None:
    assert case("signals").summary() == (64, 6400, 100)


@pytest.mark.parametrize("freed_in", ["window", "between"])
def test_block_that_is_freed_between_windows(
    tracer: Tracer, compile_program: Compile, freed_in: str
) -> None:
    # The allocator gives the same address each time.
    free, allocate = (0, 0, 0), (1, 0, 100)
    end: list[Mark | tuple[int, int, int]] = (
        [free, Mark.STOP] if freed_in == "window" else [Mark.STOP, free]
    )
    window = [Mark.START, allocate, *end]
    totals, _ = tracer.steps(compile_program("steps"), window * 3)
    assert totals == Totals(peak=100, total=300, calls=3, largest=100, live=0)


def test_block_that_grows_between_windows(tracer: Tracer, compile_program: Compile) -> None:
    grow, allocate = (4, 0, 5000), (1, 0, 100)
    steps: list[Mark | tuple[int, int, int]]
    steps = [Mark.START, allocate, Mark.STOP, grow, Mark.START, allocate, Mark.STOP]
    totals, _ = tracer.steps(compile_program("steps"), steps)
    assert totals == Totals(peak=100, total=200, calls=2, largest=100, live=100)


def test_failures_give_no_event(case: Callable[..., Traced]) -> None:
    traced = case("fails")
    assert traced.status == 0
    assert traced.summary() == (10, 10, 1)


def test_failed_realloc_keeps_the_block(case: Callable[..., Traced]) -> None:
    traced = case("failed_realloc")
    assert traced.status == 0
    assert traced.summary() == (15, 15, 2)
    assert traced.totals.live == 5


def test_killed_process(case: Callable[..., Traced]) -> None:
    assert case("kill", capacity=64).summary() == (1000, 1000, 1000)


def test_process_that_is_killed_inside_an_event(libraries: Libraries, tmp_path: Path) -> None:
    path = tmp_path / "channel"
    channel = Channel(FoldLibrary(str(libraries.fold)), str(path), 64)
    with (
        pytest.raises(CodSpeedError, match="not all allocations were recorded"),
        Recorder(channel, io.BytesIO()).running(),
    ):
        _claim(path)


def test_many_ends(libraries: Libraries, tmp_path: Path) -> None:
    # The mark of the end must not be taken for an event whose writer was killed.
    library = FoldLibrary(str(libraries.fold))
    for number in range(300):
        channel = Channel(library, str(tmp_path / f"channel{number}"), 64)
        with Recorder(channel, io.BytesIO()).running():
            channel.mark(Mark.START)
        channel.close()


def test_memory_does_not_grow_with_programs_that_ended(
    libraries: Libraries, tmp_path: Path
) -> None:
    path, library = tmp_path / "channel", FoldLibrary(str(libraries.fold))
    channel = Channel(library, str(path), 1024)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
        channel.mark(Mark.START)
        channel.fold()
        before = _allocated()
        for process in range(1000, 1200):
            for number in range(500):
                _put(shared, MALLOC, 16 * number + 16, thread=number * 64, process=process)
            _put(shared, EXIT, 0, thread=0, process=process)
            # Folds what is there.
            channel.mark(Mark.STOP)
            channel.fold()
            channel.mark(Mark.START)
            channel.fold()
        # Blocks and threads of those that ended would take 16 MB.
        assert _allocated() - before < 1 << 20
        channel.mark(Mark.NAME)
        channel.fold()
    totals = channel.totals()
    assert (totals.peak, totals.calls, totals.live) == (500, 200 * 500, 200 * 500)
    channel.close()


def _put(shared: mmap.mmap, kind: int, address: int, thread: int, process: int) -> None:
    """Writes an event of one byte into a channel, as writers do."""
    (claimed,) = struct.unpack_from("=Q", shared, CLAIMED)
    struct.pack_into("=Q", shared, CLAIMED, claimed + 1)
    at = len(shared) - 64 * 1024 + 64 * (claimed % 1024)
    struct.pack_into("=QQQQQII", shared, at, 0, address, 1, 0, thread, process, kind)
    struct.pack_into("=Q", shared, at, claimed + 1)


class _Heap(ctypes.Structure):
    # struct mallinfo2 of glibc
    _fields_ = [(f"field{number}", ctypes.c_size_t) for number in range(10)]


def _allocated() -> int:
    """Returns the bytes that this process has from malloc."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        pytest.skip("this C library does not report what is allocated")
    ask.restype = _Heap
    heap = ask()
    return int(heap.field4 + heap.field7)  # mapped ones, and others in use


def _claim(path: Path) -> None:
    """Claims a position of a channel, and does not go on."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
        (claimed,) = struct.unpack_from("=Q", shared, CLAIMED)
        struct.pack_into("=Q", shared, CLAIMED, claimed + 1)


def test_constructor_that_allocates_first(tracer: Tracer, compile_program: Compile) -> None:
    # As libstdc++ does: it is loaded, and so begins, before the library that counts.
    library = compile_program("early", "-shared", "-fPIC")
    program = compile_program("kinds", "-Wl,--no-as-needed", str(library))
    traced = tracer.run(program)
    assert traced.summary() == (72704 + 1000, 72704 + 3258, 13)
    assert traced.totals.live == 72704


def test_process_id_that_is_used_again(case: Callable[..., Traced]) -> None:
    traced = case("reuse")
    if traced.status in (77, 78):
        pytest.skip("process ids cannot be chosen here, or another process was first")
    assert traced.status == 0
    first, parent, second = (
        [event["size"] for event in traced.events() if event["pid"] == pid and "size" in event]
        for pid in (1, 2, 3)
    )
    assert (first, second) == ([1000], [10])
    # What the killed child left has ended before the next one begins.
    assert traced.totals.peak == 1000 + sum(parent)


def test_under_seccomp(case: Callable[..., Traced]) -> None:
    traced = case("seccomp")
    assert traced.status == 0
    assert traced.summary() == (101, 101, 11)


def test_unloaded_libraries(case: Callable[..., Traced], compile_program: Compile) -> None:
    library = compile_program("early", "-shared", "-fPIC", "-DALLOCATES")
    traced = case("unload", library)
    assert traced.status == 0
    sizes = [event.get("size") for event in traced.events()]
    assert 12345 in sizes
    assert sizes[-1] == 54321


def test_program_that_was_not_seen(libraries: Libraries, tmp_path: Path) -> None:
    channel = Channel(FoldLibrary(str(libraries.fold)), str(tmp_path / "channel"), 64)
    assert channel.programs() == 0
    environment = {"LD_PRELOAD": str(libraries.preload), VARIABLE: channel.path}
    subprocess.run(["/bin/true"], check=True, env=environment)
    assert channel.programs() == 1
    channel.close()


def test_allocator_of_a_library(tracer: Tracer, compile_program: Compile) -> None:
    # As libjemalloc.so without operators of C++: it comes after the library that counts.
    library = compile_program("own_malloc", "-shared", "-fPIC", "-Dmain=unused")
    traced = tracer.run(compile_program("bump", "-Wl,--no-as-needed", str(library)))
    assert traced.status == 0
    assert traced.summary() == (300, 300, 2)
    assert not traced.notes


def test_rust(tracer: Tracer, tmp_path: Path) -> None:
    rustc = shutil.which("rustc")
    if not rustc:
        pytest.skip("no rustc on this machine")
    source = tmp_path / "program.rs"
    body = "let block = std::hint::black_box(vec![7u8; {size}]); drop(block);"
    summaries = []
    for size in (1000, 51000):
        source.write_text(f"fn main() {{ {body.replace('{size}', str(size))} }}")
        command = [rustc, "-C", "opt-level=1", str(source), "-o", str(tmp_path / "program")]
        if subprocess.run(command, capture_output=True, cwd=tmp_path).returncode:
            pytest.skip("rustc does not work on this machine")
        summaries.append(tracer.run(tmp_path / "program").summary())
    (_, small, calls), (peak, large, calls_of_large) = summaries
    # The runtime's own are the same.
    assert large - small == 50_000
    assert calls == calls_of_large
    assert peak >= 51_000


def test_no_channel(libraries: Libraries, tmp_path: Path) -> None:
    library = FoldLibrary(str(libraries.fold))
    with pytest.raises(CodSpeedError, match="No such file or directory"):
        Channel(library, str(tmp_path / "none/channel"))


def test_library_of_another_machine(tmp_path: Path) -> None:
    (tmp_path / "fold.so").write_bytes(b"\x7fELF")
    with pytest.raises(CodSpeedError, match="cannot be loaded"):
        FoldLibrary(str(tmp_path / "fold.so"))


def test_channel_of_another_version(
    tracer: Tracer, compile_program: Compile, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"csdmem99" + bytes(1 << 20))
    traced = tracer.run(compile_program("kinds"), env={"CODSPEED_MEMORY_CHANNEL": str(other)})
    assert (traced.status, traced.totals.calls) == (70, 0)


def test_program_that_finds_no_channel(tracer: Tracer, compile_program: Compile) -> None:
    traced = tracer.run(
        compile_program("kinds"), env={"CODSPEED_MEMORY_CHANNEL": "/nowhere/channel"}
    )
    assert traced.status == 70
