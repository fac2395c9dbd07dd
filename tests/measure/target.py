"""Benchmark targets for tests of the measuring driver, made without Bazel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rules_codspeed.measure
from rules_codspeed.contract.accounting import parse_accounting
from rules_codspeed.contract.spec import Spec, parse_spec

MEASURE = Path(rules_codspeed.measure.__file__).parent
STAGE = Path("/tmp/rules_codspeed")

SPEC: dict[str, Any] = {
    "schema": 1,
    "label": "//pkg:bench",
    "mode": "simulation",
    "framework": "hooks",
    "main_repository": "_main",
    "executable": "_main/pkg/program",
    "args": [],
    "env": {},
    "host_key": "",
    "machine_key": "",
    "isolate": False,
    "list_args": ["--benchmark_list_tests"],
    "filter_args": ["--benchmark_filter=^{regex}$"],
    "timeout_s": 240,
    "allow_empty": False,
    "allow_aslr": False,
    "fixed_kernel": True,
    "clock": "machine",
    "layouts": 0,
    "memory_stacks": "",
    "preload": "",
    "python": None,
    "root": "",
    "rules_version": "0.1.0",
    "platform": f"linux_{os.uname().machine}",
    "simulator": {
        "name": "valgrind",
        "flavor": "stock",
        "version": "3.19.0",
        "sha256": "0" * 64,
        "launcher": "usr/bin/valgrind.bin",
        "lib": "usr/libexec/valgrind",
    },
    "processes": 1,
    "walltime_args": {},
    "runner_version": "",
    "unwinding": "",
    "profiler": "none",
    "perf": None,
    "remeasure": "",
    "verify": 1,
    "compatibility": "none",
    "track_subprocess": False,
    "instruments": [],
}


def make_spec(**changes: Any) -> Spec:
    """Returns a description as drivers read it."""
    return parse_spec(json.dumps({**SPEC, **changes}), "a test")


@dataclass(frozen=True)
class Simulator:
    """A Valgrind to measure with: its description in a spec, and the manifest of its files."""

    description: dict[str, str]
    manifest: Path

    @classmethod
    def of(cls, description: dict[str, str], files: dict[str, Path], manifest: Path) -> Simulator:
        """Writes the manifest of a package's files, by their paths in the package."""
        manifest.write_text("".join(f"{path}\t{file}\n" for path, file in files.items()))
        return cls(description, manifest)


def unmeasured(folder: Path) -> dict[str, tuple[str, str]]:
    """Outcome and reason of each benchmark without a number, by URI; of a target by nothing."""
    file = folder / "accounting.json"
    found = parse_accounting(file.read_bytes()).unmeasured if file.exists() else []
    return {one.uri: (one.outcome, one.reason) for one in found}


def failure(status: int, stderr: str, folder: Path) -> str:
    """The message of a target that failed, recorded or printed, after a check of its shape."""
    outcome, text = ("failed", stderr) if status else unmeasured(folder).get("", ("", ""))
    assert outcome == "failed", "the driver succeeded"
    assert not status or text.startswith("rules_codspeed: "), text
    assert "Traceback (most" not in text.split("last lines")[0], text
    assert "Fix: " in text
    assert len(text) < 20000
    assert not STAGE.exists()
    return text


@dataclass
class Ended:
    """What a run of the driver left."""

    status: int
    stderr: str
    folder: Path
    stdout: str = ""

    @property
    def profile(self) -> dict[str, bytes]:
        """Every file of the profile by its path."""
        root = self.folder / "profile"
        found = sorted(path for path in root.rglob("*") if not path.is_dir())
        return {str(path.relative_to(root)): path.read_bytes() for path in found}

    @property
    def provenance(self) -> Any:
        return json.loads((self.folder / "provenance.json").read_text())

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def unmeasured(self) -> dict[str, tuple[str, str]]:
        """Outcome and reason of each benchmark without a number, by URI."""
        return unmeasured(self.folder)

    def benchmarks(self, name: str = "1.out") -> dict[str, list[int]]:
        """Totals by URI of one process."""
        found: dict[str, list[int]] = {}
        uri = ""
        for line in self.profile[name].decode().splitlines():
            if line.startswith("desc: Trigger: "):
                uri = line.removeprefix("desc: Trigger: ").removeprefix("Client Request: ")
            if line.startswith("totals: ") and "::" in uri:
                found[uri] = [int(number) for number in line.split()[1:]]
        return found

    def instructions(self, group: str) -> dict[str, int]:
        """Instructions by name within a group of URIs, of all processes in order."""
        files = [name for name in self.profile if name.endswith(".out")]
        found = {}
        for name in sorted(files, key=lambda one: int(one[:-4])):
            for uri, totals in self.benchmarks(name).items():
                found[uri.removeprefix(group)] = totals[0]
        return found

    def succeeded(self) -> Ended:
        assert self.status == 0, self.stderr
        assert "" not in self.unmeasured, self.unmeasured
        return self

    def failed(self) -> str:
        """The message of a target that failed, after a check of its shape."""
        text = failure(self.status, self.stderr, self.folder)
        if not self.status:
            assert self.profile == {}
            assert (self.folder / "provenance.json").read_text() == ""
        return text

    def stopped(self) -> str:
        """The message of a driver that this machine kept from measuring: nothing is recorded."""
        assert self.status != 0, "the driver succeeded"
        return self.failed()


@dataclass
class Target:
    """A benchmark target: its description, its files and the simulator's."""

    folder: Path
    simulator: Path
    spec: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    kernel: Path | None = None
    root: Path | None = None

    def stage(self, path: str, content: Path | str) -> Target:
        """Adds a file of the program; a text is written to a file first."""
        if isinstance(content, str):
            source = self.folder / "sources" / path
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(content)
            content = source
        self.files[path] = str(content)
        return self

    def command(self, out: Path, entry: str = "simulation/main.py") -> list[str]:
        """Writes what the rules would write; returns the driver's command line."""
        out.mkdir(parents=True)
        (out / "spec.json").write_text(json.dumps(self.spec))
        (out / "files").write_text("".join(f"{k}\t{v}\n" for k, v in self.files.items()))
        command = [sys.executable, "-I", "-S", "-B", str(MEASURE / entry)]
        command += ["--spec", f"{out}/spec.json", "--files", f"{out}/files"]
        if entry == "simulation/main.py":
            command += ["--simulator", str(self.simulator), "--profile", f"{out}/profile"]
            command += ["--kernel", str(self.kernel)]
            command += ["--pinned-root", str(self.root)] if self.root else []
            command += ["--provenance", f"{out}/provenance.json", "--log", f"{out}/log"]
            command += ["--accounting", f"{out}/accounting.json"]
        return command

    def run(
        self,
        name: str = "out",
        entry: str = "simulation/main.py",
        prefix: list[str] | None = None,
        **options: Any,
    ) -> Ended:
        """Runs the driver to its end."""
        out = self.folder / name
        shutil.rmtree(out, ignore_errors=True)
        command = (prefix or []) + self.command(out, entry)
        options.setdefault("timeout", 300)
        ended = subprocess.run(command, capture_output=True, check=False, **options)
        stdout, stderr = (one.decode(errors="replace") for one in (ended.stdout, ended.stderr))
        return Ended(ended.returncode, stderr, out, stdout)


def same(first: Ended, second: Ended) -> None:
    """Compares file by file, so that a failure names what differs."""
    assert first.profile.keys() == second.profile.keys()
    for name, content in first.profile.items():
        assert content == second.profile[name], name
    assert first.provenance == second.provenance
