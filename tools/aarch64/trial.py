"""Measures aarch64 under emulation, and prints one table: `bazel run //tools:aarch64_trial`.

Boots Debian's arm64 in QEMU, which needs no special rights. There the project's unit tests run, and
its drivers measure what Debian's cross compiler built here. Status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from machine import NEWEST, Machine
from table import Row, rows, table_text

from rules_codspeed.harvest.main import main as harvest

# Lists of steps that run beside each other: the guest has two processors.
QUICK = (("guest", "simulation hooks", "memory"), ("walltime", "simulation exec"))
ALL = (
    (
        "guest",
        "simulation hooks",
        "simulation exec",
        "simulation machine",
        "simulation hardware",
        "memory",
        "simulation pytest",
    ),
    (
        "walltime",
        "tests of harvest",
        "tests of capture",
        "tests of measure",
        "tests of memory",
        "tests of archives",
    ),
)
# Of the machine that boots, tests and measures, on a busy host.
_SECONDS = 1500
_HARVESTED = "harvest outside"
# A recording and its metadata, the log of symbols and tables of one module.
_FEWEST = 4


def harvested_outside(share: Path) -> Row:
    """Harvests the guest's recording on this machine; both profiles have to be equal."""
    start = time.monotonic()
    if not (share / "raw").is_dir():
        return Row(_HARVESTED, "no recording", problem="the step walltime left none")
    profile = share / "profile-outside"
    log = share / "harvest-outside.log"
    status = harvest([f"--raw={share}/raw", f"--profile={profile}", f"--log={log}"])
    differing = _differences(share / "profile", profile) if status == 0 else [f"status {status}"]
    files = sum(file.is_file() for file in profile.rglob("*"))
    # Of a failed target both are empty.
    differing += [] if files >= _FEWEST else [f"{files} files are no harvest"]
    result = f"{files} files, equal" if not differing else f"{len(differing)} files differ"
    return Row(_HARVESTED, result, time.monotonic() - start, "\n".join(differing))


def _differences(one: Path, other: Path) -> list[str]:
    """Returns the paths of files that differ, or that one folder alone has."""
    paths = {file.relative_to(top) for top in (one, other) for file in top.rglob("*")}
    return sorted(
        str(path)
        for path in paths
        if not ((one / path).is_dir() and (other / path).is_dir())
        and not (
            (one / path).is_file()
            and (other / path).is_file()
            and filecmp.cmp(one / path, other / path, shallow=False)
        )
    )


def run_trial(
    machine: Machine, plan: list[list[str]], cpu: str, seconds: float, keep: Path | None = None
) -> list[Row]:
    """Boots the guest with a plan; returns the lines of the table.

    Args:
      machine: the guest.
      plan: lists of steps that run beside each other.
      cpu: model of the processor, as QEMU names it.
      seconds: after which the guest is switched off.
      keep: folder to be made, which gets all that the guest left; None for none.
    """
    with tempfile.TemporaryDirectory(prefix="aarch64-") as folder:
        share = Path(folder, "share")
        share.mkdir()
        (share / "plan.json").write_text(json.dumps(plan))
        machine.run(Path(folder), share, seconds, cpu)
        names = [name for steps in plan for name in steps]
        found = rows(share / "found", names)
        found += [harvested_outside(share)] if "walltime" in names else []
        if keep:
            # From where the user is, also by `bazel run`.
            shutil.copytree(share, Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), keep))
        return found


def main(arguments: list[str]) -> int:
    """Runs the trial; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("guest_files", "kernel", "root", "qemu"):
        parser.add_argument(name, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cpu", default=NEWEST, help="model of the processor, for QEMU")
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="at most")
    parser.add_argument("--quick", action="store_true", help="only what takes a minute")
    parser.add_argument(
        "--step", action="append", help="only such steps, as the table names them; two at a time"
    )
    parser.add_argument("--keep", type=Path, help="folder to make, for all that the guest left")
    options = parser.parse_args(arguments)
    machine = Machine(
        options.qemu.absolute(),
        options.kernel.absolute(),
        [options.root.absolute(), options.guest_files.absolute()],
    )
    steps = options.step or []
    lists = QUICK if options.quick else ALL
    plan = [steps[::2], steps[1::2]] if steps else [list(one) for one in lists]
    os.nice(5)
    start = time.monotonic()
    found = run_trial(machine, plan, options.cpu, options.seconds, options.keep)
    print(table_text(found))
    bad = sum(bool(row.problem) for row in found)
    print(f"aarch64 under emulation: {len(found) - bad} of {len(found)} steps are well", end="")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # On a busy machine the first number says little.
    processors = used.ru_utime + used.ru_stime
    print(f" ({time.monotonic() - start:.0f} s; {processors:.0f} s of processor time)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
