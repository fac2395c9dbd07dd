"""The entry of an action starts with the sources that the action gets, and without packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]


def test_it_prints_its_options() -> None:
    # As the action starts it: rules/private/python_tool.bzl.
    command = [sys.executable, "-I", "-S", "-B", str(ROOT / os.environ["ENTRY"]), "--help"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("usage: ")
