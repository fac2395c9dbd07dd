"""The command line of the search."""

from __future__ import annotations

import argparse

from rules_codspeed.compare.options import add_build_options
from rules_codspeed.contract.arguments import CommandParser


def parser() -> argparse.ArgumentParser:
    """Returns the parser of `bazel run @rules_codspeed//tools:bisect -- …`."""
    command = CommandParser(
        prog="bazel run @rules_codspeed//tools:bisect --",
        description="Finds the first commit in which a benchmark is slower than in an earlier one: "
        "measures about as many commits as the number of those between has binary digits. Ends "
        "with status 0 if it is found, 3 if it is one of several that cannot be told apart as "
        "they cannot be measured, and 1 if nothing got slower or the search failed.",
        allow_abbrev=False,
    )
    command.add_argument("--good", required=True, metavar="REV", help="an earlier, faster commit")
    command.add_argument("--bad", required=True, metavar="REV", help="a later, slower commit")
    add_build_options(command, "every build", "suites and benchmarks")
    return command
