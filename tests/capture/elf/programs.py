"""Real ELF files: what this machine has, and what its compiler makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_SOURCE = """
int printf(const char *, ...);
unsigned long strlen(const char *);
static int table[64] = {1, 2, 3};
__thread int of_the_thread;
__attribute__((noinline)) static int work(int n) { return n < 2 ? n : work(n - 1) + work(n - 2); }
__attribute__((noinline)) int exported(int n) { return table[n & 63] + of_the_thread; }
int main(int argc, char **argv) {
  printf("%d %d %lu\\n", work(argc), exported(argc), strlen(argv[0]));
  return 0;
}
"""

LIBC = Path("/usr/lib/x86_64-linux-gnu/libc.so.6")
LIBC_ARM = Path("/usr/lib/aarch64-linux-gnu/libc.so.6")
NODE = Path("/usr/bin/node")


def compile_c(path: Path, *flags: str) -> Path:
    """Compiles a small program; skips the test where there is no compiler, or not for that."""
    source = path.with_suffix(".c")
    source.write_text(_SOURCE)
    result = subprocess.run(
        [_tool("cc"), "-O1", *flags, str(source), "-o", str(path)], capture_output=True, text=True
    )
    if result.returncode:
        pytest.skip(f"cc {' '.join(flags)} does not work here: {result.stderr.splitlines()[:1]}")
    return path


def objcopy(*arguments: str | Path) -> None:
    """Runs objcopy; skips the test where there is none, or it cannot."""
    command = [_tool("objcopy"), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        pytest.skip(f"{' '.join(command)} does not work here: {result.stderr.splitlines()[:1]}")


def readelf(*arguments: str | Path) -> str:
    """Returns what readelf prints in English; skips the test where there is none."""
    command = [_tool("readelf"), *map(str, arguments)]
    environment = {**os.environ, "LC_ALL": "C"}
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return result.stdout


def existing(*paths: Path) -> list[Path]:
    """Returns the files that this machine has."""
    return [path for path in paths if path.is_file()]


def _tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"no {name} on this machine")
    return found
