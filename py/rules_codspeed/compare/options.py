"""The command line of the comparison of commits."""

from __future__ import annotations

import argparse
from pathlib import Path

_TARGET = "//:bench_codspeed"


def parser() -> argparse.ArgumentParser:
    """Returns the parser of `bazel run @rules_codspeed//tools:compare -- …`."""
    command = argparse.ArgumentParser(
        prog="bazel run @rules_codspeed//tools:compare --",
        description="Measures a commit, and another one or the source tree as it is, and prints "
        "what changed. Ends with status 1 if something got slower.",
        allow_abbrev=False,
    )
    command.add_argument("--base", required=True, metavar="REV", help="the earlier commit")
    command.add_argument("--head", metavar="REV", help="the later commit; default: the source tree")
    command.add_argument(
        "--report", type=Path, metavar="FILE", help="write an HTML report with flame graphs"
    )
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
        help="a flag of both builds, as --flag=FLAG; may be repeated",
    )
    command.add_argument(
        "targets",
        nargs="*",
        default=[_TARGET],
        metavar="TARGET",
        help=f"suites and benchmarks; default: {_TARGET}",
    )
    return command
