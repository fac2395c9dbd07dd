"""Frameworks that run a target's executable as it is; `hooks`: it talks to the runner itself."""

from __future__ import annotations

import os
import re

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.program import Program
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_SHEBANG = re.compile(rb"#!\s*(\S[^\n]{0,200})")


class TimedExecutable:
    """What the frameworks share that run an executable."""

    interpreter = ""
    modules: tuple[str, ...] = ()

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        self._spec = spec
        self._program = Program(spec, layout, paths)
        self.command = self._program.command
        self.debug_info = self._program.elf.debug_info if self._program.elf else None

    @property
    def kind(self) -> str:
        """The program's name, after that of its interpreter if it is a script."""
        path = self.command[0]
        with open(path, "rb") as file:
            found = _SHEBANG.match(file.read(256))
        words = found[1].decode("utf-8", "replace").split() if found else []
        return " ".join([*words, os.path.basename(path), *self._spec.args])

    def check(self) -> None:
        """Refuses a program of another processor."""
        self._program.check_machine(self._spec)

    def unfinished(self) -> str:
        """Trusts the exit status."""
        return ""

    def failure_fix(self, outcome: Outcome) -> str:
        """Tells what may end a program badly only when it is measured."""
        if outcome.timed_out:
            return (
                "raise timeout_s if the benchmarks only need longer, or give them less time; see "
                "that the program ends by itself and leaves no processes behind"
            )
        return (
            "run the smoke test, which runs the same program without measuring, and mend the "
            "program"
        )


class TimedHooks(TimedExecutable):
    """Drives CodSpeed's C, C++, Rust, Go and Node integrations."""

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The program itself."""
        return self.command

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing."""
        return pins

    def empty_fix(self) -> str:
        """Tells why integrations stay silent."""
        return (
            "check that the program runs its benchmarks (Rust's need the argument --bench), and "
            "that it is built with CodSpeed's integration in walltime mode (not off, simulation "
            "or analysis); or set allow_empty"
        )
