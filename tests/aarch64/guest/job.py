"""The guest's job: `python3 -m tests.aarch64.guest.job SHARE`.

Reads `plan.json` of the shared folder, a list of lists of steps: the lists run beside each other.
Each step leaves a file in `found`.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

from tests.aarch64.guest import measurements
from tests.aarch64.guest.step import Found, Step
from tests.aarch64.guest.unit_tests import OF_MACHINE, run_tests
from tests.aarch64.guest.vectors import record_vectors


def facts() -> Found:
    """States what the guest is."""
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True)
    features = next(
        line.partition(":")[2].split()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("Features")
    )
    shown = [one for one in ("atomics", "sve", "paca", "bti", "mte") if one in features]
    page = os.sysconf("SC_PAGE_SIZE")
    return Found(
        f"{platform.release()} {platform.machine()}, pages of {page}, {os.cpu_count()} CPUs "
        f"({' '.join(shown) or 'ARMv8.0'}), Python {platform.python_version()}, "
        f"{valgrind.stdout.strip()}"
    )


def steps(share: Path) -> dict[str, Step]:
    """Returns all steps by name."""
    found = [
        Step("guest", facts),
        Step(
            "simulation hooks", partial(measurements.twice, partial(measurements.hooks, "measure"))
        ),
        Step(
            "simulation exec", partial(measurements.twice, partial(measurements.executed, "work"))
        ),
        Step(
            "simulation machine",
            partial(measurements.twice, partial(measurements.hooks, "measure-machine")),
        ),
        Step("simulation pytest", partial(measurements.twice, measurements.pytest_target)),
        Step("simulation hardware", measurements.hardware),
        Step("memory", measurements.memory),
        Step("walltime", partial(measurements.timed, share)),
        Step("vectors", partial(record_vectors, share)),
    ]
    found += [
        Step(f"tests of {part}", partial(run_tests, files)) for part, files in OF_MACHINE.items()
    ]
    return {step.name: step for step in found}


def _run(names: list[str], share: Path) -> None:
    known = steps(share)
    for name in names:
        kind, _, rest = name.partition(": ")
        step = Step(name, partial(run_tests, rest.split())) if kind == "tests" else known[name]
        step.record(share / "found")


def main(share: Path) -> int:
    """Runs the plan; returns the exit status."""
    (share / "found").mkdir()
    plan = json.loads((share / "plan.json").read_text())
    threads = [threading.Thread(target=_run, args=(names, share)) for names in plan]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
