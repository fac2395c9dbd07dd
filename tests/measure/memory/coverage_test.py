"""Programs whose calls cannot be seen: each is noted, and refused in a window."""

from __future__ import annotations

import mmap
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.memory.channel import MOST_NOTES, Channel, FoldLibrary
from rules_codspeed.measure.memory.coverage import Coverage
from rules_codspeed.measure.stage.objects.elf import segments
from tests.measure.memory.tracing import Libraries, Traced, Tracer

Compile = Callable[..., Path]
PT_INTERP = 3
# Offsets in `struct channel`: of the number of notes, and of the first.
NOTED, NOTES = 20, 192
# `enum reason` of rules/memory/channel.h
STATIC, BARE, PRIVILEGED, ALLOCATOR, _, GO, JAVA = range(1, 8)


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


def loader_of(program: Path) -> str:
    """The path of the loader that runs a program."""
    with program.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
        loader = next(one for one in segments(content) if one.kind == PT_INTERP)
        return bytes(content[loader.offset :]).split(b"\0")[0].decode()


def test_child_that_the_loader_runs(case: Callable[..., Traced], compile_program: Compile) -> None:
    own = compile_program("own_malloc")
    (note,) = case("exec", loader_of(own), own).notes
    assert (note.reason, note.program, note.detail) == (ALLOCATOR, str(own), "malloc")
    program = compile_program("kinds")
    traced = case("exec", loader_of(program), program)
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


@pytest.mark.parametrize("flags", [(), ("-s",)])
def test_allocator_of_which_only_messages_are_left(
    tracer: Tracer, compile_program: Compile, flags: tuple[str, ...]
) -> None:
    # As Rust's: its functions have a prefix, so that the loader does not need their names.
    traced = tracer.run(compile_program("prefixed", *flags))
    assert traced.status == 0
    (note,) = traced.notes
    assert (note.reason, note.detail) == (
        ALLOCATOR,
        "<jemalloc>: " if flags else "_rjem_malloc",
    )


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


def test_runtimes_with_a_heap_of_their_own(case: Callable[..., Traced], tracer: Tracer) -> None:
    places = "/usr/local/go/bin:/usr/lib/go/bin:/usr/bin:/bin"
    programs = {name: shutil.which(name, path=places) for name in ("go", "java", "node")}
    if not any(programs.values()):
        pytest.skip("no Go, Java and Node on this machine")
    if program := programs["go"]:
        assert [one.reason for one in case("exec", program, "version").notes] == [GO]
    if program := programs["java"]:
        traced = tracer.run(program, "-version", capacity=1 << 16)
        assert [one.reason for one in traced.notes] == [JAVA]
    if program := programs["node"]:
        traced = tracer.run(program, "--version", capacity=1 << 16)
        assert (traced.notes, traced.heaps) == ([], ["node"])
    assert case("malloc").heaps == []
