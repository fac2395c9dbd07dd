"""The command of the doctor, `bazel run //tools:doctor -- [options]`."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Sequence

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.fields import document
from rules_codspeed.contract.printing import print_json, print_text
from rules_codspeed.contract.provenance import Machine
from rules_codspeed.doctor.finding import Finding
from rules_codspeed.doctor.memory import memory
from rules_codspeed.doctor.noise import noise
from rules_codspeed.doctor.profiling import profiling, try_perf
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.walltime.machine.machine import read_machine
from rules_codspeed.measure.walltime.perf.perf import MINIMUM_VERSION

_SCHEMA = 1


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = CommandParser(
        prog="bazel run //tools:doctor --",
        description="Shows what makes this machine noisy for measuring time, and what memory mode "
        "lacks, and how to fix it.",
    )
    option = parser.add_argument
    option(
        "--format",
        choices=("text", "json"),
        default="text",
        help="format of the output (%(default)s)",
    )
    option("--strict", action="store_true", help="exit with status 1 if there is a warning")
    option("--perf", default="", metavar="PATH", help="perf to try; searched for by default")
    option("--minimum-perf", default=MINIMUM_VERSION, metavar="VERSION", help="default %(default)s")
    chosen = parser.parse_args(arguments)
    return run_entry(lambda: _examine(chosen))


def _examine(chosen: argparse.Namespace) -> int:
    files = HostFiles()
    machine = read_machine(files)
    memlock = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    findings = [
        *noise(machine, files),
        *profiling(try_perf(chosen.perf, chosen.minimum_perf), files, os.geteuid() == 0, memlock),
        *memory(files),
    ]
    if chosen.format == "json":
        print_json(as_json(machine, findings))
    else:
        print_text(as_text(machine, findings))
    warned = any(finding.state == "warn" for finding in findings)
    return 1 if chosen.strict and warned else 0


def as_text(machine: Machine, findings: Sequence[Finding]) -> str:
    """Returns a line for each finding, with reason and next step below the warnings."""
    lines = [f"{machine.cpu or 'unknown processor'}, kernel {machine.kernel or 'unknown'}", ""]
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        lines.append(f"{finding.state:<8}{finding.name:<{width}}  {finding.got}")
        if finding.state == "warn":
            lines += [f"        why: {finding.why}", f"        fix: {finding.fix}"]
    warnings = sum(finding.state == "warn" for finding in findings)
    return "\n".join([*lines, "", f"{warnings} of {len(findings)} things to fix"])


def as_json(machine: Machine, findings: Sequence[Finding]) -> str:
    """Returns schema 1: `machine` as in provenance.json, and `findings` with all their fields."""
    found = {"schema": _SCHEMA, "machine": machine, "findings": findings}
    return json.dumps(document(found), indent=1, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
