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
    MOST_NOTES,
    VARIABLE,
    Channel,
    FoldLibrary,
    Mark,
    Totals,
)
from rules_codspeed.measure.memory.coverage import Coverage
from rules_codspeed.measure.memory.recorder import Recorder
from rules_codspeed.measure.stage.objects.elf import segments
from tests.measure.memory.tracing import Libraries, Traced, Tracer

Compile = Callable[..., Path]
PT_INTERP, PT_TLS = 3, 7
# Offset of `reserved` in `struct channel`.
CLAIMED = 64
# `enum kind`
MALLOC, EXIT = 1, 17
# Of the number of notes, and of the first.
NOTED, NOTES = 20, 192
# `enum reason` of rules/memory/channel.h
STATIC, BARE, PRIVILEGED, ALLOCATOR, OPERATORS = range(1, 6)


@pytest.fixture
def case(tracer: Tracer, compile_program: Compile) -> Callable[..., Traced]:
    """Runs a case of cases.c."""

    def run(*arguments: str | Path, capacity: int = 1 << 12) -> Traced:
        return tracer.run(compile_program("cases"), *arguments, capacity=capacity)

    return run


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
    end = [free, Mark.STOP] if freed_in == "window" else [Mark.STOP, free]
    totals = tracer.steps(compile_program("steps"), [Mark.START, allocate, *end] * 3)
    assert totals == Totals(peak=100, total=300, calls=3, largest=100, live=0)


def test_block_that_grows_between_windows(tracer: Tracer, compile_program: Compile) -> None:
    grow, allocate = (4, 0, 5000), (1, 0, 100)
    steps = [Mark.START, allocate, Mark.STOP, grow, Mark.START, allocate, Mark.STOP]
    totals = tracer.steps(compile_program("steps"), steps)
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


def test_static_child(case: Callable[..., Traced], compile_program: Compile) -> None:
    traced = case("exec", compile_program("kinds", "-static"))
    assert [(one.reason, Path(one.program).name) for one in traced.notes] == [
        (STATIC, "kinds-static")
    ]


def test_static_child_of_a_folder(case: Callable[..., Traced], compile_program: Compile) -> None:
    program = compile_program("kinds", "-static")
    for opened, name in ((program.parent, program.name), (program, "")):
        traced = case("execveat", opened, name)
        assert traced.status == 0
        assert [one.reason for one in traced.notes] == [STATIC]


@pytest.mark.parametrize("flag", ["-static", "-static-pie"])
def test_static_child_with_the_name_of_a_loader(
    case: Callable[..., Traced], compile_program: Compile, tmp_path: Path, flag: str
) -> None:
    named = tmp_path / "ld-program"
    shutil.copy(compile_program("kinds", flag), named)
    assert [one.reason for one in case("exec", named).notes] == [STATIC]


def test_child_that_the_loader_runs(
    case: Callable[..., Traced], compile_program: Compile
) -> None:
    program = compile_program("kinds")
    with program.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
        loader = next(one for one in segments(content) if one.kind == PT_INTERP)
        path = bytes(content[loader.offset :]).split(b"\0")[0].decode()
    traced = case("exec", path, program)
    assert traced.summary() == (1000, 1000 + 3258, 1 + 12)
    assert not traced.notes


def test_static_child_of_a_script(case: Callable[..., Traced], compile_program: Compile) -> None:
    script = compile_program("kinds", "-static").with_name("script")
    script.write_text(f"#!{compile_program('kinds', '-static')}\n")
    script.chmod(0o755)
    assert [one.reason for one in case("exec", script).notes] == [STATIC]


def test_child_without_environment(case: Callable[..., Traced], compile_program: Compile) -> None:
    (note,) = case("bare", compile_program("kinds")).notes
    assert (note.reason, note.detail) == (BARE, "LD_PRELOAD")


def test_script_without_environment(
    case: Callable[..., Traced], tracer: Tracer, tmp_path: Path
) -> None:
    script, env = tmp_path / "script", shutil.which("env")
    script.write_text("#!/bin/sh\nx=1\n")
    script.chmod(0o755)
    assert env
    for traced in (case("bare", script), tracer.run(env, "-i", script)):
        assert traced.status == 0
        assert [(one.reason, one.program) for one in traced.notes] == [(BARE, "/bin/sh")]
    # Passed on, it is measured.
    assert not case("exec", script).notes


def test_env_ignoring_the_environment(tracer: Tracer, compile_program: Compile) -> None:
    env = shutil.which("env")
    assert env
    (note,) = tracer.run(env, "-i", compile_program("kinds")).notes
    assert note.reason == BARE


def test_allocator_in_the_program(tracer: Tracer, compile_program: Compile) -> None:
    # As the archives of tcmalloc and jemalloc: the program's malloc comes before all others.
    traced = tracer.run(compile_program("own_malloc"))
    assert traced.status == 0
    (note,) = traced.notes
    assert (note.reason, note.detail) == (ALLOCATOR, "malloc")


@pytest.mark.parametrize("before", [3, 63, 64, 65])
def test_many_programs_that_cannot_be_measured(
    libraries: Libraries, tmp_path: Path, before: int
) -> None:
    path = tmp_path / "channel"
    channel = Channel(FoldLibrary(str(libraries.fold)), str(path), 64)
    coverage = Coverage(channel)
    for number in range(before):
        # As of a writer that has not finished its note.
        _note(path, 0 if number == 1 else STATIC)
    if before > 64:
        with pytest.raises(CodSpeedError, match="too many programs that cannot be measured"):
            coverage.window_opens()
    else:
        coverage.window_opens()
        coverage.window_closes()
        _note(path, STATIC)
        message = "is linked statically" if before < 64 else "too many programs"
        with pytest.raises(CodSpeedError, match=message):
            coverage.window_closes()
    channel.close()


def test_note_that_is_finished_in_a_window(libraries: Libraries, tmp_path: Path) -> None:
    path = tmp_path / "channel"
    channel = Channel(FoldLibrary(str(libraries.fold)), str(path), 64)
    coverage = Coverage(channel)
    _note(path, 0)
    _note(path, STATIC)
    coverage.window_opens()
    _note(path, STATIC, number=0)
    # It is of a program that was started before.
    coverage.window_closes()
    channel.close()


def _note(path: Path, reason: int, number: int | None = None) -> None:
    """Leaves a note of a process that has ended, as writers do, or writes one again."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
        (count,) = struct.unpack_from("=I", shared, NOTED)
        if number is None:
            struct.pack_into("=I", shared, NOTED, count + 1)
            number = count
        if number < MOST_NOTES:
            ended = 1 << 22  # more than the kernel gives out
            struct.pack_into("=II", shared, NOTES + 256 * number, reason, ended)


def test_setuid_child(case: Callable[..., Traced], compile_program: Compile) -> None:
    program = compile_program("kinds", "-DSETUID")
    program.chmod(0o4755)
    if program.stat().st_mode != 0o104755:
        pytest.skip("the file system has no setuid bits")
    notes = case("exec", program).notes
    assert [(one.reason, one.detail) for one in notes] == [(PRIVILEGED, "setuid")]


def test_shell_that_the_c_library_starts(case: Callable[..., Traced]) -> None:
    traced = case("without_preload")
    assert traced.status == 0
    assert [(one.reason, one.program) for one in traced.notes] == [(BARE, "/bin/sh")] * 2


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


def test_program_that_finds_no_channel(tracer: Tracer, compile_program: Compile) -> None:
    traced = tracer.run(
        compile_program("kinds"), env={"CODSPEED_MEMORY_CHANNEL": "/nowhere/channel"}
    )
    assert traced.status == 70
