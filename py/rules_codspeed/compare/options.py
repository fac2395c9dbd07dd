"""The command line of the comparison of commits."""

from __future__ import annotations

import argparse
from pathlib import Path

from rules_codspeed.contract.arguments import CommandParser

_TARGET = "//:bench_codspeed"


def add_build_options(command: argparse.ArgumentParser, builds: str, chosen: str) -> None:
    """Adds what says how targets are built, and which.

    Args:
      command: the parser.
      builds: which builds get the flags, in words.
      chosen: what the targets are, in words.
    """
    command.add_argument(
        "--bazel",
        metavar="PROGRAM",
        help="Bazel; default: ./bazelw of the workspace, then bazelisk and bazel of PATH",
    )
    command.add_argument(
        "--flag",
        action="append",
        default=[],
        metavar="FLAG",
        help=f"a flag of {builds}, as --flag=FLAG; may be repeated",
    )
    command.add_argument(
        "targets",
        nargs="*",
        default=[_TARGET],
        metavar="TARGET",
        help=f"{chosen}; default: {_TARGET}",
    )


def parser() -> argparse.ArgumentParser:
    """Returns the parser of `bazel run @rules_codspeed//tools:compare -- …`."""
    command = CommandParser(
        prog="bazel run @rules_codspeed//tools:compare --",
        description="Measures a commit, and another one or the source tree as it is, and prints "
        "what changed. Ends with status 1 if something got slower.",
        allow_abbrev=False,
    )
    command.add_argument("--base", required=True, metavar="REV", help="the earlier commit")
    command.add_argument("--head", metavar="REV", help="the later commit; default: the source tree")
    command.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write an HTML report with flame graphs; in a folder, with the graphs beside it",
    )
    add_build_options(command, "both builds", "suites and benchmarks")
    return command
