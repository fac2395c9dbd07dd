"""Simulator, compiler and programs that the driver's tests share."""

from __future__ import annotations

import contextlib
import copy
import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.measure.stage.place.own_tmp import can_have_own, own
from tests.measure.modules import WHEELS, python_fields, python_files, site
from tests.measure.target import SPEC, STAGE, Simulator, Target

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def alone(stage: None) -> None:
    """Makes all tests of this folder, but where another fixture has this name, take the stage."""


@pytest.fixture(scope="session")
def stage() -> Iterator[None]:
    """Keeps tests of other targets away: without a sandbox's own /tmp, the stage is shared.

    Root gives these tests a /tmp of their own where others use the machine's; who is not waits.
    """
    path = STAGE.with_suffix(".tests")
    # It may belong to another user, who ran the tests before.
    with contextlib.suppress(PermissionError):
        path.touch()
    tmp, given = str(STAGE.parent), {os.environ.get(name) for name in ("TMPDIR", "TEST_TMPDIR")}
    with path.open() as lock, contextlib.ExitStack() as held:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if os.geteuid() == 0 and can_have_own(tmp, filter(None, given - {tmp})):
                held.enter_context(own(tmp))
            else:
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Simulator:
    """The toolchain's, named by $CODSPEED_TEST_SIMULATOR; else the Valgrind of this machine."""
    manifest = tmp_path_factory.mktemp("simulator") / "files"
    if given := os.environ.get("CODSPEED_TEST_SIMULATOR"):
        found: dict[str, Any] = json.loads(Path(given).read_text())
        # Tests start in the main repository's folder of their runfiles.
        files = {path: Path("..", file).absolute() for path, file in found.pop("files").items()}
        return Simulator.of(found, files, manifest)
    tools = Path("/usr/libexec/valgrind").glob("*")
    files = {str(path)[1:]: path for path in [Path("/usr/bin/valgrind.bin"), *tools]}
    if len(files) < 2:
        pytest.skip("no Valgrind on this machine, and no CODSPEED_TEST_SIMULATOR")
    return Simulator.of(SPEC["simulator"], files, manifest)


@pytest.fixture(scope="session")
def hooks() -> Path:
    """CodSpeed's C library, as pytest-codspeed carries it."""
    return site("pytest_codspeed") / "pytest_codspeed/instruments/hooks/instrument-hooks"


@pytest.fixture(scope="session")
def compiler() -> str:
    """The C compiler of this machine."""
    found = shutil.which("cc")
    if not found:
        pytest.skip("no C compiler on this machine")
    return found


Compile = Callable[..., Path]


