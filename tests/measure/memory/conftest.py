"""The libraries of memory mode, and programs that are measured with them alone."""

from __future__ import annotations

import copy
import os
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.measure.memory.memory_target import PRELOAD, Make, MemoryTarget
from tests.measure.memory.tracing import Libraries, Traced, Tracer
from tests.measure.modules import python_fields, python_files
from tests.measure.target import SPEC, Target

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "rules/memory"
_FOLD = ("artifact", "fold", "identities", "owed", "serve", "table", "timeline", "weights")
_WRAPPED = ("extensions", "wrapped")  # linked into static programs only
_PRELOADED = (
    *("breakpoints", "cfi", "find_operators", "objects", "places", "python", "regions", "stacks"),
    "unwind",
)  # never linked into them
_FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-fvisibility=hidden", "-fPIC")

# Whether operators of C++ are counted where they do not call malloc.
_STATIC = {
    "static_kinds": False,
    "static_operators": False,
    "static_own_operators": True,
    "static_own_operators_unseen": False,
}

Compile = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def alone() -> None:
    """In place of the lock of the folder above: only `driver_test` uses the stage."""


def _compilers() -> dict[str, str]:
    """Returns the compilers of this machine, by the suffix of what they compile."""
    c, cpp = shutil.which("cc"), shutil.which("c++")
    if not (c and cpp):
        pytest.skip("no C++ compiler on this machine")
    return {".c": c, ".cc": cpp}


@pytest.fixture(scope="session")
def compile_program(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compiles a file of this folder."""
    compilers = _compilers()
    folder = tmp_path_factory.mktemp("programs")

    def compile_one(name: str, *flags: str) -> Path:
        built = folder / "".join([name, *(Path(flag).name for flag in flags)])
        if not built.exists():
            (source,) = HERE.glob(f"{name}.c*")
            command = [
                compilers[source.suffix],
                "-w",
                "-O1",
                "-fno-builtin",
                str(source),
                "-o",
                str(built),
            ]
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
    preloaded = [one for one in all_sources if one.stem not in (*_FOLD, *_WRAPPED)]
    command = [compiler, *_FLAGS, "-shared"]
    subprocess.run([*command, *map(str, folding), "-o", str(fold)], check=True)
    loaded = [*map(str, preloaded), "-fno-builtin", "-o", str(preload), "-ldl"]
    subprocess.run([*command, *loaded], check=True)
    return Libraries(preload, fold)


@pytest.fixture(scope="session")
def static_programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Programs that //rules/memory:wrap is linked into: by Bazel, or made here."""
    if given := os.environ.get("CODSPEED_TEST_STATIC"):
        return {Path(one).name: Path(one).absolute() for one in given.split()}
    compilers = _compilers()
    folder = tmp_path_factory.mktemp("static")
    names = runpy.run_path(str(SOURCES / "wrapped.bzl"))
    counting = [one for one in sorted(SOURCES.glob("*.c")) if one.stem not in _FOLD]
    objects = []
    for source in counting:
        if source.stem not in _PRELOADED:
            objects.append(folder / f"{source.stem}.o")
            flags = [*_FLAGS, "-fno-builtin", "-DMEMORY_WRAPPED"]
            command = [compilers[".c"], *flags, "-c", str(source), "-o", str(objects[-1])]
            subprocess.run(command, check=True)
    made = {}
    for name, operators in _STATIC.items():
        made[name] = folder / name
        sources = [HERE / ("kinds.c" if name == "static_kinds" else "operators.cc")]
        sources += [HERE / "own_operators.cc"] if "own" in name else []
        linked = [one for one in objects if operators or one.stem != "operators"]
        kinds = ("ALLOCATOR", "EXTENSIONS", "PROCESSES", *(["OPERATORS"] if operators else []))
        options = names["wrap_options"]([one for kind in kinds for one in names[kind]])
        command = [compilers[sources[0].suffix], "-static", "-O1", "-w", "-fno-builtin"]
        command += [*map(str, [*sources, *linked]), *options, "-o", str(made[name])]
        subprocess.run(command, check=True)
    return made


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


@pytest.fixture
def make_memory_target(tmp_path: Path, libraries: Libraries, kernel: Path) -> Make:
    """Makes targets of the test's folder."""

    def make(*args: str, folder: str = "target", **changes: Any) -> Target:
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        own = {"mode": "memory", "simulator": None, "preload": PRELOAD, "args": list(args)}
        own["memory_stacks"] = "full"
        spec = {**copy.deepcopy(SPEC), **own, **changes}
        target = MemoryTarget(path, path, spec, kernel=kernel)
        target.fold = libraries.fold
        target.stage(PRELOAD, libraries.preload)
        return target

    return make


@pytest.fixture
def whole(make_memory_target: Make) -> Make:
    """Makes targets of framework `exec`."""

    def make(program: Path, *args: str, **changes: Any) -> Target:
        target = make_memory_target(*args, framework="exec", **changes)
        return target.stage("_main/pkg/program", program)

    return make


@pytest.fixture
def python(make_memory_target: Make) -> Make:
    """Makes targets of framework `pytest`, or `pytest_benchmark`, of one file."""

    def make(source: str, framework: str = "pytest", **changes: Any) -> Target:
        bench = "_main/pkg/bench_a.py"
        target = make_memory_target(**python_fields(framework, [bench]), **changes)
        target.stage(bench, source)
        for path, file in python_files(framework):
            target.stage(path, file)
        return target

    return make
