"""The command line of the verification."""

from __future__ import annotations

import argparse

from rules_codspeed.compare.options import add_build_options
from rules_codspeed.contract.arguments import CommandParser


def parser() -> argparse.ArgumentParser:
    """Returns the parser of `bazel run @rules_codspeed//tools:verify -- …`."""
    command = CommandParser(
        prog="bazel run @rules_codspeed//tools:verify --",
        description="Measures one simulated target of a suite several times, each time under other "
        "conditions, and fails where the bytes differ. The hash of the commit chooses the "
        "target, so a repeated run verifies the same one.",
        allow_abbrev=False,
    )
    command.add_argument(
        "--times", type=_times, default=2, metavar="N", help="how many times it is measured (2)"
    )
    command.add_argument(
        "--seed",
        metavar="TEXT",
        help="chooses the target instead of the commit that is checked out",
    )
    command.add_argument(
        "--settings",
        default="@rules_codspeed//rules/settings",
        metavar="PACKAGE",
        help="the package of the build settings; 'bazel run' passes it",
    )
    add_build_options(command, "every build", "suites and benchmarks to choose from")
    return command


def _times(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 3 or int(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 2 to 999")
    return int(text)
