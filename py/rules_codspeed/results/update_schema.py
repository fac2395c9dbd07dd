"""Writes results.schema.json; run it with `bazel run`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rules_codspeed.contract.printing import print_message
from rules_codspeed.results.schema import json_schema

_FILE = "py/rules_codspeed/results/results.schema.json"


def main() -> int:
    """Writes the file; returns the exit status."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        print_message("rules_codspeed: start it with 'bazel run'.")
        return 1
    (Path(workspace) / _FILE).write_text(json_schema(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
