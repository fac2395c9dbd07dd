"""Measures what memory mode costs beside heaptrack, memray and Valgrind's DHAT. Not a test.

Run it on an idle machine, by a Python with zstandard: `python tests/benchmarks/speed_memory.py`.
It builds the libraries and a program of many pairs of malloc and free with the machine's C
compiler, and measures that and a Python program, each with every instrument that is there: wall
time, time of the processors by all processes together, and by how much our own process grew.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT)]

from rules_codspeed.measure.memory.channel import (  # noqa: E402
    PRELOADED,
    VARIABLE,
    Channel,
    Detail,
    FoldLibrary,
    Mark,
)
from rules_codspeed.measure.memory.recorder import Recorder  # noqa: E402

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
for _ in range(4):
    found = {}
    for number in range(50_000):
        found[str(number)] = [bytes(number % 700), number]
"""
_FOLD = ("artifact", "fold", "identities", "owed", "serve", "table", "timeline", "weights")
_WRAPPED = ("extensions", "wrapped")  # linked into static programs only


def _built(folder: Path) -> tuple[FoldLibrary, Path, Path]:
    """Compiles the libraries and the program."""
    sources = sorted((ROOT / "rules/memory").glob("*.c"))
    flags = ["-O2", "-std=gnu11", "-fvisibility=hidden", "-fPIC", "-shared", "-fno-builtin"]
    fold, preload, program = folder / "fold.so", folder / PRELOADED, folder / "pairs"
    folding = [one for one in sources if one.stem in _FOLD]
    loaded = [one for one in sources if one.stem not in (*_FOLD, *_WRAPPED)]
    subprocess.run(["cc", *flags, *folding, "-o", fold], check=True)
    subprocess.run(["cc", *flags, *loaded, "-o", preload, "-ldl"], check=True)
    (folder / "pairs.c").write_text(_PROGRAM, "utf-8")
    subprocess.run(["cc", "-O2", folder / "pairs.c", "-o", program], check=True)
    return FoldLibrary(str(fold)), preload, program


class _Cost(NamedTuple):
    """Seconds on the clock, and of the processors."""

    wall: float
    processors: float


def _spent() -> _Cost:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return _Cost(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used))


def _run(command: list[str], variables: Mapping[str, str] | None = None) -> None:
    environment = {**os.environ, **(variables or {})}
    subprocess.run(command, check=True, capture_output=True, env=environment)


def _cost(work: Callable[[], None]) -> _Cost:
    before = _spent()
    work()
    after = _spent()
    return _Cost(after.wall - before.wall, after.processors - before.processors)


def _ours(
    fold: FoldLibrary, preload: Path, folder: Path, command: list[str], detail: Detail
) -> None:
    """Measures as the driver does, artifact included."""
    path = folder / "channel"
    path.unlink(missing_ok=True)
    channel = Channel(fold, str(path))
    variables = {"LD_PRELOAD": str(preload), VARIABLE: str(path)}
    with (
        (folder / "artifact").open("wb") as artifact,
        Recorder(channel, artifact, detail).running(),
    ):
        channel.mark(Mark.START)
        _run(command, variables)
        channel.mark(Mark.STOP)
        channel.mark(Mark.NAME)
    channel.close()


def _others(folder: Path, command: list[str]) -> dict[str, list[str]]:
    """Returns the command lines of the other instruments that this machine has."""
    found = {}
    if heaptrack := shutil.which("heaptrack"):
        found["heaptrack"] = [heaptrack, "-o", str(folder / "heaptrack"), *command]
    if valgrind := shutil.which("valgrind"):
        out = f"--dhat-out-file={folder}/dhat"
        found["DHAT"] = [valgrind, "--tool=dhat", out, *command]
    if (
        command[0] == sys.executable
        and subprocess.run([sys.executable, "-c", "import memray"], capture_output=True).returncode
        == 0
    ):
        memray = [sys.executable, "-m", "memray", "run", "--force", "--trace-python-allocators"]
        found["memray"] = [*memray, "-o", str(folder / "memray"), *command[1:]]
    return found


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20_000_000, help="default %(default)s")
    pairs = parser.parse_args().pairs
    os.environ["PYTHONMALLOC"] = "malloc"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fold, preload, program = _built(folder)
        script = folder / "program.py"
        script.write_text(_PYTHON, "utf-8")
        commands = {
            f"{pairs:,} pairs of malloc and free": [str(program), str(pairs)],
            "Python": [sys.executable, str(script)],
        }
        for what, command in commands.items():
            plain = _cost(partial(_run, command))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            ours = _cost(partial(_ours, fold, preload, folder, command, Detail.FULL))
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            print(f"{what}: {plain.wall:.2f} s alone; our process grew by {grown:.0f} MiB")
            _show("rules_codspeed", ours, ours)
            for detail in (Detail.SAMPLED, Detail.NONE):
                cost = _cost(partial(_ours, fold, preload, folder, command, detail))
                _show(f"stacks: {detail.name.lower()}", cost, ours)
            for instrument, line in _others(folder, command).items():
                _show(instrument, _cost(partial(_run, line)), ours)


def _show(instrument: str, cost: _Cost, ours: _Cost) -> None:
    print(
        f"  {instrument:16} {cost.wall:8.2f} s {cost.wall / ours.wall:6.1f} x ours, processors "
        f"{cost.processors:8.2f} s {cost.processors / ours.processors:6.1f} x ours",
        flush=True,
    )


if __name__ == "__main__":
    main()
