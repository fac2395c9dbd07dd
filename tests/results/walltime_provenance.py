"""A provenance record of walltime for tests."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from rules_codspeed.contract.provenance import Machine, Profiler, Provenance, Walltime
from tests.results.provenance import PROVENANCE

QUIET = Machine(
    cpu="AMD EPYC 7763 64-Core Processor",
    cores=2,
    kernel="6.1.0-44-amd64",
    governor="performance",
    turbo="off",
    smt="off",
    aslr="on",
    virtualisation="none",
    cgroup="max",
    load=0.25,
)
RECORDED = Profiler("recorded", "", "6.1.187", "cycles", ["record", "--freq=997"])
WALLTIME = Walltime(
    runner_version="5.0.2",
    integration=["pytest-codspeed", "5.0.4"],
    processes=1,
    profiler=RECORDED,
    machine=QUIET,
)
WALLTIME_PROVENANCE = dataclasses.replace(
    PROVENANCE,
    mode="walltime",
    simulator=None,
    aslr="allowed",
    machine_answered=[],
    walltime=WALLTIME,
)


def machine(**changes: Any) -> Machine:
    """Returns a quiet machine with some facts changed."""
    return dataclasses.replace(QUIET, **changes)


def walltime_provenance(
    label: str = "//pkg:bench",
    profiler: Profiler = RECORDED,
    machine: Machine = QUIET,
    runner_version: str = "5.0.2",
    **changes: Any,
) -> Provenance:
    """Returns the record with some fields changed."""
    walltime = dataclasses.replace(
        WALLTIME, profiler=profiler, machine=machine, runner_version=runner_version
    )
    return dataclasses.replace(WALLTIME_PROVENANCE, label=label, walltime=walltime, **changes)


def walltime_provenance_json(**changes: Any) -> str:
    """Returns the record as the driver writes it, with some top fields changed."""
    return json.dumps({**dataclasses.asdict(WALLTIME_PROVENANCE), **changes})
