"""The libraries of memory mode, and programs that are measured with them alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.tracing import Libraries, Traced, Tracer

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "rules/memory"
_FOLD = ("artifact", "fold", "identities", "serve", "table")
_FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-fvisibility=hidden", "-fPIC")

Compile = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def alone() -> None:
    """In place of the lock of the folder above: only `driver_test` uses the stage."""


@pytest.fixture(scope="session")
def compile_program(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compiles a C file of this folder."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler on this machine")
    folder = tmp_path_factory.mktemp("programs")

    def compile_one(name: str, *flags: str) -> Path:
        built = folder / "".join([name, *(Path(flag).name for flag in flags)])
        if not built.exists():
            source = HERE / f"{name}.c"
            command = [compiler, "-w", "-O1", "-fno-builtin", str(source), "-o", str(built)]
            subprocess.run([*command, "-lpthread", *flags], check=True)
        return built

    return compile_one


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Libraries:
    """Those that Bazel built, by $CODSPEED_TEST_PRELOAD and $CODSPEED_TEST_FOLD; else made here."""
    folder = tmp_path_factory.mktemp("libraries")
    preload, fold = folder / "codspeed_memory.so", folder / "fold.so"
    if given := os.environ.get("CODSPEED_TEST_PRELOAD"):
        shutil.copy(given, preload)
        return Libraries(preload, Path(os.environ["CODSPEED_TEST_FOLD"]).absolute())
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler on this machine")
    all_sources = sorted(SOURCES.glob("*.c"))
    folding = [one for one in all_sources if one.stem in _FOLD]
    preloaded = [one for one in all_sources if one.stem not in _FOLD]
    command = [compiler, *_FLAGS, "-shared"]
    subprocess.run([*command, *map(str, folding), "-o", str(fold)], check=True)
    loaded = [*map(str, preloaded), "-fno-builtin", "-o", str(preload), "-ldl"]
    subprocess.run([*command, *loaded], check=True)
    return Libraries(preload, fold)


@pytest.fixture
def tracer(libraries: Libraries, tmp_path: Path) -> Tracer:
    """Runs programs with the library preloaded, without a driver."""
    return Tracer(libraries, tmp_path)


@pytest.fixture
def case(tracer: Tracer, compile_program: Compile) -> Callable[..., Traced]:
    """Runs a case of cases.c."""

    def run(*arguments: str | Path, capacity: int = 1 << 12) -> Traced:
        return tracer.run(compile_program("cases"), *arguments, capacity=capacity)

    return run
