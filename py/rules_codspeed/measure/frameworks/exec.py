"""Framework `exec`: a whole process is the benchmark (spec: simulation 15)."""

from __future__ import annotations

import json
import os
import sys

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Ask
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TimedExecutable,
    TracedProgram,
)
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import HARNESS, Names, program_uri
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout, copy_files

# As process.py starts the program: nothing of the machine, nothing written.
_FLAGS = ("-I", "-S", "-B")
# There is one benchmark, and the program is not at fault.
_BUG = "report a bug of rules_codspeed"
_ENDS = (
    "let the program end by returning from main or by exit(): one that ends by _exit (as "
    "/bin/sh does) or replaces itself reports nothing"
)
_GO_ENDS = (
    'measure this target in mode walltime (modes = ["walltime"]): a program of Go '
    "ends by a system call of its own, and reports nothing in simulation"
)


class _Whole(ProgramFramework):
    """A program whose process is the one benchmark."""

    whole_process = True
    lost_fix = empty_fix = _BUG
    _TIMEOUT_FIX = "; make sure that it ends by itself and leaves no processes behind"

    def names(self, ask: Ask) -> list[str]:
        """Returns no names: the process is the one benchmark."""
        del ask
        return []

    def command_for(self, name: str) -> tuple[str, ...]:
        """Returns the whole command."""
        return self.command


class Simulated(_Whole):
    """Drives any dynamically linked program, by a preloaded library."""

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._names = Names(paths.repositories)
        self._preload = f"{layout.work}/{paths(spec.preload)}" if spec.preload else ""
        # Of a program whose end the library's destructor does not see.
        self.empty_fix = _GO_ENDS if self.built.go else _ENDS

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what the preloaded library needs."""
        # As exec-harness 1.3.0: Node writes a map of what it compiles.
        node = {} if "NODE_OPTIONS" in self._spec.env else {"NODE_OPTIONS": "--perf-basic-prof"}
        return {
            **pins,
            **node,
            "CODSPEED_BENCH_URI": program_uri(self._spec, self.command, self._names),
            "LD_PRELOAD": self._preload,
        }

    def check(self) -> None:
        """Refuses a program that the library cannot be loaded into."""
        self._program.check_simulated(self._spec)
        if self._program.elf and self._program.elf.static:
            raise BenchmarkError(
                f"the program of {self._spec.label} is statically linked; CPU simulation does not "
                "support that for framework exec",
                got="an ELF file without PT_INTERP",
                expected="a dynamically linked executable: the library that measures it is "
                "preloaded",
                fix="link it dynamically (no -static, no fully_static_link), or use framework "
                "hooks",
            )
        if not self._preload:
            raise BenchmarkError(
                f"{self._spec.label} has no library that measures a whole program",
                got="an empty preload",
                expected="//rules/hooks:preload",
                fix="declare the target with codspeed_benchmark(framework = 'exec')",
            )


class Traced(_Whole, TracedProgram):
    """Drives any dynamically linked program whose allocations are traced, and what it starts."""


class Timed(TimedExecutable):
    """Runs any program repeatedly, by our exec-harness."""

    lost_fix = empty_fix = _BUG

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        # Not in the inputs of a simulation.
        from rules_codspeed.measure.walltime.exec_harness import main as exec_harness
        from rules_codspeed.measure.walltime.exec_harness.options import read_exec_options

        super().__init__(spec, layout, paths)
        self._names = Names(paths.repositories)
        read_exec_options(spec.walltime_args, spec.label)
        # The interpreter of the driver: time does not pass in it while a round runs.
        python = os.path.realpath(sys.executable)
        copy_files({f"{layout.driver}/{to}": file for to, file in exec_harness.files().items()})
        self._file = f"{layout.driver}/exec.json"
        main = f"{layout.driver}/{exec_harness.MAIN}"
        self.timed_command = (python, *_FLAGS, main, self._file)

    def check(self) -> None:
        """Refuses a program for another processor; writes what exec-harness reads."""
        super().check()
        from rules_codspeed.contract.runner_versions import find_runner

        runner = find_runner(self._spec.runner_version)
        assert runner, "the driver has checked it"
        benchmark = {
            "command": list(self.command),
            "name": program_uri(self._spec, self.command, self._names).removeprefix(HARNESS),
            "walltime_args": self._spec.walltime_args,
        }
        with open(self._file, "w", encoding="utf-8") as file:
            json.dump({"version": runner.exec_harness, "benchmarks": [benchmark]}, file)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing: exec-harness passes Node what it needs."""
        return pins

    def failure_fix(self, outcome: Outcome) -> str:
        """Explains a program that does not end."""
        if outcome.timed_out:
            return (
                "raise timeout_s, or lower warmup_time, max_time or max_rounds in walltime_args; "
                "make sure that the program ends by itself and leaves no processes behind"
            )
        return ""
