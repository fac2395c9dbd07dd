"""The command line of the explanation."""

from __future__ import annotations

import argparse

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.modes import MODES


def parser() -> argparse.ArgumentParser:
    """Returns the parser of `bazel run @rules_codspeed//tools:why -- …`."""
    command = CommandParser(
        prog="bazel run @rules_codspeed//tools:why --",
        description="Shows why the numbers of a benchmark target differ between two runs: its "
        "inputs, its environment, how it was measured, and then the functions. A run is a number "
        "that 'tools:history -- list' shows, a commit that was measured on this machine, a folder "
        "of --out, results of --format json, a measurement in bazel-bin (NAME_simulation.profile), "
        "or a baseline.",
        allow_abbrev=False,
    )
    command.add_argument(
        "--base",
        metavar="RUN",
        help="the earlier run; default: the one before the later run, on the same branch if it has "
        "one",
    )
    command.add_argument(
        "--run",
        metavar="RUN",
        help="the later run; default: the last stored one of the branch that is checked out",
    )
    command.add_argument("--mode", choices=MODES, help="only this mode; default: all")
    command.add_argument("targets", nargs="+", metavar="TARGET", help="labels of benchmark targets")
    return command
