"""Framework `exec`: a whole process is the benchmark, run again and again by our exec-harness."""

from __future__ import annotations

import json
import os
import sys

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import benchmark_name
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout, copy_files
from rules_codspeed.measure.walltime.environment import parse_runner_version
from rules_codspeed.measure.walltime.exec_harness import main as exec_harness
from rules_codspeed.measure.walltime.exec_harness.options import read_exec_options
from rules_codspeed.measure.walltime.timed_hooks import TimedExecutable

# As process.py starts the program: nothing of the machine, nothing written.
_FLAGS = ("-I", "-S", "-B")


class TimedExec(TimedExecutable):
    """Drives any program."""

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        read_exec_options(spec.walltime_args, spec.label)
        # The interpreter of the driver: time does not pass in it while a round runs.
        python = os.path.realpath(sys.executable)
        copy_files({f"{layout.driver}/{to}": file for to, file in exec_harness.files().items()})
        self._file = f"{layout.driver}/exec.json"
        main = f"{layout.driver}/{exec_harness.MAIN}"
        self.timed_command = (python, *_FLAGS, main, self._file)

    def check(self) -> None:
        """Refuses a program of another processor; writes what exec-harness reads."""
        super().check()
        runner = parse_runner_version(self._spec.runner_version)
        benchmark = {
            "command": list(self.command),
            "name": benchmark_name(self._spec.label),
            "walltime_args": self._spec.walltime_args,
        }
        version = exec_harness.integration_version(runner)
        with open(self._file, "w", encoding="utf-8") as file:
            json.dump({"version": version, "benchmarks": [benchmark]}, file)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing: exec-harness tells Node what it needs."""
        return pins

    def failure_fix(self, outcome: Outcome) -> str:
        """Tells what may end a program badly only when it is measured."""
        if outcome.timed_out:
            return (
                "raise timeout_s, or lower warmup_time, max_time or max_rounds in walltime_args; "
                "see that the program ends by itself and leaves no processes behind"
            )
        return "run the smoke test, which runs the same program once, and mend the program"

    def empty_fix(self) -> str:
        """Tells that this is no fault of the program."""
        return "report a bug of rules_codspeed"
