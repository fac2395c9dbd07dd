"""What the driver has to know of a framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rules_codspeed.measure.stage.process import Outcome

if TYPE_CHECKING:
    from rules_codspeed.measure.frameworks.built import Built


class Framework(Protocol):
    """Drives one kind of benchmark program."""

    @property
    def command(self) -> tuple[str, ...]:
        """The command line that runs all benchmarks; absolute path first."""

    @property
    def object_skips(self) -> tuple[str, ...]:
        """Objects whose costs go to their callers (spec: simulation 5)."""

    @property
    def debug_info(self) -> bool | None:
        """Whether the program has debug information; None if it was not looked for."""

    @property
    def built(self) -> Built:
        """How the program was built."""

    @property
    def whole_process(self) -> bool:
        """Whether a whole process is the one benchmark, which must not start other processes."""

    @property
    def interpreter(self) -> str:
        """Version and build of the language's interpreter that runs the program, or empty."""

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Returns the pinned variables, with the framework's own; for measured runs."""

    def check(self) -> None:
        """Raises CodSpeedError if the program cannot be measured."""

    def list_command(self) -> tuple[str, ...]:
        """The command line that lists the benchmarks."""

    def listed(self, printed: bytes) -> list[str]:
        """Returns the names of the benchmarks, from what the list command printed."""

    def command_for(self, name: str) -> tuple[str, ...]:
        """The command line that runs one benchmark."""

    def unfinished(self) -> str:
        """What a run left undone although its exit status is 0; empty if nothing."""

    def skipped(self) -> bool:
        """Whether the program's author had the run measure nothing (skipped tests)."""

    def failure_fix(self, outcome: Outcome) -> str:
        """What to do when a run failed; empty where only the program can explain it."""

    def empty_fix(self) -> str:
        """What to do when a run measured nothing."""
