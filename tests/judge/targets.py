"""Measured targets and the configuration of a regression test, for the tests of the judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rules_codspeed.contract.accounting import Outcome
from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.judge.config import Config, read_config
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured
from tests.results.profiles import CACHE_EVENTS, Cost, Function, ProfilePart, write_profile
from tests.results.provenance import PROVENANCE

TEST = "//pkg:sort_regression_test"
SOURCE = "pkg/sort.baseline.json"
SORT = "sort.cc::sort"
FIND = "sort.cc::find"


def without_number(uri: str, outcome: Outcome, reason: str) -> Unmeasured:
    """A benchmark of the target that gave no number; the target itself without a URI."""
    return Unmeasured(uri, PROVENANCE.label, PROVENANCE.mode, outcome, reason)


def write_target(
    folder: Path,
    functions: Mapping[str, Mapping[str, int]],
    how: Provenance = PROVENANCE,
    unmeasured: Sequence[Unmeasured] = (),
) -> dict[str, str]:
    """Writes results and profile of a target as its actions would.

    Args:
      folder: the runfiles.
      functions: instructions by function, by URI.
      how: provenance.
      unmeasured: what gave no number; a target that failed has no provenance.

    Returns:
      The target as config.json describes it.
    """
    name = how.label.rpartition(":")[2]
    own = folder / name
    (own / "profile").mkdir(parents=True)
    parts = [_part(uri, costs) for uri, costs in functions.items()]
    (own / "profile" / "1.out").write_bytes(write_profile(parts))
    benchmarks = [
        Benchmark(
            uri,
            how.label,
            how.mode,
            {"Ir": sum(costs.values()), "estimated_cycles": sum(costs.values())},
        )
        for uri, costs in functions.items()
    ]
    provenance = [] if any(not one.uri for one in unmeasured) else [how]
    results = Results(SCHEMA, benchmarks, provenance, unmeasured=list(unmeasured))
    (own / "results.json").write_text(results.to_json())
    return {
        "label": how.label,
        "mode": how.mode,
        "profile": f"{name}/profile",
        "provenance": f"{name}/provenance.json",
        "results": f"{name}/results.json",
    }


def _part(uri: str, functions: Mapping[str, int]) -> ProfilePart:
    zeros = (0,) * (len(CACHE_EVENTS) - 1)
    return ProfilePart(
        f"Client Request: {uri}",
        CACHE_EVENTS,
        tuple(
            Function(
                "bench",
                "sort.cc",
                name,
                (
                    Cost(1, (cost - cost // 2, *zeros)),
                    # What is inlined into a function is its own.
                    Cost(2, (cost // 2, *zeros), inlined_from="algorithm.h"),
                ),
            )
            for name, cost in functions.items()
        ),
    )


def write_config(
    folder: Path,
    targets: list[dict[str, str]],
    limits: Mapping[str, Any] | None = None,
    baseline: str | None = None,
) -> Path:
    """Writes config.json as the rule does; `baseline` is the text of the checked-in file."""
    if baseline is not None:
        (folder / "sort.baseline.json").write_text(baseline)
    document = {
        "schema": 1,
        "test": TEST,
        "baseline": "sort.baseline.json" if baseline is not None else "",
        "baseline_source": SOURCE,
        "targets": targets,
        "limits": {"limits": {}, "budget": {}, "overrides": {}, **(limits or {})},
    }
    path = folder / "config.json"
    path.write_text(json.dumps(document))
    return path


def config(
    folder: Path,
    functions: Mapping[str, Mapping[str, int]],
    limits: Mapping[str, Any] | None = None,
    baseline: str | None = None,
    how: Provenance = PROVENANCE,
    unmeasured: Sequence[Unmeasured] = (),
) -> Config:
    """Writes one target and its configuration; returns the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    target = write_target(folder, functions, how, unmeasured)
    return read_config(write_config(folder, [target], limits, baseline), folder)
