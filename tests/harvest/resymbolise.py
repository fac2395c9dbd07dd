"""Compares what a profile's maps state about its samples with what `perf script` prints.

Usage: resymbolise --raw DIR --profile DIR. Prints one JSON object: how many samples perf knows
the function of, with how many of them the maps agree, the functions of generated code and
whether the maps have them, and the samples of each function by URI.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rules_codspeed.harvest.samples.fold import fold
from rules_codspeed.harvest.samples.resolve import Resolver

_KERNEL = 1 << 63  # addresses of programs are below


def perf_functions(raw: Path, scratch: Path) -> Iterator[tuple[int, int, str]]:
    """Yields process, address and function of each sample that perf resolves in a program."""
    objects = json.loads((raw / "run.json").read_text())["objects"]
    for recorded, copy in objects.items():
        # Where perf looks for a file that the recording names.
        place = scratch / recorded.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(raw / copy, place)
    command = ["perf", "script", "-G", "--no-demangle", "-F", "pid,ip,sym", f"--symfs={scratch}"]
    # Build ids of other runs must not decide.
    printed = subprocess.run(
        [*command, "-i", str(raw / "perf.pipedata")],
        env={**os.environ, "HOME": str(scratch)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in printed.splitlines():
        pid, address, name = line.split(maxsplit=2)
        # perf makes the names of the linker's stubs itself: no symbol table has them.
        if int(address, 16) < _KERNEL and name != "[unknown]" and not name.endswith("@plt"):
            yield int(pid), int(address, 16), name


def _generated(profile: Path, resolver: Resolver) -> Iterator[tuple[str, bool]]:
    """Yields functions of generated code, and whether the maps of their processes have them."""
    for file in sorted(profile.glob("perf-*.map")):
        pid = int(file.stem.partition("-")[2])
        for line in file.read_text(errors="replace").splitlines():
            start, size, name = line.split(" ", 2)
            inside = int(start, 16) + int(size, 16) // 2
            yield name, name in resolver.names(pid, inside)


def check(raw: Path, profile: Path) -> dict[str, object]:
    """Returns the comparison."""
    resolver = Resolver(profile)
    tracked = set(resolver.metadata.symbols)
    known = 0
    differing: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for pid, address, name in perf_functions(raw, Path(scratch)):
            if pid in tracked:
                known += 1
                if name not in resolver.names(pid, address):
                    differing[f"{name} is {resolver.names(pid, address)}"] += 1
    functions: dict[str, Counter[str]] = {}
    for uri, stacks in fold(profile).items():
        counts = functions.setdefault(uri, Counter())
        for stack, count in stacks.items():
            for name in set(stack):
                counts[name] += count
    return {
        "generated": dict(_generated(profile, resolver)),
        "known": known,
        "agree": known - sum(differing.values()),
        "differing": dict(differing.most_common(10)),
        "functions": functions,
    }


def main() -> int:
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--profile", type=Path, required=True)
    options = parser.parse_args()
    print(json.dumps(check(options.raw, options.profile)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
