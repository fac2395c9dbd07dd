"""What the walltime driver has to know of a benchmark program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Ask, Ended
from rules_codspeed.measure.stage.process import Outcome

if TYPE_CHECKING:
    from rules_codspeed.measure.frameworks.built import Built

_ROUNDS = 5  # as CodSpeed's fork of google_benchmark


class OwnResults(NamedTuple):
    """Where a framework itself writes the times of its benchmarks.

    Attributes:
      format: of the files: a reader in `importing.formats`.
      place: a file *.json, or else a folder, in the profile folder; or a name of what is printed.
      tool: that writes them, for people.
      uri_of: makes the URI of a name in them.
      printed: returns what stands for a file, of what the program printed; None if it writes one.
    """

    format: str
    place: str
    tool: str
    uri_of: Callable[[str], str]
    printed: Callable[[], bytes] | None = None


def rounds_and_time(spec: Spec, tool: str, round_name: str) -> tuple[int, int | None]:
    """Returns how many rounds a framework makes, and the least time of each, from walltime_args.

    Args:
      spec: of the benchmark.
      tool: the framework, for people.
      round_name: what it calls a round.

    Returns:
      Number of rounds; nanoseconds, or None for what the framework chooses.

    Raises:
      CodSpeedError: there is another option, or a value cannot be used.
    """
    # Not in the inputs of a simulation.
    from rules_codspeed.measure.walltime.exec_harness.options import read_some_options

    read = read_some_options(
        spec.walltime_args,
        spec.label,
        tool,
        {"min_time", "max_rounds"},
        f"min_time, the least time of a {round_name}, and max_rounds, their number",
    )
    return read.max_rounds or _ROUNDS, read.min_time_ns


class TimedProgram(Protocol):
    """A staged program whose benchmarks are timed."""

    @property
    def command(self) -> tuple[str, ...]:
        """The program's own command line; absolute path first."""

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The command line that is run, by perf if there is one."""

    @property
    def kind(self) -> str:
        """Names of executables, by which CodSpeed's runner chooses how perf finds call chains."""

    @property
    def interpreter(self) -> str:
        """Version and build of the language's interpreter, or empty."""

    @property
    def modules(self) -> tuple[str, ...]:
        """Canonical paths of the interpreter's files, whose frames are folded away."""

    @property
    def debug_info(self) -> bool | None:
        """Whether the program has debug information; None if it was not looked for."""

    @property
    def built(self) -> Built:
        """How the program was built."""

    @property
    def own_results(self) -> OwnResults | None:
        """What the framework writes; None if the program reports by CodSpeed's integration."""

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Returns the pinned variables, with the framework's own."""

    def check(self) -> None:
        """Raises CodSpeedError if the program cannot be measured."""

    def watch(self, printed: bytes) -> None:
        """Takes what the program prints, while it runs."""

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what became of the benchmarks of a run; see `Framework.ended`."""

    def failure_fix(self, outcome: Outcome) -> str:
        """What to do when a run failed; empty where only the program can explain it."""

    @property
    def lost_fix(self) -> str:
        """What to do when a benchmark that was listed left no number."""

    @property
    def empty_fix(self) -> str:
        """What to do when a run measured nothing."""
