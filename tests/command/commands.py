"""The command of a suite as a process, and the collector it publishes to, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rules_codspeed.command.bench as module
from rules_codspeed.contract.provenance import Simulator
from rules_codspeed.results.model import Unmeasured
from tests.collector import server as collectors
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import load_environment
from tests.report.suites import CODSPEED, write_suite

TOKEN = "cs-token-0123456789abcdef"
TARGETS = {"//b:x": ["b/x.cc::f"], "//:y": ["y.cc::g"]}
# A valid profile: the collector computes results from it.
PROFILE = """\
# callgrind format
version: 1
creator: callgrind-3.26.0.codspeed6
pid: 1
cmd:  b/x
part: 1

desc: Trigger: Client Request: b/x.cc::f

positions: line
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
fl=b/x.cc
fn=f
1 1000 10 10 1 1 1 0 0 0

totals: 1000 10 10 1 1 1 0 0 0
"""


class Command:
    """A suite in a checkout, and the environment of whoever runs its command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = folder / "checkout"
        self.workspace = self.checkout
        self.head = make_checkout(self.checkout, origin="https://github.com/acme/widgets.git")
        self.runfiles = folder / "runfiles"
        self.suite()
        self.variables: dict[str, str] = {}

    def suite(
        self,
        simulator: Simulator = CODSPEED,
        modes: Mapping[str, str] | None = None,
        profile: str = PROFILE,
        targets: Mapping[str, Sequence[str]] = TARGETS,
        runner_version: str = "5.0.2",
        unmeasured: Sequence[Unmeasured] = (),
    ) -> None:
        """Writes the suite, a different one each time."""
        self.runfiles = self.runfiles.with_name(f"{self.runfiles.name}1")
        self.manifest = write_suite(
            self.runfiles, targets, simulator, profile, modes, runner_version, unmeasured
        )

    def on(self, name: str, **more: str) -> None:
        """Takes the place of a recorded environment."""
        self.variables = {**load_environment(name, self.folder, self.checkout), **more}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **GIT_VARIABLES,
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "RUNFILES_DIR": str(self.runfiles),
            "BUILD_WORKSPACE_DIRECTORY": str(self.workspace),
            "BUILD_WORKING_DIRECTORY": str(self.folder),
            **self.variables,
        }

    def start(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(module.__file__), "--manifest", str(self.manifest), *options],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, status: int = 0, typed: str = "") -> tuple[str, str]:
        """Runs the command; returns standard output and standard error."""
        process = self.start(*options)
        output, errors = process.communicate(typed, timeout=60)
        assert process.returncode == status, f"{output}\n{errors}"
        assert "Traceback" not in output + errors
        return output, errors

    def kept(self) -> list[Path]:
        """Returns the bundles that are not uploaded yet."""
        return sorted((self.folder / "home/.local/state/rules_codspeed/uploads").glob("*"))


def upload_url(collector: collectors.Server) -> str:
    return f"--upload-url={collector.url}/upload"


def stored(collector: collectors.Server) -> list[dict[str, Any]]:
    """Returns the metadata of all runs that are complete, the oldest first."""
    files = (collector.data / "metadata").glob("*.json")
    archives = {file.name.partition(".")[0] for file in (collector.data / "archives").iterdir()}
    ordered = sorted(files, key=lambda file: file.stat().st_mtime_ns)
    return [json.loads(file.read_bytes()) for file in ordered if file.stem in archives]


def answer(status: int, body: str) -> dict[str, Any]:
    return {"kind": "answer", "status": status, "body": body}


def fault(
    collector: collectors.Server, method: str, action: dict[str, Any], times: int = 1
) -> None:
    rule = {"match": {"method": method, "path": "/"}, "times": times, "action": action}
    assert collector.client.post("/_faults", json=[rule]).is_success
