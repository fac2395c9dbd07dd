"""Modules of the tests' own interpreter, for programs that need them too."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest


def site(module: str) -> Path:
    """Returns the folder on the import path that holds a module."""
    found = importlib.util.find_spec(module)
    if not found or not found.origin:
        pytest.skip(f"no module {module}")
    origin = Path(found.origin)
    return origin.parents[1] if origin.name == "__init__.py" else origin.parent


# What pytest-codspeed needs.
MODULES = (
    "_pytest iniconfig markdown_it mdurl packaging pluggy py pygments pytest pytest_codspeed rich"
)


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
