"""Modules of the tests' own interpreter, for programs that need them too."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest


def site(module: str) -> Path:
    """Returns the folder on the import path that holds a module."""
    found = importlib.util.find_spec(module)
    if not found or not found.origin:
        pytest.skip(f"no module {module}")
    origin = Path(found.origin)
    return origin.parents[1] if origin.name == "__init__.py" else origin.parent


_PYTEST = "_pytest iniconfig packaging pluggy py pygments pytest"
_CODSPEED = "markdown_it mdurl pytest_codspeed rich"
_ADDED = "codspeed_py__all"
# Modules of the program, and those that the rules add.
_MODULES = {
    "pytest": (f"{_PYTEST} {_CODSPEED}", ""),
    "pytest_benchmark": (f"{_PYTEST} cpuinfo pytest_benchmark", _CODSPEED),
}
WHEELS = "wheels~1"


def python_fields(framework: str, sources: Iterable[str], wheels: str = WHEELS) -> dict[str, Any]:
    """Returns the fields of a spec for sources, whose modules are in a repository `wheels`."""
    python = {
        "interpreter": sys.executable,
        "imports": [f"{wheels}/s"],
        "added": [f"{_ADDED}/s"] if _MODULES[framework][1] else [],
        "tests": [path for path in sources if Path(path).name.startswith("bench_")],
    }
    return {"framework": framework, "python": python}


def python_files(
    framework: str, also: str = "", wheels: str = WHEELS
) -> Iterator[tuple[str, Path]]:
    """Yields the files to stage of a framework's modules, and of further ones, by path."""
    own, added = _MODULES[framework]
    for repository, names in ((wheels, f"{own} {also}"), (_ADDED, added)):
        for name in names.split():
            for path, file in module_files(name):
                yield f"{repository}/s/{path}", file


# In the header of a .pyc file that is used without a look at its source (PEP 552).
_UNCHECKED = b"\1\0\0\0"


def module_files(name: str) -> Iterator[tuple[str, Path]]:
    """Yields the files of a module, with their paths below its folder of the import path.

    Among them are compiled ones as the rules stage them, where Bazel has compiled the module for
    the test (tests/bytecode.bzl); others depend on time stamps.
    """
    root = site(name)
    for top in [root / name, root / f"{name}.py", *root.glob(f"{name}-*.dist-info")]:
        for file in [top] if top.is_file() else _files(top):
            if file.suffix != ".pyc" or file.read_bytes()[4:8] == _UNCHECKED:
                yield str(file.relative_to(root)), file


def _files(top: Path) -> list[Path]:
    """Returns the files below a folder, also those in folders that are links."""
    found = os.walk(top, followlinks=True)
    return sorted(Path(folder, name) for folder, _, names in found for name in names)
