"""What the two command lines share: options and errors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rules_codspeed.judge.config import Config, read_config
from rules_codspeed.judge.errors import JudgeError


def run_judge(
    description: str | None, arguments: list[str] | None, work: Callable[[Config], int]
) -> int:
    """Runs a command line; returns its exit status."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="what the test is about, JSON")
    parser.add_argument("--runfiles", type=Path, required=True, help="folder of its files")
    options = parser.parse_args(arguments)
    try:
        return work(read_config(options.config, options.runfiles))
    except (JudgeError, OSError) as error:
        print(f"rules_codspeed: {error}", file=sys.stderr)
        return 1
