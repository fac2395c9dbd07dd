"""Framework `pytest`: pytest-codspeed on the clock, under the interpreter itself."""

from __future__ import annotations

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.pytest import Pytest
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout, copy_files
from rules_codspeed.measure.walltime.pytest_options import pytest_options
from rules_codspeed.measure.walltime.rounds import pytest_rounds


class TimedPytest(Pytest):
    """Drives pytest-codspeed in walltime mode."""

    kind = "pytest"

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        plugin = f"{layout.driver}/pytest_rounds.py"
        copy_files({plugin: pytest_rounds.__file__})
        plugins = (f"--rounds={plugin}", f"--session={self._session_file}")
        options = (*self._tests, *pytest_options(spec), *spec.args)
        self.command = (*self._start, *plugins, self._root, *options)

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The interpreter itself."""
        return self.command

    @property
    def modules(self) -> tuple[str, ...]:
        """The interpreter's library, if it has one."""
        return self.object_skips

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        if outcome.timed_out:
            return (
                "raise timeout_s, or lower warmup_time, max_time or max_rounds in walltime_args: a "
                "benchmark takes 4 s by default"
            )
        return super().failure_fix(outcome)
