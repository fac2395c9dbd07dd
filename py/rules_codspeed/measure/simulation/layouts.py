"""Other layouts of memory: what they are, and what a program counted in one.

Where the heap and the stack lie decides which cache sets are used, how often an allocator splits
and merges, and which way string functions go. Any edit of a program moves them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.simulation.valgrind import PROFILE_NAME

VARIABLE = "RULES_CODSPEED_LAYOUT"
"""Its length moves the stack of every program, and the heap of those that copy the environment."""

Counts = dict[str, dict[str, int]]
"""Count by event, by URI."""

_BENCHMARK = "desc: Trigger: Client Request: "
_METADATA = "Metadata: "


def offset(number: int) -> int:
    """Returns the length of the variable in a layout, from 1 on: other remainders of all powers."""
    return 200 * number + 37 * number * number


def counts(folder: str) -> Counts:
    """Returns the totals of the benchmarks in a folder of normalised profiles.

    Raises:
      CodSpeedError: the program left a profile that Valgrind did not write.
    """
    found: Counts = {}
    for name in sorted(os.listdir(folder)):
        if PROFILE_NAME.fullmatch(name):
            with open(f"{folder}/{name}", encoding="utf-8", errors="surrogateescape") as file:
                try:
                    found.update(_parts(file))
                except ValueError as error:
                    raise BenchmarkError(
                        "a profile of another layout cannot be read",
                        got=f"{name}: {error}",
                        expected="what Valgrind writes",
                        fix="let the program write no *.out to $CODSPEED_PROFILE_FOLDER",
                    ) from error
    return found


def _parts(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, int]]]:
    """Yields URI and totals; raises ValueError for totals that are no counts of the events."""
    uri = ""
    events: list[str] = []
    for line in (one.rstrip("\n") for one in lines):
        if line.startswith("desc: Trigger: "):
            uri = line.removeprefix(_BENCHMARK) if line.startswith(_BENCHMARK) else ""
        elif line.startswith("events: "):
            events = line.split()[1:]
        elif line.startswith("totals: ") and uri and not uri.startswith(_METADATA):
            totals = [int(number) for number in line.split()[1:]]
            # Callgrind leaves zeros at the end out.
            totals += [0] * (len(events) - len(totals))
            yield uri, dict(zip(events, totals, strict=True))
