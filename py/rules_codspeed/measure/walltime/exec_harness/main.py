"""Measures commands as exec-harness does; a program of its own, which perf records.

Usage: main.py FILE.json

FILE holds `{"version": …, "benchmarks": [{"command": […], "name": …, "walltime_args": {…}}, …]}`:
the version to report, and the JSON form (spec: walltime 7.1). Results go to
$CODSPEED_PROFILE_FOLDER/results/<pid>.json, and the time of each round beside them.

Runs on any Python with the standard library alone, from a copy of `files()`, so that only the
interpreter is needed and none of its settings matter: python -I -S -B main.py FILE.json.
"""

from __future__ import annotations

import os
import sys
from typing import Final

# The siblings are found by the path of this file.
_PACKAGE: Final = "rules_codspeed/measure/walltime"
_FILES: Final = (
    "rules_codspeed/__init__.py",
    "rules_codspeed/contract/__init__.py",
    "rules_codspeed/contract/errors.py",
    "rules_codspeed/contract/escaping.py",
    "rules_codspeed/contract/file_limits.py",
    "rules_codspeed/contract/printing.py",
    "rules_codspeed/contract/strict_json.py",
    "rules_codspeed/contract/untrusted.py",
    "rules_codspeed/measure/__init__.py",
    "rules_codspeed/measure/fifo/__init__.py",
    "rules_codspeed/measure/fifo/client.py",
    "rules_codspeed/measure/fifo/fifos.py",
    "rules_codspeed/measure/fifo/frames.py",
    "rules_codspeed/measure/fifo/protocol.py",
    f"{_PACKAGE}/__init__.py",
    f"{_PACKAGE}/exec_harness/__init__.py",
    f"{_PACKAGE}/exec_harness/main.py",
    f"{_PACKAGE}/exec_harness/options.py",
    f"{_PACKAGE}/exec_harness/program.py",
    f"{_PACKAGE}/exec_harness/rounds.py",
    f"{_PACKAGE}/rounds/__init__.py",
    f"{_PACKAGE}/rounds/json_files.py",
    f"{_PACKAGE}/rounds/results_document.py",
    f"{_PACKAGE}/rounds/round_statistics.py",
    f"{_PACKAGE}/rounds/rounds.py",
)
MAIN: Final = f"{_PACKAGE}/exec_harness/main.py"


def _root() -> str:
    return os.path.abspath(__file__).removesuffix(f"/{MAIN}")


def files() -> dict[str, str]:
    """Returns where each file that the program needs is, by its path below a common folder."""
    return {path: f"{_root()}/{path}" for path in _FILES}


def main(arguments: list[str]) -> int:
    """Measures; returns the exit status."""
    sys.path.insert(0, _root())
    from rules_codspeed.contract.errors import run_entry
    from rules_codspeed.measure.walltime.exec_harness.program import run_file

    return run_entry(lambda: run_file(arguments[0]), "exec-harness")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
