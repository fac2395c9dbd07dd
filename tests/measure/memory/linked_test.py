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


@pytest.mark.parametrize(
    "name", ["libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4"]
)
def test_allocator_in_a_library(tracer: Tracer, compile_program: Compile, name: str) -> None:
    # Not executable, as `shutil.which` would have it.
    folders = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
    found = [f"{folder}/{name}" for folder in folders if Path(f"{folder}/{name}").exists()]
    if not found:
        pytest.skip(f"no {name} on this machine")
    flags = ("-Wl,--no-as-needed", found[0], f"-Wl,-rpath,{Path(found[0]).parent}")
    traced = tracer.run(compile_program("operators", *flags))
    assert [one for one in allocations(traced) if one in EXPECTED] == EXPECTED
    assert not traced.notes
    # Among them `reallocarray`, which mimalloc has itself.
    kinds = tracer.run(compile_program("kinds", *flags))
    sizes = [size for _, size in allocations(kinds)]
    assert [one for one in sizes if one in (1000, 512, 200, 768, 96, 21)] == [
        *(512, 1000, 200, 512, 768, 96, 21)
    ]


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
