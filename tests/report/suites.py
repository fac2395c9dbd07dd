"""A built suite in a temporary runfiles tree, for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Simulator
from tests.results.provenance import provenance

STOCK = Simulator("valgrind", "stock", "3.19.0", "0" * 64)
CODSPEED = Simulator("valgrind", "codspeed", "3.26.0.codspeed6", "1" * 64)


def metrics(instructions: int) -> dict[str, int]:
    """Returns the metrics of a simulation with caches."""
    return {"Ir": instructions, "L1m": 12, "LLm": 3, "estimated_cycles": instructions + 420}


def results(
    benchmarks: Mapping[str, Sequence[str]],
    simulator: Simulator = STOCK,
    instructions: int = 1234567,
    mode: str = "simulation",
) -> Results:
    """Returns the results of targets, with the URIs of each label."""
    return Results(
        SCHEMA,
        [
            Benchmark(uri, label, mode, metrics(instructions))
            for label, uris in benchmarks.items()
            for uri in uris
        ],
        [provenance(label=label, simulator=simulator, mode=mode) for label in benchmarks],
    )


def write_suite(
    runfiles: Path,
    benchmarks: Mapping[str, Sequence[str]],
    simulator: Simulator = STOCK,
    profile_text: str = "profile of {}\n",
    modes: Mapping[str, str] | None = None,
) -> Path:
    """Writes outputs and manifest as the rules do.

    Args:
      runfiles: folder of the outputs.
      benchmarks: URIs by label.
      simulator: of all targets.
      profile_text: content of each profile, with a place for the label.
      modes: mode by label, of those that are not simulated.

    Returns:
      the manifest.
    """
    targets = []
    for number, (label, uris) in enumerate(benchmarks.items()):
        names = {
            "results": f"_main/{number}.results.json",
            "profile": f"_main/{number}.profile",
            "provenance": f"_main/{number}.provenance.json",
        }
        profile = runfiles / names["profile"]
        (profile / "results").mkdir(parents=True)
        (profile / "1.out").write_text(profile_text.replace("{}", label))
        (profile / "results" / "1.json").write_text("{}\n")
        mode = (modes or {}).get(label, "simulation")
        measured = results({label: uris}, simulator, mode=mode)
        (runfiles / names["results"]).write_text(measured.to_json(), encoding="utf-8")
        (runfiles / names["provenance"]).write_text("{}\n")
        # As Bazel leaves its outputs.
        for path in (profile / "1.out", profile / "results", profile):
            path.chmod(0o555)
        targets.append({"label": label, "mode": mode, **names})
    manifest = runfiles / "_main" / "manifest.json"
    manifest.write_text(json.dumps({"schema": 1, "suite": "//:suite", "targets": targets}))
    return manifest
