"""Simulates a day of a large repository whose benchmarks are measured through a shared cache.

    bazel build //:bench_codspeed_profiles --disk_cache= --execution_log_json_file=log.json
    bazel run @rules_codspeed//tools:scale -- --log log.json

Prints, as Markdown, which part of the benchmarks a commit finds in the cache, by the depth of what
it changes, and what three ways of choosing what to measure cost. docs/scale.md explains the model.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.printing import print_text
from tools.scale.cost import MEASURED, Cost, cost
from tools.scale.model import Model, day, fewest_slots, percentile, waits, ways


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _bytes(size: float) -> str:
    return f"{size / 1e9:,.0f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.1f} min" if seconds >= 60 else f"{seconds:,.1f} s"


def by_depth(model: Model, of_one: Cost, slots: int) -> Iterator[str]:
    """Yields the table of commits by the depth of what they change."""
    yield _row("depth", "commits", "benchmarks reached", "from the cache", "core-hours", "takes")
    yield "|---|---|---|---|---|---|"
    for depth, share in enumerate(model.shares):
        count = model.reached(depth)
        hits = 1 - count * (1 - model.same) / model.benchmarks
        seconds = count * (of_one.program_s + (1 - model.same) * of_one.measure_s)
        yield _row(
            depth,
            f"{share / sum(model.shares):.1%}",
            f"{count:,}",
            f"{math.floor(hits * 1e5) / 1e3:.3f} %",
            f"{seconds / 3600:,.2f}",
            _minutes(max(seconds / slots, of_one.program_s + of_one.measure_s)),
        )


def by_way(model: Model, of_one: Cost, options: argparse.Namespace) -> Iterator[str]:
    """Yields the table of the ways to choose what is measured."""
    slots = (f"slots for {options.within} min", f"95 % known with {options.slots}")
    costs = ("measurements", "from the cache", "core-hours", "to the cache", "writes")
    yield _row("what is measured", *costs, *slots)
    yield "|---|---|---|---|---|---|---|---|"
    # Programs that turn out to be the same are linked, too.
    whole = of_one.program_s / (1 - model.same) + of_one.measure_s
    commits = day(model, Random(options.seed))
    for way in ways(model, commits, options.most):
        work = [(time, count * whole) for time, count in way.by_commit]
        hits = 1 - way.measured / (model.benchmarks * model.commits)
        at_once = sum(count for _, count in way.by_commit)
        night = math.ceil(way.by_night * whole / (options.night * 3600))
        yield _row(
            way.name,
            f"{way.measured:,}",
            f"{math.floor(hits * 1e5) / 1e3:.3f} %",
            f"{way.measured * whole / 3600:,.0f}",
            _bytes(way.measured * of_one.size),
            f"{way.measured * of_one.writes:,.0f}",
            f"{max(fewest_slots(work, options.within * 60), night):,}",
            f"in {_minutes(percentile(waits(work, options.slots), 0.95))}"
            if at_once
            else "in the morning",
        )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 999,999,999")
    return int(text)


def _part(text: str) -> float:
    try:
        part = float(text)
    except ValueError:
        part = -1
    if not 0 <= part <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a part, from 0 to 1")
    return part


def _part_below_1(text: str) -> float:
    part = _part(text)
    if part == 1:
        raise argparse.ArgumentTypeError(f"{text!r} leaves nothing to measure")
    return part


def _shares(text: str) -> list[float]:
    shares = list(map(_part, text.split(",")))
    if not sum(shares):
        raise argparse.ArgumentTypeError(f"{text!r} are the shares of no commit")
    return shares


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    command = CommandParser(
        prog="bazel run @rules_codspeed//tools:scale --",
        description=__doc__.partition("\n")[0],
        allow_abbrev=False,
    )
    command.add_argument(
        "--log", type=Path, action="append", default=[], metavar="FILE",
        help="what a target costs: of --execution_log_json_file; may be repeated",
    )  # fmt: skip
    for name, kind, default, text in (
        ("--benchmarks", _whole, 100_000, "targets that are measured"),
        ("--commits", _whole, 2_000, "commits of a day"),
        ("--fan", _whole, 10, "how many things use one of the next depth"),
        ("--depths", _shares, "0.5,0.3,0.13,0.05,0.015,0.005", "shares of commits, by depth"),
        ("--same", _part_below_1, 0.2, "part of the programs reached that stay the same"),
        ("--slower", _whole, 10, "how often a day something gets slower"),
        ("--most", _whole, 100, "benchmarks of a commit that are measured at once, if not all"),
        ("--slots", _whole, 64, "measurements at a time"),
        ("--within", _whole, 10, "minutes in which 95 %% of the commits are to be measured"),
        ("--night", _whole, 6, "hours in which the rest is to be measured"),
        ("--seed", _whole, 1, "of the random numbers"),
    ):
        help_text = f"{text} ({default})"
        command.add_argument(name, type=kind, default=default, metavar="N", help=help_text)
    return command


def simulate(options: argparse.Namespace) -> None:
    """Prints both tables.

    Raises:
      CodSpeedError: a log is none.
    """
    # 'bazel run' starts programs elsewhere.
    here = os.environ.get("BUILD_WORKING_DIRECTORY", "")
    of_one = cost([Path(here, log) for log in options.log]) if options.log else MEASURED
    model = Model(
        options.benchmarks,
        options.commits,
        options.fan,
        options.depths,
        options.same,
        options.slower,
    )
    print_text(
        f"A target costs {of_one.program_s:.3f} s to link and {of_one.measure_s:.3f} s to measure, "
        f"{of_one.size:,.0f} bytes and {of_one.writes:.1f} writes to the cache.\n"
    )
    print_text("\n".join(by_depth(model, of_one, options.slots)) + "\n")
    print_text("\n".join(by_way(model, of_one, options)))


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    return run_entry(lambda: simulate(options))


if __name__ == "__main__":
    sys.exit(main())
