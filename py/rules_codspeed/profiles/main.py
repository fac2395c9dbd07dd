"""Prints profiles as JSON: `bazel run @rules_codspeed//tools:read_profile -- FILE...`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TextIO

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.printing import print_json
from rules_codspeed.profiles.reader import read_profiles


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    found = CommandParser(
        prog="bazel run @rules_codspeed//tools:read_profile --",
        description="Prints profiles of CodSpeed's tools as one JSON document: callgrind files, "
        "traces of tracegrind, artifacts of memtrack, results of walltime, recordings of perf, "
        "and archives and folders of these.",
        allow_abbrev=False,
    )
    found.add_argument(
        "profiles", nargs="+", metavar="FILE", help="a profile, archive or folder; several are one"
    )
    found.add_argument(
        "--functions", action="store_true", help="list the functions of each benchmark as well"
    )
    return found


def print_profiles(options: argparse.Namespace, here: Path, stdout: TextIO) -> None:
    """Prints what the command line asks for.

    Raises:
      CodSpeedError: a file is no profile, or damaged.
      OSError: a file cannot be read.
    """
    paths = [here / one for one in options.profiles]
    print_json(read_profiles(paths, options.functions).to_json(), stdout)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY") or Path.cwd())
    return run_entry(lambda: print_profiles(options, here, sys.stdout))


if __name__ == "__main__":
    sys.exit(main())
