"""Python functions as functions of machine code: the library, names, Valgrind's arguments."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.spec import Simulator
from rules_codspeed.measure.frameworks.pytesting import frames
from rules_codspeed.measure.simulation.python_frames import Explained, skips
from rules_codspeed.measure.stage.objects.symbols import function_names

HERE = Path(__file__).parent
STOCK = Simulator("valgrind", "stock", "3.19.0", "launcher", "lib", "sha")
CODSPEED = Simulator("valgrind", "codspeed", "3.26.0.codspeed3", "launcher", "lib", "sha")

# What the library is loaded into: the plugin around two functions, and what it writes.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import frames

def outer(count):
    return [inner(one) for one in range(count)]

def inner(one):
    return one

plugin = frames.Frames(sys.argv[2])
plugin.pytest_runtest_logstart("test")
outer(3)
plugin.pytest_sessionfinish()
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The library: the one named by $CODSPEED_TEST_PYTHON_FRAMES, or made here."""
    if given := os.environ.get("CODSPEED_TEST_PYTHON_FRAMES"):
        return Path(given).absolute()
    compiler: str = request.getfixturevalue("compiler")
    made = tmp_path_factory.mktemp("frames") / "libpython_frames.so"
    source = HERE.parents[2] / "rules/python_frames/frames.c"
    flags = ["-std=gnu11", "-O1", "-fno-optimize-sibling-calls", "-fPIC", "-Wall", "-Werror"]
    subprocess.run([compiler, *flags, "-shared", str(source), "-o", str(made)], check=True)
    return made


def interpreters() -> list[str]:
    """Returns this Python, and others that the machine has: those of pyenv, and on the PATH."""
    found = {sys.version_info[1]: sys.executable}
    for minor in range(10, 15):
        homes = Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3.{minor}")
        found.setdefault(minor, str(next(homes, None) or shutil.which(f"python3.{minor}") or ""))
    return [one for _, one in sorted(found.items()) if one and "shims" not in one]


@pytest.mark.parametrize("python", interpreters())
def test_functions_are_named_with_file_and_line(library: Path, tmp_path: Path, python: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    subprocess.run(
        [python, str(program), str(Path(frames.__file__).parent), str(library)],
        env={**os.environ, "CODSPEED_PROFILE_FOLDER": str(tmp_path)},
        check=True,
    )
    (file,) = tmp_path.glob("python-frames-*.json")
    names = {name: (path, line) for name, path, line in json.loads(file.read_text()).values()}
    assert names["__main__.outer"] == (str(program), 6)
    assert names["__main__.inner"] == (str(program), 9)


def test_each_function_has_a_stub_that_calls(library: Path) -> None:
    stubs = {one for one in function_names(str(library)) if one.startswith("python_frame_")}
    assert {"python_frame_000", "python_frame_fff"} <= stubs
    assert len(stubs) == 16**3


class Pytest:
    """What is used of a framework."""

    command = ("/usr/bin/python3", "-S", "/stage/driver/pytest_main.py", "--config=x", "a.py")

    def command_for(self, name: str) -> tuple[str, ...]:
        return (*self.command[:4], name)


def test_the_program_runs_through_the_library(tmp_path: Path) -> None:
    driver = tmp_path / "driver"
    driver.mkdir()
    built = tmp_path / "built.so"
    built.write_bytes(b"library")
    layout: Any = type("Layout", (), {"driver": str(driver)})
    framework: Any = Pytest()
    explained = Explained(framework, layout, str(built))
    through = (f"{driver}/pytest_frames.py", f"{driver}/libpython_frames.so", "--config=x")
    assert explained.command == ("/usr/bin/python3", "-S", *through, "a.py")
    assert explained.command_for("one") == ("/usr/bin/python3", "-S", *through, "one")
    assert (driver / "libpython_frames.so").read_bytes() == b"library"
    assert (driver / "pytest_frames.py").read_text() == Path(frames.__file__).read_text()


def test_the_interpreter_is_skipped(library: Path) -> None:
    codspeed = skips(CODSPEED, ["/usr/bin/python3", "/usr/lib/libpython3.so"])
    assert codspeed == (
        "--fn-skip=python_frames_evaluate",
        "--obj-skip=/usr/bin/python3",
        "--obj-skip=/usr/lib/libpython3.so",
    )
    stock = skips(STOCK, [str(library)])
    assert stock[:2] == ("--fn-skip=Py*", "--fn-skip=_Py*")
    assert "--fn-skip=python_frames_install" in stock
