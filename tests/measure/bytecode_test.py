"""The compiler of measured modules: what it writes depends on the module and its path only."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.measure.bytecode import compile_modules

_TAG = sys.implementation.cache_tag
MODULE = """
NAMES = {"one", "two", "three", "four"}
def known(name): return name in {"a", "b", "c", "d", "bench", "zlib"}
class Shape:
    sides = 1234567
"""

Compile = Callable[..., Path]


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Compiles sources by path in runfiles, as the action does; returns the output."""

    def run(name: str, sources: dict[str, str | bytes], seed: str = "0") -> Path:
        folder = tmp_path / name
        lines = []
        for path, content in sources.items():
            source = folder / "sources" / path
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(content if isinstance(content, bytes) else content.encode())
            parent = (folder / "out" / path).parent / "__pycache__"
            lines.append(f"{parent}\t{path}\t{source}\n")
        (folder / "out").mkdir()
        (folder / "list").write_text("".join(lines))
        command = [sys.executable, "-S", "-s", "-B", compile_modules.__file__, str(folder / "list")]
        subprocess.run(command, check=True, env={"PYTHONHASHSEED": seed})
        return folder / "out"

    return run


def test_other_modules_and_folders_do_not_change_the_bytes(compiled: Compile) -> None:
    alone = compiled("alone", {"_main/pkg/shape.py": MODULE})
    others = {f"_main/other/m{n}.py": MODULE.replace("1234567", str(n)) for n in range(40)}
    beside = compiled("a/longer/name", {**others, "_main/pkg/shape.py": MODULE})
    path = f"_main/pkg/__pycache__/shape.{_TAG}.pyc"
    assert (alone / path).read_bytes() == (beside / path).read_bytes()
    assert len(list(beside.rglob("*.pyc"))) == 41


def test_no_path_of_the_machine(compiled: Compile, tmp_path: Path) -> None:
    out = compiled("out", {"_main/pkg/shape.py": MODULE})
    content = (out / f"_main/pkg/__pycache__/shape.{_TAG}.pyc").read_bytes()
    assert os.fsencode(tmp_path) not in content
    assert marshal.loads(content[16:]).co_filename == "_main/pkg/shape.py"


def test_used_without_a_look_at_the_source(compiled: Compile, tmp_path: Path) -> None:
    """Another time stamp, or even another source, changes nothing."""
    out = compiled("out", {"pkg/shape.py": MODULE})
    program = tmp_path / "program/shape.py"
    program.parent.mkdir()
    program.write_text("raise AssertionError('was compiled again')")
    (out / "pkg/__pycache__").rename(program.parent / "__pycache__")
    code = "import shape; print(shape.Shape.sides, shape.__file__)"
    command = [sys.executable, "-S", "-s", "-B", "-c", code]
    environment = {"PYTHONPATH": str(program.parent)}
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert ended.stdout.split() == ["1234567", str(program)]


@pytest.mark.parametrize(
    "content",
    [
        b"print 'Python 2'\n",
        b"a = '\xff'\n",
        b"a = 1\0\n",
        b"# -*- coding: no-such -*-\n",
        b"(" * 5000,
        b"-" * 200000 + b"1",
        b"async = {{ template }}",
    ],
)
def test_what_is_no_module_is_left_out(compiled: Compile, content: bytes) -> None:
    out = compiled("out", {"pkg/odd.py": content, "pkg/shape.py": MODULE, "pkg/empty.py": ""})
    names = sorted(path.name for path in out.rglob("*.pyc"))
    assert names == [f"empty.{_TAG}.pyc", f"shape.{_TAG}.pyc"]


def test_unreadable_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list").write_text(f"{tmp_path}/out\tpkg/a.py\t{tmp_path}/missing.py\n")
    assert compile_modules.main(str(tmp_path / "list")) == compile_modules.FAILED
    message = capfd.readouterr().err
    assert message.startswith("rules_codspeed: the module pkg/a.py cannot be compiled. Got: ")
    assert "Fix: " in message
    assert "Traceback" not in message
