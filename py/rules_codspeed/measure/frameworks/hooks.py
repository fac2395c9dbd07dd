"""Framework `hooks`: the program talks to CodSpeed's runner itself, by client requests or FIFOs."""

from __future__ import annotations

import os

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Ask, Ended
from rules_codspeed.measure.frameworks.google.skips import GoogleBenchmark
from rules_codspeed.measure.frameworks.listing import Listing
from rules_codspeed.measure.frameworks.program import Program, TimedExecutable, TracedProgram
from rules_codspeed.measure.frameworks.recognised import recognised, starts_node
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_LOST_FIX = (
    "let each benchmark that the program lists run to its end: its loop is "
    "`for (auto _ : state)`, as KeepRunning() is never reported, and no return comes before it"
)
_EMPTY_FIX = (
    "check that the program runs its benchmarks, that it is built with CodSpeed's "
    "integration in simulation mode (not off, walltime or memory), and that loops are "
    "`for (auto _ : state)`: KeepRunning() is never reported; or set allow_empty"
)
_GO_FIX = (
    "of Go, measure a test program with its symbols (go test -c, or go_test of "
    "rules_go), or a whole program in mode walltime (framework exec)"
)


def _check_integration(program: Program, spec: Spec) -> None:
    """Refuses a program whose framework does not report to anyone."""
    if found := recognised(program.command[0]):
        raise BenchmarkError(
            f"the program of {spec.label} is of {found} itself, which calls no hooks",
            got="framework hooks, and a program without CodSpeed's integration",
            expected=f'framework {found}, or "auto", which recognises it',
            fix='remove framework = "hooks" from the target',
        )


def _check_plugin(program: Program, spec: Spec, layout: Layout) -> None:
    """Refuses what starts Node without a package that calls hooks."""
    folder = os.path.dirname(program.command[0])
    if program.elf or not starts_node(program.command[0]):
        return
    while f"{folder}/".startswith(f"{layout.work}/"):
        if os.path.isdir(f"{folder}/node_modules/@codspeed"):
            return
        folder = os.path.dirname(folder)
    raise BenchmarkError(
        f"the program of {spec.label} is of Node, and has no package that calls hooks",
        got="framework hooks, and no node_modules/@codspeed among its files",
        expected="a plugin of CodSpeed, or framework node, which needs none",
        fix='set framework = "node" on the target',
    )


class _Listing(Listing):
    """A program that can list its benchmarks, and run one of them."""

    _TIMEOUT_FIX = (
        ". google_benchmark's ->Threads(n) with n > 1 never ends in this mode: remove it. "
        "Processes left behind must end too"
    )
    lost_fix = _LOST_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._layout = layout
        self._google = GoogleBenchmark(layout, self.command)

    def uri_of(self, name: str) -> str:
        """Returns the URI of google_benchmark; of others a program's list is all that is known."""
        return self._google.uri_of(name)

    def watch(self, printed: bytes) -> None:
        """Reads the rows of google_benchmark; where CodSpeed's measures, it prints none."""
        self._google.watch(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Lists the benchmarks of google_benchmark, and finds those that skipped themselves."""
        # Built for measuring, it prints no rows, in which it would state what it skips.
        return self._google.ended(outcome, name, ask, self._is_measured)


class Simulated(_Listing):
    """Drives CodSpeed's C, C++ and Rust integrations under Valgrind."""

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self.empty_fix = _GO_FIX if self.built.go else _EMPTY_FIX

    def check(self) -> None:
        """Refuses a program for another processor or without debug information."""
        self._program.check_simulated(self._spec)
        _check_integration(self._program, self._spec)
        _check_plugin(self._program, self._spec, self._layout)
        if self.debug_info is False:
            raise BenchmarkError(
                f"the program of {self._spec.label} has no debug information",
                got="no section .debug_info",
                expected="DWARF debug information: names in the profile come from it",
                fix="compile with -g and do not strip (no -Wl,-s in linkopts; --strip=never)",
            )


class Traced(_Listing, TracedProgram):
    """Drives CodSpeed's C, C++, Rust and Node integrations, whose allocations are traced."""

    empty_fix = (
        "check that the program runs its benchmarks, and that it is built with CodSpeed's "
        "integration in memory or simulation mode (not off or walltime); or set allow_empty"
    )


class Timed(TimedExecutable):
    """Drives CodSpeed's C, C++, Rust, Go and Node integrations on the clock."""

    lost_fix = "let each benchmark that the program lists run to its end"
    empty_fix = (
        "check that the program runs its benchmarks (Rust's need the argument --bench), and "
        "that it is built with CodSpeed's integration in walltime mode (not off, simulation "
        "or analysis); or set allow_empty"
    )

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._google = GoogleBenchmark(layout, self.command)

    def watch(self, printed: bytes) -> None:
        """Reads the rows of google_benchmark."""
        self._google.watch(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Lists the benchmarks of google_benchmark, and those that it printed as skipped."""
        return self._google.ended(outcome, name, ask, is_silent=False)

    def check(self) -> None:
        """Refuses a program for another processor, and options that it cannot be given."""
        super().check()
        _check_integration(self._program, self._spec)
        if self._spec.walltime_args:
            raise BenchmarkError(
                f"walltime_args of {self._spec.label} cannot be applied",
                got=f"{', '.join(sorted(self._spec.walltime_args))}, for framework hooks",
                expected="walltime_args with the frameworks pytest and exec only",
                fix="pass the options of the program's own integration by args, or remove them",
            )

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The program itself."""
        return self.command
