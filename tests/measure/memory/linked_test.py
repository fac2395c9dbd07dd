"""Static programs that count by themselves, and operators of C++ that do not call malloc."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.tracing import Traced, Tracer

Compile = Callable[..., Path]
HERE = Path(__file__).parent
OPERATORS = 5  # of `enum reason` of rules/memory/channel.h
# What operators.cc allocates: by new and the library's classes, and by malloc.
NEW = [("Malloc", 400), ("AlignedAlloc", 128), ("Malloc", 200), ("Malloc", 7), ("Malloc", 101)]
EXPECTED = [*NEW, ("Malloc", 33)]


def allocations(traced: Traced) -> list[tuple[str, int]]:
    """The kind and size of each allocation."""
    assert traced.status == 0
    return [(one["type"], one["size"]) for one in traced.events() if "size" in one]


def test_static_program(
    tracer: Tracer, compile_program: Compile, static_programs: dict[str, Path]
) -> None:
    dynamic = tracer.run(compile_program("kinds"))
    static = tracer.run(static_programs["static_kinds"])
    # The C library allocates before a static program begins.
    assert allocations(static)[-12:] == allocations(dynamic)
    kinds = [one["type"] for one in dynamic.events()]
    assert [one["type"] for one in static.events()][-len(kinds) :] == kinds
    assert not static.notes


@pytest.mark.parametrize("name", ["static_operators", "static_own_operators"])
def test_operators_of_a_static_program(
    tracer: Tracer, static_programs: dict[str, Path], name: str
) -> None:
    traced = tracer.run(static_programs[name])
    assert allocations(traced)[-len(EXPECTED) :] == EXPECTED
    assert not traced.notes
    # Nothing that was freed is left, and no block is freed twice.
    kinds = [event["type"] for event in traced.events()]
    assert kinds[-2:] == ["Free", "Free"]
    assert tracer.run(static_programs[name], "throw").status == 0


def test_functions_of_allocators(tracer: Tracer, static_programs: dict[str, Path]) -> None:
    events = tracer.run(static_programs["static_own_operators"]).events()
    first = next(i for i, one in enumerate(events) if one.get("size") == 2000)
    block, grown, freed = events[first : first + 3]
    assert [one["type"] for one in (block, grown, freed)] == ["AlignedAlloc", "Realloc", "Free"]
    assert grown["size"] == 4000
    assert freed["addr"] == grown["addr"]


def test_operators_that_are_not_seen(tracer: Tracer, static_programs: dict[str, Path]) -> None:
    (note,) = tracer.run(static_programs["static_own_operators_unseen"]).notes
    assert (note.reason, note.detail) == (OPERATORS, "tc_malloc")


def test_static_child(case: Callable[..., Traced], static_programs: dict[str, Path]) -> None:
    traced = case("exec", static_programs["static_kinds"])
    assert not traced.notes
    assert allocations(traced)[-12:][0] == ("Malloc", 512)


def test_operators_of_a_library(tracer: Tracer, compile_program: Compile) -> None:
    alone = tracer.run(compile_program("operators"))
    assert [one for one in allocations(alone) if one[1] < 1000] == EXPECTED
    library = compile_program("own_operators", "-shared", "-fPIC")
    program = compile_program("operators", "-Wl,--no-as-needed", str(library))
    for arguments in ([], ["throw"]):
        found = allocations(tracer.run(program, *arguments))
        assert [one for one in found if one in EXPECTED] == EXPECTED
    assert not tracer.run(program).notes


def test_jemalloc(tracer: Tracer, compile_program: Compile) -> None:
    library = shutil.which("libjemalloc.so.2", path="/usr/lib/x86_64-linux-gnu:/usr/lib64:/usr/lib")
    if not library:
        pytest.skip("no libjemalloc.so.2 on this machine")
    traced = tracer.run(compile_program("operators", "-Wl,--no-as-needed", library))
    assert [one for one in allocations(traced) if one[1] < 1000] == EXPECTED
    assert not traced.notes


@pytest.mark.parametrize("own", [[], [str(HERE / "own_operators.cc")]])
def test_library_that_python_loads(
    tracer: Tracer, compile_program: Compile, own: list[str]
) -> None:
    python = shutil.which("python3")
    library = compile_program("operators", "-shared", "-fPIC", "-Dmain=run", *own)
    assert python
    code = f"import ctypes; ctypes.CDLL('{library}')._Z3runiPPc(1, None)"
    traced = tracer.run(python, "-c", code, capacity=1 << 16)
    found = allocations(traced)
    assert [one for one in found if one in EXPECTED][-len(EXPECTED) :] == EXPECTED
