"""A program that runs under another loader and libc: provenance states these, and they count."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.provenance import Provenance, parse_provenance
from rules_codspeed.measure.stage.host import loaded_objects
from rules_codspeed.measure.stage.objects.object_file import is_libc, is_loader, read_object_file
from rules_codspeed.results.conditions import conditions, incomparable
from tests.measure.rebuilt import OTHER, rebuilt
from tests.measure.target import Ended, Target

PROGRAM = Path(__file__).parents[1] / "program.c"


def provenance(ended: Ended) -> Provenance:
    return parse_provenance((ended.succeeded().folder / "provenance.json").read_bytes())


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler on this machine")
def test_another_loader_and_libc(
    hooks_target: Callable[..., Target],
    program: Path,
    compile_c: Callable[..., Path],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    loader, libc = "", ""
    for path in loaded_objects(str(program), {}, str(tmp_path)):
        if is_loader(os.path.basename(path)):
            loader = rebuilt(path, folder)
        elif is_libc(os.path.basename(path)):
            libc = rebuilt(path, folder)
    assert loader
    assert libc
    before = provenance(hooks_target("measure", timeout_s=600).run("before"))
    target = hooks_target("measure", env={"LD_LIBRARY_PATH": str(folder)}, timeout_s=600)
    target.stage("_main/pkg/program", compile_c(PROGRAM, f"-Wl,--dynamic-linker={loader}"))
    after = provenance(target.run("after"))

    assert before.host
    assert before.host.libc
    assert after.host
    assert after.host.libc == read_object_file(libc, os.path.basename(libc))
    assert after.host.loader == read_object_file(loader, os.path.basename(loader))
    assert after.host.libc.version == OTHER.decode()
    assert str(tmp_path) not in (target.folder / "after/provenance.json").read_text()
    assert incomparable(conditions(before), conditions(after)) == (
        f"measured on glibc 9.99, base on {before.host.libc.version}"
    )


def test_an_interpreter_of_the_machine(python_target: Callable[..., Target]) -> None:
    source = "def test_x(benchmark):\n    benchmark(lambda: 1)\n"
    found = provenance(python_target({"_main/bench_a.py": source}, timeout_s=600).run())
    assert found.host
    assert found.host.interpreter
    assert found.interpreter.startswith(found.host.interpreter.version.split()[0])
    assert conditions(found)["interpreter"].startswith(found.interpreter.split()[0])
    assert found.host.interpreter.name not in [one.name for one in found.host.libraries]
