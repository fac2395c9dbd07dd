"""A built suite in a temporary runfiles tree, for tests."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rules_codspeed.contract.provenance import Simulator
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured
from tests.results.provenance import provenance
from tests.results.walltime_documents import benchmark, document
from tests.results.walltime_provenance import walltime_provenance

STOCK = Simulator("valgrind", "stock", "3.19.0", "0" * 64)
CODSPEED = Simulator("valgrind", "codspeed", "3.26.0.codspeed6", "1" * 64)


def metrics(instructions: int) -> dict[str, int | float]:
    """Returns the metrics of a simulation with caches."""
    return {"Ir": instructions, "L1m": 12, "LLm": 3, "estimated_cycles": instructions + 420}


def walltime_metrics(median_ns: float = 1234.5) -> dict[str, int | float]:
    """Returns the metrics of a walltime measurement that are shown."""
    return {
        "median_ns": median_ns,
        "mean_ns": 1250.0,
        "stdev_ns": 25.0,
        "rounds": 31,
        "iterations": 1000,
        "iqr_outliers": 2,
        "stdev_outliers": 1,
    }


def results(
    benchmarks: Mapping[str, Sequence[str]],
    simulator: Simulator = STOCK,
    instructions: int = 1234567,
    mode: str = "simulation",
    runner_version: str = "5.0.2",
) -> Results:
    """Returns the results of targets, with the URIs of each label."""
    numbers = walltime_metrics() if mode == "walltime" else metrics(instructions)
    return Results(
        SCHEMA,
        [
            Benchmark(uri, label, mode, numbers)
            for label, uris in benchmarks.items()
            for uri in uris
        ],
        [
            walltime_provenance(label, runner_version=runner_version)
            if mode == "walltime"
            else provenance(label=label, simulator=simulator)
            for label in benchmarks
        ],
    )


def write_walltime_profile(folder: Path, uris: Sequence[str], pid: int = 4242) -> None:
    """Writes a small profile folder of walltime, as runner 5.0.2 does."""
    (folder / "results").mkdir(parents=True)
    written = document(*map(benchmark, uris), pid=pid)
    (folder / "results" / f"{pid}.json").write_text(json.dumps(written))
    (folder / "perf.pipedata").write_bytes(b"PERFILE2\x10\0\0\0\0\0\0\0")
    (folder / f"perf-{pid}.map").write_text("1000 1 f\n")
    (folder / "0__bench.symbols.map").write_text("0 1 f\n")
    (folder / "0__bench.unwind_data").write_bytes(b"\3\0\0\0")
    times = [(1000 + number, uri) for number, uri in enumerate(uris)]
    metadata = {
        "version": 1,
        "integration": ["my-harness", "1.2.3"],
        "debug_info": {"0__bench": module("b/bench")},
        "path_key_to_path": {"0__bench": "b/bench", "1__m.py": "jit_py::f:/a/m.py"},
        "uri_by_ts": times,
        "ignored_modules": [],
        "markers": [{"SampleStart": 900}],
    }
    text = json.dumps(metadata, separators=(",", ":"))
    (folder / "walltime.metadata").write_text(text)
    (folder / "ExecutionTimestamps.msgpack").write_bytes(timestamps(times))


def module(path: str, *files: str) -> dict[str, object]:
    """Returns the debug info of a module with one function of each file."""
    infos = [{"addr": 0, "size": 1, "name": "f", "file": file, "line": None} for file in files]
    return {"object_path": path, "addr_bounds": [0, 1], "load_bias": 0, "debug_infos": infos}


def timestamps(uri_by_ts: Sequence[tuple[int, str]]) -> bytes:
    """Returns ExecutionTimestamps.msgpack with one marker; times of two bytes, short texts."""
    parts = [b"\x82\xa9uri_by_ts", bytes([0x90 + len(uri_by_ts)])]
    for time, uri in uri_by_ts:
        text = uri.encode()
        parts.append(b"\x92\xcd" + struct.pack(">H", time) + bytes([0xA0 + len(text)]) + text)
    return b"".join(parts) + b"\xa7markers\x91\x81\xabSampleStart\xcd\x03\x84"


def _write_failed(
    runfiles: Path, names: Mapping[str, str], unmeasured: Sequence[Unmeasured]
) -> None:
    """Writes the outputs of a target that failed."""
    (runfiles / names["profile"]).mkdir(parents=True)
    (runfiles / names["provenance"]).touch()
    found = Results(SCHEMA, [], [], unmeasured=list(unmeasured))
    (runfiles / names["results"]).write_text(found.to_json(), encoding="utf-8")


def write_suite(
    runfiles: Path,
    benchmarks: Mapping[str, Sequence[str]],
    simulator: Simulator = STOCK,
    profile_text: str = "profile of {}\n",
    modes: Mapping[str, str] | None = None,
    runner_version: str = "5.0.2",
    unmeasured: Sequence[Unmeasured] = (),
) -> Path:
    """Writes outputs and manifest as the rules do.

    Args:
      runfiles: folder of the outputs.
      benchmarks: URIs by label.
      simulator: of all targets.
      profile_text: content of each profile, with a place for the label.
      modes: mode by label, for targets that are not simulated.
      runner_version: the runner whose layout walltime profiles have.
      unmeasured: what gave no number; a target that failed has nothing else.

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
        mode = (modes or {}).get(label, "simulation")
        others = [one for one in unmeasured if one.label == label]
        if any(not one.uri for one in others):
            _write_failed(runfiles, names, others)
            targets.append({"label": label, "mode": mode, **names})
            continue
        if mode == "walltime":
            write_walltime_profile(profile, uris)
        else:
            (profile / "results").mkdir(parents=True)
            (profile / "1.out").write_text(profile_text.replace("{}", label))
            (profile / "results" / "1.json").write_text("{}\n")
        measured = results({label: uris}, simulator, mode=mode, runner_version=runner_version)
        measured = replace(measured, unmeasured=others)
        (runfiles / names["results"]).write_text(measured.to_json(), encoding="utf-8")
        (runfiles / names["provenance"]).write_text("{}\n")
        # As Bazel leaves its outputs.
        for path in [*sorted(profile.rglob("*"), reverse=True), profile]:
            path.chmod(0o555)
        targets.append({"label": label, "mode": mode, **names})
    manifest = runfiles / "_main" / "manifest.json"
    manifest.write_text(json.dumps({"schema": 1, "suite": "//:suite", "targets": targets}))
    return manifest