@pytest.fixture(scope="session")
def compile_c(compiler: str, hooks: Path, tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compiles a C file of this folder against CodSpeed's library, once per set of flags."""
    folder = tmp_path_factory.mktemp("programs")
    core = folder / "core.o"
    command = [compiler, "-c", "-O1", "-w", "-fPIC", "-std=c11", f"-I{hooks}/includes"]
    subprocess.run([*command, str(hooks / "dist/core.c"), "-o", str(core)], check=True)
    built: dict[tuple[str, ...], Path] = {}

    def compile_one(source: Path, *flags: str) -> Path:
        key = (str(source), *flags)
        if key not in built:
            built[key] = folder / f"program{len(built)}"
            own = shutil.which("c++") if source.suffix == ".cc" else compiler
            if not own:
                pytest.skip("no C++ compiler on this machine")
            # As Bazel does: relative names, no path of this machine in the debug information.
            arguments = [own, "-g", "-O1", *flags, f"-I{hooks}/includes", source.name]
            arguments += [str(core), "-o", str(built[key]), "-lpthread"]
            arguments.append(f"-fdebug-prefix-map={source.parent}=/proc/self/cwd/tests/measure")
            subprocess.run(arguments, cwd=source.parent, check=True)
        return built[key]

    return compile_one


@pytest.fixture(scope="session")
def program(compile_c: Compile) -> Path:
    """The benchmark program of many behaviours."""
    return compile_c(HERE / "program.c")


@pytest.fixture(scope="session")
def preload(compile_c: Compile) -> Path:
    """The library that measures a whole process."""
    source = HERE.parents[1] / "rules/hooks/preload.c"
    return compile_c(source, "-shared", "-fPIC")


@pytest.fixture(scope="session")
def refuse(compile_c: Compile) -> Path:
    """Runs a command where one system call is refused: `refuse CALL COMMAND...`."""
    return compile_c(HERE / "refuse.c")


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The library of the fixed kernel: the one named by $CODSPEED_TEST_KERNEL, or made here."""
    if given := os.environ.get("CODSPEED_TEST_KERNEL"):
        return Path(given).absolute()
    compiler: str = request.getfixturevalue("compiler")
    library = tmp_path_factory.mktemp("kernel") / "libkernel.so"
    sources = sorted((HERE.parents[1] / "rules/kernel").glob("*.c"))
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-fvisibility=hidden", "-fPIC"]
    command = [compiler, *flags, "-shared", *map(str, sources), "-o", str(library)]
    subprocess.run(command, check=True)
    return library


@pytest.fixture
def make_target(tmp_path: Path, simulator: Simulator, kernel: Path) -> Callable[..., Target]:
    """Makes targets of the test's folder."""

    def make(folder: str = "target", **changes: Any) -> Target:
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        spec = {**copy.deepcopy(SPEC), "simulator": simulator.description, **changes}
        return Target(path, simulator.manifest, spec, kernel=kernel)

    return make


@pytest.fixture
def hooks_target(make_target: Callable[..., Target], program: Path) -> Callable[..., Target]:
    """Makes targets of framework `hooks`."""

    def make(*args: str, **changes: Any) -> Target:
        return make_target(args=list(args), **changes).stage("_main/pkg/program", program)

    return make


@pytest.fixture
def google_target(make_target: Callable[..., Target], compile_c: Compile) -> Callable[..., Target]:
    """Makes targets whose program has the interface of google_benchmark."""

    def make(*args: str, **changes: Any) -> Target:
        target = make_target(args=list(args), **changes)
        # Linked as Bazel does with -c opt: without what is not used.
        program = compile_c(HERE / "skips.cc", "-std=c++17", "-Wl,--gc-sections")
        return target.stage("_main/pkg/program", program)

    return make


@pytest.fixture(scope="session")
def google_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite of google_benchmark itself, linked with the library of this machine."""
    source = HERE / "google_benchmark.cc"
    compiler = shutil.which("c++")
    if not compiler:
        pytest.skip("no C++ compiler on this machine")
    program = tmp_path_factory.mktemp("suite") / "program"
    command = [compiler, "-g", "-O2", "-std=c++17", source.name, "-o", str(program)]
    command += ["-lbenchmark", "-lpthread", f"-fdebug-prefix-map={source.parent}=/proc/self/cwd"]
    built = subprocess.run(command, cwd=source.parent, capture_output=True, check=False, text=True)
    if re.search(r"benchmark/benchmark.h: No such file|cannot find -lbenchmark", built.stderr):
        pytest.skip("no google_benchmark on this machine (libbenchmark-dev)")
    assert built.returncode == 0, built.stderr
    return program


@pytest.fixture
def exec_target(
    make_target: Callable[..., Target], program: Path, preload: Path
) -> Callable[..., Target]:
    """Makes targets of framework `exec`."""

    def make(*args: str, **changes: Any) -> Target:
        where = {"framework": "exec", "preload": "_main/rules/hooks/libpreload.so"}
        target = make_target(args=list(args), **where, **changes)
        target.stage("_main/rules/hooks/libpreload.so", preload)
        return target.stage("_main/pkg/program", program)

    return make


@pytest.fixture
def python_target(make_target: Callable[..., Target]) -> Callable[..., Target]:
    """Makes targets of framework `pytest`, or `pytest_benchmark`, from sources by path.

    Their modules are in the repository `wheels`: those of pytest-codspeed and those that are
    named by `also`. Those of pytest-codspeed are elsewhere for `pytest_benchmark`.
    """

    def make(
        sources: dict[str, str],
        *args: str,
        without: str = "",
        also: str = "",
        framework: str = "pytest",
        wheels: str = WHEELS,
        **changes: Any,
    ) -> Target:
        fields = python_fields(framework, sources, wheels)
        target = make_target(args=list(args), **fields, **changes)
        for path, text in sources.items():
            target.stage(path, text)
        for path, file in python_files(framework, also, wheels):
            if not (without and without in path):
                target.stage(path, file)
        return target

    return make
