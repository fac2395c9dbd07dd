"""The suite of Node in this folder, with the packages of its lock."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

_FILES = ("package.json", "package-lock.json", "suite.mjs")
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional")
_LEAST = 20


@pytest.fixture(scope="session")
def node_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite's folder; skips the tests where its packages cannot be installed."""
    node, npm = (shutil.which(name, path="/usr/bin:/usr/local/bin") for name in ("node", "npm"))
    if not node or not npm:
        pytest.skip("no Node with npm on this machine")
    version = subprocess.run([node, "--version"], capture_output=True, check=True, text=True)
    if int(version.stdout.lstrip("v").partition(".")[0]) < _LEAST:
        pytest.skip(f"Node {version.stdout.strip()} is older than {_LEAST}")
    folder = tmp_path_factory.mktemp("node")
    for name in _FILES:
        shutil.copy(Path(__file__).with_name(name), folder)
    # Bazel gives tests a home of their own, without npm's settings; no other can be written to.
    home = pwd.getpwuid(os.getuid()).pw_dir
    variables = {**os.environ, "HOME": home, "npm_config_cache": f"{folder}/.npm"}
    found = subprocess.run(
        [npm, *_INSTALL], cwd=folder, env=variables, capture_output=True, check=False, timeout=300
    )
    if found.returncode:
        errors = found.stderr.decode(errors="replace").strip().splitlines()
        pytest.skip(f"npm cannot install the packages here: {errors[0] if errors else found}")
    shutil.rmtree(folder / ".npm", ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def node_hooks() -> Path:
    """The addon that marks calls."""
    hooks = os.environ.get("CODSPEED_TEST_NODE_HOOKS")
    if not hooks:
        pytest.skip("CODSPEED_TEST_NODE_HOOKS does not name //rules/hooks:node_hooks")
    return Path(hooks)
