"""What each version of CodSpeed's runner measures with: the content of runner_golden.json.

Write the file with `PYTHONPATH=py:. python3 -m tests.measure.simulation.runner_golden`, after a
look at the sources of the version that changed (docs/spec/simulation.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rules_codspeed.contract.data.runners import RELEASES
from rules_codspeed.contract.runner_versions import Runner, RunnerMode, find_runner
from rules_codspeed.measure.memory.environment import memory_pins
from rules_codspeed.measure.simulation.valgrind import official_arguments
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.staging import STAGE, Layout
from rules_codspeed.measure.walltime.environment import walltime_pins

FILE = Path(__file__).with_name("runner_golden.json")
UPDATE = "PYTHONPATH=py:. python3 -m tests.measure.simulation.runner_golden"
FOLDER = "/tmp/profile.a1B2c3D4e5.out"
LIBRARY = "/usr/lib/x86_64-linux-gnu/libpython3.12.so.1.0"

_PLATFORM = "linux_x86_64"
# What the runner sets (spec: simulation 4; walltime 5); the others are ours.
_VARIABLES = {
    *("ARCH", "CODSPEED_ENV", "CODSPEED_RUNNER_MODE", "JAVA_TOOL_OPTIONS", "PYTHONHASHSEED"),
    *("PYTHONMALLOC", "PYTHONPERFSUPPORT", "PYTHON_PERF_JIT_SUPPORT"),
}


def document() -> str:
    """Returns the text of the file: one entry for versions that follow and do not differ."""
    entries: list[dict[str, Any]] = []
    for version in RELEASES:
        facts = _facts(version)
        if entries and {**entries[-1], **facts} == entries[-1]:
            entries[-1]["versions"].append(version)
        else:
            entries.append({"versions": [version], **facts})
    return json.dumps(entries, indent=1) + "\n"


def _facts(version: str) -> dict[str, Any]:
    runner = find_runner(version)
    assert runner
    return {
        "metadata": runner.metadata_schema,
        "exclude_allocations": runner.exclude_allocations,
        "exec_harness": runner.exec_harness,
        "valgrind": " ".join(official_arguments(runner, FOLDER, [LIBRARY])),
        "environment": _environments(runner),
    }


def _environments(runner: Runner) -> dict[str, str]:
    """Returns the variables that the runner sets, by mode and framework."""
    layout = Layout(STAGE)
    found: dict[RunnerMode, dict[str, str]] = {
        "simulation": environment.pins(layout, _PLATFORM, "/lib")
    }
    if runner.memory:
        found["memory"] = memory_pins(layout, _PLATFORM, {})[0]
    if runner.walltime:
        found["walltime"] = walltime_pins(layout, _PLATFORM, runner, "dwarf,8192")
    environments = {}
    for mode, pins in found.items():
        for framework in ("pytest", "exec"):
            variables = {**pins, **runner.python_variables(mode, framework)}
            environments[f"{mode}/{framework}"] = "; ".join(
                f"{name}={value}" for name, value in sorted(variables.items()) if name in _VARIABLES
            )
    return environments


def main() -> None:
    """Writes the file."""
    FILE.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
