"""Measures what memory mode costs beside heaptrack, memray and Valgrind's DHAT. Not a test.

Run it on an idle machine with a Python that has zstandard: `python tests/benchmarks/speed_memory.py`.
It builds the libraries and a program of many pairs of malloc and free with the machine's C compiler,
and measures that and a Python program, each with every instrument that is there: wall time, and how
much memory the folding process takes.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT)]

from rules_codspeed.measure.memory.channel import (  # noqa: E402
    PRELOADED,
    VARIABLE,
    Channel,
    FoldLibrary,
    Mark,
)
from rules_codspeed.measure.memory.recorder import Recorder  # noqa: E402

_PAIRS = 20_000_000
_PROGRAM = """
#include <stdlib.h>
int main(int count, char **arguments) {
  for (long i = 0; i < atol(arguments[1]); i++) {
    void *volatile block = malloc(16 + i % 512);
    free(block);
  }
}
"""
_PYTHON = """
for _ in range(20):
    found = {}
    for number in range(50_000):
        found[str(number)] = [bytes(number % 700), number]
"""
_FOLD = ("artifact", "fold", "identities", "serve", "table")


def _built(folder: Path) -> tuple[FoldLibrary, Path, Path]:
    """Compiles the libraries and the program."""
    sources = sorted((ROOT / "rules/memory").glob("*.c"))
    flags = ["-O2", "-std=gnu11", "-fvisibility=hidden", "-fPIC", "-shared", "-fno-builtin"]
    fold, preload, program = folder / "fold.so", folder / PRELOADED, folder / "pairs"
    folding = [one for one in sources if one.stem in _FOLD]
    loaded = [one for one in sources if one.stem not in _FOLD]
    subprocess.run(["cc", *flags, *folding, "-o", fold], check=True)
    subprocess.run(["cc", *flags, *loaded, "-o", preload, "-ldl"], check=True)
    (folder / "pairs.c").write_text(_PROGRAM, "utf-8")
    subprocess.run(["cc", "-O2", folder / "pairs.c", "-o", program], check=True)
    return FoldLibrary(str(fold)), preload, program


def _timed(command: list[str], variables: Mapping[str, str] | None = None) -> float:
    start = time.perf_counter()
    environment = {**os.environ, **(variables or {})}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def _ours(fold: FoldLibrary, preload: Path, folder: Path, command: list[str]) -> float:
    """Measures as the driver does, artifact included."""
    path = folder / "channel"
    path.unlink(missing_ok=True)
    channel = Channel(fold, str(path))
    variables = {"LD_PRELOAD": str(preload), VARIABLE: str(path)}
    with (folder / "artifact").open("wb") as artifact:
        with Recorder(channel, artifact).running():
            channel.mark(Mark.START)
            seconds = _timed(command, variables)
            channel.mark(Mark.STOP)
            channel.mark(Mark.NAME)
    channel.close()
    return seconds


def _others(folder: Path, command: list[str]) -> dict[str, list[str]]:
    """Returns the command lines of the other instruments that this machine has."""
    found = {}
    if heaptrack := shutil.which("heaptrack"):
        found["heaptrack"] = [heaptrack, "-o", str(folder / "heaptrack"), *command]
    if valgrind := shutil.which("valgrind"):
        out = f"--dhat-out-file={folder}/dhat"
        found["DHAT"] = [valgrind, "--tool=dhat", out, *command]
    if command[0] == sys.executable and subprocess.run(
        [sys.executable, "-c", "import memray"], capture_output=True
    ).returncode == 0:
        memray = [sys.executable, "-m", "memray", "run", "--force", "--trace-python-allocators"]
        found["memray"] = [*memray, "-o", str(folder / "memray"), *command[1:]]
    return found


def main() -> None:
    """Prints a table."""
    os.environ["PYTHONMALLOC"] = "malloc"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fold, preload, program = _built(folder)
        script = folder / "program.py"
        script.write_text(_PYTHON, "utf-8")
        commands = {
            f"{_PAIRS:,} pairs of malloc and free": [str(program), str(_PAIRS)],
            "Python": [sys.executable, str(script)],
        }
        for what, command in commands.items():
            plain = _timed(command)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            rows = {"rules_codspeed": _ours(fold, preload, folder, command)}
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            print(f"{what}: {plain:.2f} s alone; our driver grew by {grown:.0f} MiB")
            for instrument, line in _others(folder, command).items():
                rows[instrument] = _timed(line)
            for instrument, seconds in rows.items():
                ratio = seconds / rows["rules_codspeed"]
                print(f"  {instrument:16} {seconds:8.2f} s {ratio:6.1f} x ours", flush=True)


if __name__ == "__main__":
    main()
