"""The entry of an action starts with the sources and the wheels that the action gets."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]


def _site(package: str) -> Path:
    """Returns the folder that a package is imported from."""
    spec = importlib.util.find_spec(package)
    assert spec, f"no package {package} in the runfiles"
    file = Path(str(spec.origin))
    # A package is a folder or, as typing_extensions, a single file.
    return file.parents[1] if file.name == "__init__.py" else file.parent


def test_it_prints_its_options() -> None:
    # As the action starts it: rules/private/python_tool.bzl.
    command = [sys.executable, "-I", "-S", "-B", str(ROOT / os.environ["ENTRY"])]
    for package in os.environ["PACKAGES"].split():
        command += ["--import-path", str(_site(package))]
    run = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("usage: ")
