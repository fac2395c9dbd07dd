"""Simulations under a pinned root: what a program gets of it; the machine's libc does not count."""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.root import is_of_root
from rules_codspeed.measure.stage.host import loaded_objects
from rules_codspeed.measure.stage.objects.object_file import is_libc
from tests.measure.elsewhere import in_mounts, may
from tests.measure.pinned import NAME, SEEN, make_pinned, rooted
from tests.measure.rebuilt import OTHER, rebuilt
from tests.measure.target import Target

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def root(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of a root."""
    return make_pinned(program, tmp_path_factory.mktemp("root"))


Make = Callable[..., Target]


@pytest.fixture
def looking(exec_target: Make, compile_c: Callable[..., Path], root: Path) -> Make:
    """Makes targets whose program looks at the root."""

    def make(*args: str) -> Target:
        target = rooted(exec_target(*args), root)
        return target.stage("_main/pkg/program", compile_c(HERE / "root.c"))

    return make


def test_what_a_program_sees(looking: Make, compiler: str) -> None:
    assert is_of_root(compiler)
    ended = looking("look", compiler).run().succeeded()
    assert SEEN in ended.log
    found = ended.provenance
    assert found["root"]["name"] == NAME
    assert found["machine_answered"] == []
    assert found["host"]["libc"] is found["host"]["loader"] is None
    assert found["host"]["libraries"] == []
    objects = {
        line.partition(b"=")[2]
        for content in ended.profile.values()
        for line in content.splitlines()
        if line.startswith(b"ob=")
    }
    absolute = [one for one in objects if one.startswith(b"/")]
    assert absolute
    assert all(one.startswith(b"/usr/lib") for one in absolute)


def test_a_program_that_leaves_the_root(looking: Make) -> None:
    text = looking("separate").run().stopped()
    assert "//pkg:bench cannot be measured under the pinned root other" in text
    assert "set root = 'host'" in text


def test_a_root_without_what_the_program_needs(hooks_target: Make, tmp_path: Path) -> None:
    root = tmp_path / "root.tar"
    with tarfile.open(root, "w"):
        pass
    text = rooted(hooks_target("measure"), root).run().failed()
    assert "the pinned root other may lack a library" in text


@pytest.mark.skipif(not may("--mount"), reason="unshare --mount is refused here")
def test_another_libc_of_the_machine(
    hooks_target: Make, program: Path, root: Path, tmp_path: Path
) -> None:
    """Benchmarks are listed under the root, too. Without it, provenance states the other libc."""
    [libc] = [
        path
        for path in loaded_objects(str(program), {}, str(tmp_path))
        if is_libc(os.path.basename(path))
    ]
    other = in_mounts(f"mount --bind {rebuilt(libc, tmp_path)} {libc}")
    here = rooted(hooks_target(isolate=True), root)
    first = here.run("first").succeeded()
    assert len(first.profile) > 2
    second = here.run("second", prefix=other).succeeded()
    assert first.profile == second.profile
    assert first.provenance == second.provenance
    machine = rooted(hooks_target("measure"), None).run("machine", prefix=other).succeeded()
    assert machine.provenance["host"]["libc"]["version"] == OTHER.decode()
    assert machine.provenance["root"] is None


@pytest.mark.parametrize("interpreter", [sys.executable, "tools/python.sh"])
def test_an_interpreter_of_the_machine(python_target: Make, root: Path, interpreter: str) -> None:
    """A script is what an autodetecting toolchain has."""
    target = python_target({"_main/bench_a.py": "def test_x(benchmark): benchmark(list)"})
    target.spec["python"]["interpreter"] = interpreter
    target.stage("tools/python.sh", '#!/bin/sh\nexec python3 "$@"\n')
    text = rooted(target, root).run().stopped()
    assert "the Python interpreter of //pkg:bench is the machine's" in text
