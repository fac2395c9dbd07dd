"""A provenance record for tests."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from rules_codspeed.contract.provenance import Provenance, Simulator

PROVENANCE = Provenance(
    schema=1,
    label="//pkg:bench",
    mode="simulation",
    framework="hooks",
    rules_version="0.1.0",
    platform="linux_x86_64",
    host_key="",
    interpreter="",
    simulator=Simulator("valgrind", "stock", "3.19.0", "0" * 64),
    arguments=["-q", "--tool=callgrind"],
    command=["w/_main/pkg/bench"],
    pins={"LC_ALL": "C"},
    aslr="off",
    machine_answered=[],
    isolate=False,
    debug_info=True,
    normalised=["names"],
)


def provenance(**changes: Any) -> Provenance:
    """Returns the record with some fields changed."""
    return dataclasses.replace(PROVENANCE, **changes)


def provenance_json(**changes: Any) -> str:
    """Returns the record as the driver writes it; a change to None drops a field."""
    document = {**dataclasses.asdict(PROVENANCE), **changes}
    return json.dumps({key: value for key, value in document.items() if value is not None})
