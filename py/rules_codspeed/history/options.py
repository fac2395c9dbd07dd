"""The command line of the history."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from rules_codspeed.contract.arguments import CommandParser


def parser() -> argparse.ArgumentParser:
    """Returns the parser of `bazel run @rules_codspeed//tools:history -- …`."""
    top = CommandParser(
        prog="bazel run @rules_codspeed//tools:history --",
        description="Shows the results of earlier runs on this machine.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the runs, the newest first")
    listing.add_argument("--suite", metavar="LABEL", help="only those of a suite")
    listing.add_argument("--most", type=_count, default=20, help="at most so many (20)")
    show = commands.add_parser("show", help="the numbers of a run")
    show.add_argument("run", type=_count, help="number of the run")
    export = commands.add_parser("export", help="write runs as JSON, one a line")
    export.add_argument("file", type=Path, help="file to write, or - for standard output")
    export.add_argument("--suite", metavar="LABEL", help="only those of a suite")
    prune = commands.add_parser("prune", help="remove old runs")
    which = prune.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=_count, metavar="N", help="keep the newest N of each suite")
    which.add_argument(
        "--before", type=_day, metavar="YYYY-MM-DD", help="remove those from before a day (UTC)"
    )
    return top


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2027-01-31") from error
