"""What the frameworks of Rust have in common: terse lists, panics, and two reads of the clock.

Their own functions are inlined into the benchmark's, but they read the clock before and after a
benchmark's work. Callgrind writes a part of its profile at each read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.frameworks.names import listed_names

PANICKED = 101
"""Exit status of a program of Rust that panicked."""

PANIC_FIX = "a benchmark that panics ends with exit status 101; see what it printed"
"""What to do about one."""

_LISTED = ": benchmark"
_CLOCK = "--dump-before=clock_gettime"


def terse_names(printed: bytes) -> list[str]:
    """Returns the names of benchmarks in a list of `--list --format terse`."""
    lines = listed_names(printed)
    return [one.removesuffix(_LISTED) for one in lines if one.endswith(_LISTED)]


class ClockReads(NamedTuple):
    """How a framework reads the clock when it runs one benchmark once.

    Attributes:
      framework: its name.
      counts: how often it does so, in each of its versions.
    """

    framework: str
    counts: tuple[int, ...]

    def are(self, reads: int, uris: Sequence[str]) -> bool:
        """Returns whether a run of one benchmark came to its end.

        Args:
          reads: of the clock in that run.
          uris: of the benchmark.

        Raises:
          CodSpeedError: the clock was read by others than the framework.
        """
        if reads < min(self.counts) or not uris:
            return False
        if reads not in self.counts:
            raise BenchmarkError(
                f"{uris[0]} cannot be found in the profile",
                got=f"{reads} reads of the clock",
                expected=f"the {' or '.join(map(str, self.counts))} of {self.framework}, "
                "between which a benchmark does its work",
                fix="let neither the benchmark nor what prepares it read the clock (Instant::now), "
                "nor end the program, or measure it in mode walltime",
            )
        return True


class ClockRegions:
    """The work of the one benchmark of a process: what lies between two reads of the clock.

    Attributes:
      integration: see `Regions`.
      keeps_callers: see `Regions`.
      arguments: see `Regions`.
    """

    keeps_callers = True
    # The version of a symbol ends the name.
    arguments = (f"{_CLOCK}*",)

    def __init__(self, reads: ClockReads, work: int) -> None:
        """Takes which of the reads ends the work."""
        self.integration = reads.framework
        self._reads = reads
        self._work = work

    def chosen(self, triggers: Sequence[str], uris: Sequence[str]) -> list[tuple[str, list[int]]]:
        """Returns the part of the one benchmark that the run was to run.

        Raises:
          CodSpeedError: the clock was read by others than the framework.
        """
        reads = [index for index, one in enumerate(triggers) if one.startswith(_CLOCK)]
        return [(uris[0], [reads[self._work]])] if self._reads.are(len(reads), uris) else []
