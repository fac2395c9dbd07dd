"""Under which conditions a target was measured: numbers of other conditions are never compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from rules_codspeed.results.model import Machine, Provenance, Simulator

# What callgrind's numbers depend on, of its arguments: its caches and what it counts.
_COUNTED = ("--I1=", "--D1=", "--LL=", "--cache-sim=", "--branch-sim=", "--collect-")
_HOST_KEY = "host_key"


def conditions(provenance: Provenance) -> dict[str, str]:
    """Returns what has to be equal of two measurements to compare them, by name.

    Simulated numbers are those of a simulator and its settings, on any machine. Times are
    those of a machine in a state.
    """
    common = {"mode": provenance.mode, "platform": provenance.platform}
    if provenance.simulator:
        counted = [one for one in provenance.arguments if one.startswith(_COUNTED)]
        return common | {
            "simulator": _simulator(provenance.simulator),
            "simulation": " ".join(sorted(counted)),
            _HOST_KEY: provenance.host_key,
            "isolate": "yes" if provenance.isolate else "no",
            "environment": _digest(provenance.pins),
        }
    if provenance.walltime:
        return common | _machine(provenance.walltime.machine)
    return common


def incomparable(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Returns why numbers of these conditions cannot be compared, or an empty text."""
    differing = [
        name
        for name in sorted(before.keys() | after.keys())
        if before.get(name, "") != after.get(name, "")
    ]
    if not (before.get(_HOST_KEY) and after.get(_HOST_KEY)):
        # Who names no machines claims nothing of them.
        differing = [name for name in differing if name != _HOST_KEY]
    return "; ".join(
        f"other {name.replace('_', ' ')}: {after.get(name) or 'none'}, before "
        f"{before.get(name) or 'none'}"
        for name in differing
    )


def _simulator(simulator: Simulator) -> str:
    package = f" {simulator.sha256[:12]}" if simulator.sha256 else ""
    return f"{simulator.name} {simulator.version} ({simulator.flavor}){package}"


def _machine(machine: Machine) -> dict[str, str]:
    return {
        "cpu": machine.cpu,
        "cores": str(machine.cores),
        "governor": machine.governor,
        "turbo": machine.turbo,
        "smt": machine.smt,
        "virtualisation": machine.virtualisation,
        "cgroup": machine.cgroup,
    }


def _digest(pins: Mapping[str, str]) -> str:
    """Returns a short name of the variables that the driver fixed: they are long and seldom change.

    Who compares sees that they differ; provenance tells how.
    """
    text = json.dumps(pins, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
