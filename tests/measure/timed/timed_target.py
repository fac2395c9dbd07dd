"""Benchmark targets of mode walltime, and what their measurements leave."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.measure.target import MEASURE, STAGE, Target, failure, unmeasured

# What differs from a target of simulation.
WALLTIME: dict[str, Any] = {
    "mode": "walltime",
    "simulator": None,
    "isolate": False,
    "list_args": [],
    "filter_args": [],
    "runner_version": "5.0.2",
    "profiler": "perf",
    "perf": {"path": "", "minimum_version": "5.10"},
}

# What a driver needs beyond the standard library: with hooks, and to read results of others.
PACKAGES = ("elftools", "zstandard")
READERS = ("annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection")


@dataclass
class Timed:
    """What a run of the driver left."""

    status: int
    stderr: str
    folder: Path

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    @property
    def run(self) -> Any:
        return self._json("raw/run.json")

    @property
    def walltime(self) -> Any:
        return self._json("walltime.json")

    @property
    def provenance(self) -> Any:
        return self._json("provenance.json")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def files(self) -> list[str]:
        """Files of the raw run, without what was captured."""
        root = self.folder / "raw"
        found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        return [path for path in found if not path.startswith(("objects/", "maps/"))]

    def benchmarks(self, process: int = 0) -> dict[str, Any]:
        """Statistics by URI of one run of the program."""
        documents = self.walltime["processes"][process]["results"]
        return {one["uri"]: one["stats"] for file in documents for one in file["benchmarks"]}

    def rounds(self, process: int = 0) -> dict[str, list[float]]:
        """Times of rounds by URI of one run of the program."""
        found: dict[str, list[float]] = self.walltime["processes"][process]["rounds_ns"]
        return found

    def succeeded(self) -> Timed:
        assert self.status == 0, self.stderr
        assert not STAGE.exists()
        return self

    @property
    def unmeasured(self) -> dict[str, tuple[str, str]]:
        """Outcome and reason of each benchmark without a number, by URI."""
        return unmeasured(self.folder)

    def failed(self) -> str:
        """The message of a target that failed, after a check of its shape."""
        assert self.status in (0, 1), (self.status, self.stderr)
        text = failure(self.status, self.stderr, self.folder)
        if not self.status:
            assert list((self.folder / "raw").iterdir()) == []
            assert (self.folder / "walltime.json").read_text() == ""
        return text


@dataclass
class TimedTarget(Target):
    """A benchmark target, which is timed."""

    import_paths: list[Path] = field(default_factory=list)
    options: list[str] = field(default_factory=list)

    def timed_command(self, out: Path) -> list[str]:
        """Writes what the rules would write; returns the driver's command line."""
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        (out / "spec.json").write_text(json.dumps(self.spec))
        (out / "files").write_text("".join(f"{k}\t{v}\n" for k, v in self.files.items()))
        command = [sys.executable, "-I", "-S", "-B", str(MEASURE / "walltime/main.py")]
        command += ["--spec", f"{out}/spec.json", "--files", f"{out}/files", "--raw", f"{out}/raw"]
        command += ["--walltime", f"{out}/walltime.json", "--log", f"{out}/log"]
        command += ["--provenance", f"{out}/provenance.json"]
        command += ["--accounting", f"{out}/accounting.json"]
        return [*command, *self.options, *(f"--import-path={path}" for path in self.import_paths)]

    def time(
        self, name: str = "out", prefix: list[str] | None = None, timeout: float = 120
    ) -> Timed:
        """Runs the driver to its end, for so many seconds at most."""
        out = self.folder / name
        command = (prefix or []) + self.timed_command(out)
        ended = subprocess.run(command, capture_output=True, check=False, timeout=timeout)
        return Timed(ended.returncode, ended.stderr.decode(errors="replace"), out)
