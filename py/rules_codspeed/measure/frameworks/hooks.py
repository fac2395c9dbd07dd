"""Framework `hooks`: the program talks to CodSpeed's runner itself, by client requests or FIFOs."""

from __future__ import annotations

import re

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TimedExecutable,
    TracedProgram,
)

# Characters that are special in every dialect of regular expressions and may be escaped in all.
_SPECIAL = re.compile(r"([\\^$.|?*+()\[\]{}])")


class _Listing(ProgramFramework):
    """A program that can list its benchmarks, and run one of them."""

    _TIMEOUT_FIX = (
        ". google_benchmark's ->Threads(n) with n > 1 never ends in this mode: remove it. "
        "Processes left behind must end too"
    )

    def list_command(self) -> tuple[str, ...]:
        """Adds the arguments that list benchmarks, one a line."""
        return (*self.command, *self._spec.list_args)

    def listed(self, printed: bytes) -> list[str]:
        """Returns the lines that are not empty."""
        lines = printed.decode("utf-8", "surrogateescape").split("\n")
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the arguments that choose one benchmark."""
        values = {"{name}": name, "{regex}": _SPECIAL.sub(r"\\\1", name)}

        def filled(argument: str) -> str:
            return re.sub(r"\{(?:name|regex)\}", lambda found: values[found[0]], argument)

        return (*self.command, *map(filled, self._spec.filter_args))


class Simulated(_Listing):
    """Drives CodSpeed's C, C++ and Rust integrations under Valgrind."""

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing."""
        return pins

    def check(self) -> None:
        """Refuses a program for another processor or without debug information."""
        self._program.check_machine(self._spec)
        self._program.check_sanitizers(self._spec)
        if self.debug_info is False:
            raise CodSpeedError(
                f"the program of {self._spec.label} has no debug information",
                got="no section .debug_info",
                expected="DWARF debug information: names in the profile come from it",
                fix="compile with -g and do not strip (no -Wl,-s in linkopts; --strip=never)",
            )

    def empty_fix(self) -> str:
        """Explains why integrations measure nothing."""
        return (
            "check that the program runs its benchmarks, that it is built with CodSpeed's "
            "integration in simulation mode (not off, walltime or memory), and that loops are "
            "`for (auto _ : state)`: KeepRunning() is never reported; or set allow_empty"
        )


class Traced(_Listing, TracedProgram):
    """Drives CodSpeed's C, C++, Rust and Node integrations, whose allocations are traced."""

    def empty_fix(self) -> str:
        """Explains why integrations measure nothing."""
        return (
            "check that the program runs its benchmarks, and that it is built with CodSpeed's "
            "integration in memory or simulation mode (not off or walltime); or set allow_empty"
        )


class Timed(TimedExecutable):
    """Drives CodSpeed's C, C++, Rust, Go and Node integrations on the clock."""

    def check(self) -> None:
        """Refuses a program for another processor, and options that it cannot be given."""
        super().check()
        if self._spec.walltime_args:
            raise CodSpeedError(
                f"walltime_args of {self._spec.label} cannot be applied",
                got=f"{', '.join(sorted(self._spec.walltime_args))}, for framework hooks",
                expected="walltime_args with the frameworks pytest and exec only",
                fix="pass the options of the program's own integration by args, or remove them",
            )

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The program itself."""
        return self.command

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing."""
        return pins

    def empty_fix(self) -> str:
        """Explains why integrations measure nothing."""
        return (
            "check that the program runs its benchmarks (Rust's need the argument --bench), and "
            "that it is built with CodSpeed's integration in walltime mode (not off, simulation "
            "or analysis); or set allow_empty"
        )
