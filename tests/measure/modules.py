"""Modules of the tests' own interpreter, for programs that need them too."""

from __future__ import annotations

import importlib.util
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


def module_files(name: str) -> Iterator[tuple[str, Path]]:
    """Yields the files of a module, with their paths below its folder of the import path."""
    root = site(name)
    for top in [root / name, root / f"{name}.py", *root.glob(f"{name}-*.dist-info")]:
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(root)), file
