"""Counts to a benchmark what it starts, as far as Valgrind does not do so itself.

CodSpeed's Valgrind does from its iteration 7 on: a started process counts from its start, and the
profile states which ones a benchmark started, whose costs readers then add
(spec: valgrind-fork 3). With others a whole program can be followed: the library that measures it
is preloaded into all that it starts, and what they counted is written as that Valgrind writes it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import Simulator, Spec
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.simulation.valgrind import hands_on

_SETTING = "--@rules_codspeed//rules/settings:simulation_track_subprocess"
_PART = b"\npart: "
_TRIGGER = b"\ndesc: Trigger: Client Request: %b\n"
_SPAWNED = b"desc: Spawned pid: %d\n"


def check_tracking(spec: Spec, framework: Framework, simulator: Simulator) -> None:
    """Raises CodSpeedError if what a program starts cannot be counted to its benchmarks."""
    if not spec.track_subprocess or framework.whole_process:
        return
    if framework.regions or not hands_on(simulator):
        raise CodSpeedError(
            f"{spec.label} cannot have what it starts counted to its benchmarks",
            got=f"framework {spec.framework} and Valgrind {simulator.version} ({simulator.flavor})",
            expected="framework exec; or one whose programs count by CodSpeed's hooks, and "
            "CodSpeed's Valgrind 3.26.0-0codspeed7 or newer",
            fix=f"remove track_subprocess and {_SETTING}, or add the archive of such a Valgrind "
            "(docs/archives.md)",
        )


def state_spawned(path: str, uri: str, children: Iterable[int]) -> None:
    """Adds a line for each process to the part of a benchmark, unless it is there.

    Args:
      path: of a normalised profile, which has that part.
      uri: of the benchmark.
      children: numbers of the processes.

    Raises:
      OSError: the profile cannot be written.
    """
    draft = f"{path}.draft"
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        open(draft, "wb") as writing,
    ):
        trigger = data.find(_TRIGGER % uri.encode("utf-8", "surrogateescape"))
        part = data.rfind(_PART, 0, trigger)
        # Behind the line `part: N`, where Valgrind has them.
        at = data.find(b"\n", part + 1) + 1
        header = b"\n" + data[at : trigger + 1]
        lines = [_SPAWNED % child for child in children]
        writing.write(memoryview(data)[:at])
        writing.writelines(line for line in lines if b"\n" + line not in header)
        writing.write(memoryview(data)[at:])
    os.replace(draft, path)
