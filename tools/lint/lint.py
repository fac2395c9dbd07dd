#!/usr/bin/env python3
"""Checks formatting, style and types of the repository; --fix fixes what can be fixed.

The tools come from locks: ruff, mypy and codespell with the packages that our code
imports from py/wheels.lock.json by pip, buildifier from package-lock.json by npm. They are
installed once per state of the locks, into the user's cache folder.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
# A script's own folder is on the path, the repository's is not.
sys.path.insert(0, str(ROOT))

from tools.lint.tree import TreeError, project_files, starlark_files  # noqa: E402

WHEELS = ROOT / "py/wheels.lock.json"
PACKAGES = [ROOT / "tools/lint/package.json", ROOT / "tools/lint/package-lock.json"]
PYTHON_FOLDERS = [name for name in ("py", "tools", "tests") if (ROOT / name).is_dir()]

_CPUS = {"x86_64": "amd64", "aarch64": "arm64"}


class LintError(Exception):
    """The tools cannot be installed; the message states what to do."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Installed tools.

    Attributes:
        python: interpreter of an environment that has ruff, mypy, codespell and our packages.
        buildifier: the program.
        caches: folder for what ruff keeps between runs.
    """

    python: Path
    buildifier: Path
    caches: Path


def _run(command: list[str | Path], advice: str, cwd: Path) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd)
    except FileNotFoundError:
        raise LintError(f"{command[0]} is not installed. {advice}") from None
    except subprocess.CalledProcessError as error:
        words = " ".join(map(str, command))
        output = (error.stderr or error.stdout).strip()[-2000:]
        raise LintError(f"`{words}` failed:\n{output}\n{advice}") from None


def _hashes(package: dict[str, Any]) -> str:
    """Returns pip's options for the hashes of a locked package."""
    digests = [digest for files in package["files"].values() for digest in files.values()]
    return "".join(f" --hash=sha256:{digest}" for digest in digests)


def _install_python_tools(folder: Path) -> None:
    requirements = folder / "requirements.txt"
    packages = json.loads(WHEELS.read_text())["packages"]
    lines = [
        f"{name}=={package['version']}{_hashes(package)}\n" for name, package in packages.items()
    ]
    requirements.write_text("".join(lines))
    venv = "Install Python's venv module (Debian: apt install python3-venv), then run this again."
    pip = "Check pip (Debian: apt install python3-pip) and its index settings, then run this again."
    _run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], venv, folder)
    _run(
        [
            *(sys.executable, "-m", "pip", "--python", folder / "venv/bin/python", "install"),
            *("--no-deps", "--only-binary=:all:", "--require-hashes", "-r", requirements),
        ],
        pip,
        folder,
    )


def _install_buildifier(folder: Path) -> None:
    for file in PACKAGES:
        shutil.copy(file, folder)
    advice = "Check npm (Debian: apt install npm) and its registry settings, then run this again."
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], advice, folder)


def _key() -> str:
    """Names the state of all that decides what gets installed."""
    digest = hashlib.sha256(f"{sys.version} {platform.machine()}".encode())
    for file in [Path(__file__), WHEELS, *PACKAGES]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def install(cache: Path) -> Tools:
    """Installs the tools unless they are there; safe when two run at once.

    Args:
        cache: the folder that holds all installed states.

    Raises:
        LintError: this machine is unsupported, or pip or npm fails.
    """
    cpu = _CPUS.get(platform.machine())
    if sys.platform != "linux" or not cpu:
        raise LintError("the tools are locked for Linux on x86_64 and aarch64 only")
    home = cache / _key()
    if not home.is_dir():
        print(
            f"lint: installing ruff, mypy, codespell and buildifier into {home} (once)",
            file=sys.stderr,
        )
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="new-") as scratch:
            made = Path(scratch, "tools")
            made.mkdir()
            _install_python_tools(made)
            _install_buildifier(made)
            try:
                made.rename(home)
            except OSError:
                # Another run was faster: use what it made.
                if not home.is_dir():
                    raise
    buildifier = home / f"node_modules/@bazel/buildifier/buildifier-linux_{cpu}"
    return Tools(home / "venv/bin/python", buildifier, cache)


def check(tools: Tools, fix: bool) -> list[str]:
    """Runs every check.

    Args:
        tools: from `install`.
        fix: fix instead of checking, where a tool can.

    Returns:
        names of the checks that failed.

    Raises:
        TreeError: the files of the repository cannot be listed.
    """
    files = project_files(ROOT)
    ruff: list[str | Path] = [tools.python, "-m", "ruff"]
    ruff_cache = f"--cache-dir={tools.caches / 'ruff'}"
    # Within the tree: two clones that share one while both are checked make mypy crash.
    mypy_cache = f"--cache-dir={ROOT / '.mypy_cache'}"
    mode = ["-mode=fix", "-lint=fix"] if fix else ["-mode=check", "-lint=warn"]
    commands: dict[str, list[str | Path]] = {
        "ruff format": [*ruff, "format", ruff_cache, *([] if fix else ["--check"]), "."],
        "ruff check": [*ruff, "check", ruff_cache, *(["--fix"] if fix else []), "."],
        "mypy": [tools.python, "-m", "mypy", "--strict", mypy_cache, *PYTHON_FOLDERS],
        "buildifier": [tools.buildifier, *mode, *starlark_files(files)],
        "loads": [tools.python, "-m", "tools.lint.loads"],
        "prints": [tools.python, "-m", "tools.lint.prints"],
        # Some words have several corrections, so they are never fixed automatically.
        "spelling": [tools.python, "-m", "codespell_lib", *files],
        "links": [tools.python, "-m", "tools.lint.links"],
        "citations": [tools.python, "-m", "tools.lint.citations"],
        "sizes": [tools.python, "-m", "tools.lint.sizes"],
        "mutations": [tools.python, "tools/mutate.py", "--check"],
    }
    failed = []
    for name, command in commands.items():
        print(f"lint: {name}", file=sys.stderr, flush=True)
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(name)
    return failed


def main() -> int:
    """Installs the tools, runs the checks; returns 0 when all pass."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fix", action="store_true", help="fix what the tools can fix")
    arguments = parser.parse_args()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        failed = check(install(home / "rules_codspeed/lint"), arguments.fix)
    except (LintError, TreeError) as error:
        print(f"lint: {error}", file=sys.stderr)
        return 1
    verdict = f"failed: {', '.join(failed)}" if failed else "all checks passed"
    print(f"lint: {verdict}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
