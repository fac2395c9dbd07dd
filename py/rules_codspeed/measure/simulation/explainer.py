"""Explains a failure of a simulated run, by running the program once more in another way."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.simulation.diagnosis import Diagnosis, diagnosis, of_illegal
from rules_codspeed.measure.simulation.helpers import Helper, helpers
from rules_codspeed.measure.simulation.illegal import DIAGNOSTICS, illegal_instruction
from rules_codspeed.measure.stage.alone import fix_of_program
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.root import fix_under_root
from rules_codspeed.measure.stage.service import Service

Command = tuple[str, ...]


class Explainer(NamedTuple):
    """Knows how to run the program again.

    Attributes:
      framework: that drives the program.
      kernel: the library of the fixed kernel, or None.
      root: name of the pinned root; empty for the machine's libraries.
      folder: in which the program works.
      simulate: runs a command with one more option of Valgrind, and returns Valgrind's log.
      alone: runs a command without the simulator.
      undone: returns what such a run left undone although its exit status is 0; empty if nothing.
    """

    framework: Framework
    kernel: KernelLibrary | None
    root: str
    folder: str
    simulate: Callable[[Command, str], bytes]
    alone: Callable[[Command, Sequence[Service]], Outcome]
    undone: Callable[[Outcome], str]

    def of_failure(self, outcome: Outcome, command: Command, logs: Sequence[bytes]) -> Diagnosis:
        """Explains a run that ended with a failure, in time.

        Args:
          outcome: of the run.
          command: of the program.
          logs: what the simulator and the program printed, the former first.
        """
        found = self._of_simulator(outcome, command, logs)
        if found and found.sure:
            return found
        if fix := self.framework.failure_fix(outcome):
            return Diagnosis("", fix)
        if self.root:
            # Without the simulator it would run under the machine's libraries.
            return found or Diagnosis("", fix_under_root(self.root))
        alone = self.alone(command, ())
        left_undone = self.undone(alone)
        if found and not (alone.timed_out or alone.status or left_undone):
            return found
        return Diagnosis("", fix_of_program(alone, left_undone, self._differs()))

    def _of_simulator(
        self, outcome: Outcome, command: Command, logs: Sequence[bytes]
    ) -> Diagnosis | None:
        if outcome.status == -signal.SIGILL:
            log = self.simulate(command, DIAGNOSTICS)
            return of_illegal(illegal_instruction(log), log)
        return diagnosis(logs, self.framework.built)

    def _differs(self) -> str:
        fixed = "the answers of the fixed kernel (fixed_kernel = False), " if self.kernel else ""
        return (
            f"{fixed}a processor without newer instructions, one thread at a time, some 50 times "
            "less speed; or measure it in mode walltime"
        )

    def helpers(self, command: Command) -> list[Helper]:
        """Returns what a program starts beside itself; nothing where that cannot be known."""
        if not self.kernel or self.root:
            return []
        watching = FixedKernel(self.kernel)
        outcome = self.alone(command, [watching])
        return helpers(watching.started, outcome.pid, self.folder)
