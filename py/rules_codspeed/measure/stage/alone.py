"""Runs a program once more without measuring it, to know what was at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.output_folder import empty_folder
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.runlog import RunLog
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.staging import Layout, fill_stage


class Alone(NamedTuple):
    """What a run without measuring needs.

    Attributes:
      spec: the benchmark.
      layout: the stage.
      files: source of each file of the program, by runfiles path.
      paths: where they are staged.
      deadline: of the measurement.
      log: takes what is printed.
    """

    spec: Spec
    layout: Layout
    files: Mapping[str, str]
    paths: StagePaths
    deadline: Deadline
    log: RunLog

    def run(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        services: Sequence[Service] = (),
    ) -> Outcome:
        """Runs a command as its smoke test does: it finds nothing that the measured run left.

        Args:
          command: of the program.
          variables: of the measured run.
          services: are served meanwhile.

        Raises:
          CodSpeedError: the stage cannot be made anew.
        """
        layout = self.layout
        for folder in (layout.work, layout.home, layout.tmp, layout.cargo, layout.profile):
            empty_folder(layout, folder, self.spec.label, self.deadline)
        fill_stage(layout, self.files, self.paths)
        quiet = environment.without_runner(variables, self.spec.env)
        self.log.start("the same without measuring")
        outcome = run(command, quiet, layout.main, self.deadline.left(), self.log.write, services)
        self.log.end(str(outcome))
        return outcome


def fix_of_program(alone: Outcome, left_undone: str, differs: str) -> str:
    """Returns the next step where nothing but the program explains why measuring it failed.

    Args:
      alone: how the same ended without measuring.
      left_undone: what it left undone although its exit status is 0; empty if nothing.
      differs: what is different while it is measured.
    """
    if alone.timed_out:
        return "see what it printed; there was no time left to try the same without measuring"
    if alone.status or left_undone:
        end = f"{alone}, but {left_undone}" if left_undone else f"{alone}, too"
        return (
            "run the smoke test, which runs the same without measuring, and fix the program: "
            f"there it {end}"
        )
    return f"the program succeeds without measuring, so look for what differs: {differs}"
