"""The suite of Go in this folder, built as people build theirs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.timed.conftest import make_timed

__all__ = ["make_timed"]

# b.Loop is of 1.24.
_LEAST = (1, 24)
_VERSION = re.compile(r"go(\d+)\.(\d+)")


@pytest.fixture(scope="session")
def build_go(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Builds with the Go of this machine: `build_go(source folder, command...)`."""
    # Bazel gives tests a PATH of their own.
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        pytest.skip("no Go on this machine")
    folder = tmp_path_factory.mktemp("go")
    cache = os.environ.get("GOCACHE") or f"{folder}/cache"
    variables = {"GOCACHE": cache, "GOPATH": f"{folder}/path", "HOME": str(folder)}
    variables |= {"GOPROXY": "off", "GOTOOLCHAIN": "local", "PATH": "/usr/bin:/bin"}
    variables |= {"GOFLAGS": "-buildvcs=false", "CGO_ENABLED": "0"}
    printed = subprocess.run([go, "version"], env=variables, capture_output=True, check=True)
    found = _VERSION.search(printed.stdout.decode())
    if not found or (int(found[1]), int(found[2])) < _LEAST:
        pytest.skip(f"no Go {_LEAST[0]}.{_LEAST[1]} or newer on this machine")

    def build(source: Path, *command: str) -> Path:
        program = tmp_path_factory.mktemp("program") / "program"
        # The files themselves: in Bazel's sandbox they are links.
        copied = shutil.copytree(source, tmp_path_factory.mktemp("source") / "suite")
        command = (go, *command, "-trimpath", "-o", str(program), ".")
        subprocess.run(command, cwd=copied, env=variables, check=True, timeout=240)
        return program

    return build


@pytest.fixture(scope="session")
def suite(build_go: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite's test program."""
    folder = tmp_path_factory.mktemp("suite") / "suite"
    folder.mkdir()
    for name in ("go.mod", "suite_test.go"):
        shutil.copy(Path(__file__).with_name(name), folder)
    return build_go(folder, "test", "-c")
