"""A target that is measured in memory mode, and what comes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from rules_codspeed.results.memtrack.fold import Memory, fold_benchmarks
from rules_codspeed.results.message_pack import read_values
from tests.measure.memory.tracing import read_artifact
from tests.measure.target import MEASURE, Ended, Target

Make = Callable[..., Target]
PRELOAD = "_main/rules/memory/libpreload.so"


class MemoryTarget(Target):
    """A target that is measured in this mode."""

    fold: Path

    def command(self, out: Path, entry: str = "memory/main.py") -> list[str]:
        """Writes what the rules would write; returns the driver's command line."""
        out.mkdir(parents=True)
        (out / "spec.json").write_text(json.dumps(self.spec))
        (out / "files").write_text("".join(f"{k}\t{v}\n" for k, v in self.files.items()))
        command = [sys.executable, "-I", "-S", "-B", str(MEASURE / "memory/main.py")]
        options = {"--spec": "spec.json", "--files": "files", "--numbers": "numbers.json"}
        options |= {"--profile": "profile", "--provenance": "provenance.json", "--log": "log"}
        options["--accounting"] = "accounting.json"
        for option, name in options.items():
            command += [option, f"{out}/{name}"]
        import zstandard

        assert zstandard.__file__
        command += ["--import-path", str(Path(zstandard.__file__).parents[1])]
        command += ["--pinned-root", str(self.root)] if self.root else []
        return [*command, "--fold", str(self.fold), "--kernel", str(self.kernel)]


def numbers(ended: Ended) -> dict[str, dict[str, int]]:
    """Metrics by URI."""
    document = json.loads((ended.succeeded().folder / "numbers.json").read_text())
    return {one["uri"]: one["metrics"] for one in document["benchmarks"]}


def uploaded(ended: Ended) -> dict[str, Memory]:
    """What is uploaded of the profile folder holds, read by the rules of the specification."""
    files = dict(ended.profile)
    files.pop("allocation_stacks.json", None)
    assert sorted(files) == [
        "results/1.MemtrackArtifact.msgpack",
        "results/ExecutionTimestamps.msgpack",
    ]
    (times,) = read_values([files["results/ExecutionTimestamps.msgpack"]])
    markers = [pair for marker in times["markers"] for pair in marker.items()]
    events = read_artifact(files["results/1.MemtrackArtifact.msgpack"])
    return fold_benchmarks(events, [(at, uri) for at, uri in times["uri_by_ts"]], markers)


def sizes(ended: Ended) -> dict[str, tuple[int, int, int]]:
    """Peak, total and calls by name."""
    return {
        uri.removeprefix("pkg:bench::"): (one["peak"], one["total"], one["calls"])
        for uri, one in numbers(ended).items()
    }
