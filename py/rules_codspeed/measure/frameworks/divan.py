"""Framework `divan`: programs of divan itself, not of codspeed-divan-compat.

Such a program does not ask for its numbers. When it runs a benchmark once (`--test`), it first
measures how long its own loop takes, for which it reads the clock some hundred times, then reads it
before and after the work: that is the part between the last two reads. Source: src/divan.rs,
src/benchmark/mod.rs and src/time/timer.rs of nvzqz/divan. Lists with the arguments of benchmarks
are what it prints for cargo-nextest.
"""

from __future__ import annotations

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Ask, Ended, asked_names, printed_list
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TracedProgram,
    UntimedExecutable,
)
from rules_codspeed.measure.frameworks.rust import (
    PANIC_FIX,
    PANICKED,
    ClockReads,
    ClockRegions,
    terse_names,
)
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import benchmark_name
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_LIST = ("--list", "--format", "terse")
_WITH_IGNORED = "--include-ignored"
# One thread, and a read of the clock before the first round: targets may state otherwise.
_ONCE = ("--test", "--timer=os", "--threads=1", "--skip-ext-time=false")
# Before the work: 100 pairs for the loop, since version 0.1.15 also for what counts allocations.
_READS = ClockReads("divan", (2 * 100 + 3, 4 * 2 * 100 + 3))
_WORK = -1


class Simulated(ProgramFramework):
    """Drives divan under Valgrind, each benchmark in a process, or all for the smoke test."""

    _TIMEOUT_FIX = ". Processes left behind must end too"
    isolated = True
    regions = ClockRegions(_READS, _WORK)
    lost_fix = "let it call one of the functions of Bencher once, and not end the program"
    empty_fix = (
        "check that the program has benchmarks (#[divan::bench], and divan::main()), and that its "
        "divan is 0.1.21 or newer; or set allow_empty"
    )

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._own = self.command
        self._ignored: list[str] = []
        self.command = (*self._own, *_ONCE)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what lets the program list its benchmarks."""
        return {**pins, "NEXTEST": "1"}

    def check(self) -> None:
        """Refuses a program for another processor, or with a sanitizer."""
        self._program.check_simulated(self._spec)

    def names(self, ask: Ask) -> list[str]:
        """Returns the names that the program lists, each with its argument."""
        found = asked_names(ask, (*self._own, *_LIST), terse_names)
        whole = terse_names(printed_list(ask, (*self._own, *_LIST, _WITH_IGNORED)))
        self._ignored = [one for one in whole if one not in found]
        return found

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the arguments that run one benchmark once."""
        return (*self.command, "--exact", name)

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark, whose name is a path of Rust."""
        return f"{benchmark_name(self._spec.label)}::{name}"

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns the benchmark that a run was to run, and those that are never run."""
        del ask
        ignored = [
            Unmeasured(self.uri_of(one), "skipped", "it is marked `ignore`")
            for one in self._ignored
        ]
        listed = [self.uri_of(name)] if name and not outcome.status else []
        return Ended(listed=listed, unmeasured=ignored)

    def failure_fix(self, outcome: Outcome) -> str:
        """Explains a program that does not end, or a panic."""
        return PANIC_FIX if outcome.status == PANICKED else super().failure_fix(outcome)


class Traced(Simulated, TracedProgram):
    """Refuses: what a benchmark allocates is counted between the hooks that it calls."""

    def check(self) -> None:
        """Raises CodSpeedError."""
        raise BenchmarkError(
            f"the memory of {self._spec.label} cannot be measured",
            got="divan itself, which does not report where a benchmark starts and ends",
            expected="codspeed-divan-compat, built with --cfg codspeed",
            fix="use that crate, or measure it in other modes",
        )


class Timed(UntimedExecutable):
    """Refuses: divan prints four numbers of its samples, and writes no sample."""

    def check(self) -> None:
        """Raises CodSpeedError."""
        raise BenchmarkError(
            f"the time of {self._spec.label} cannot be measured",
            got="divan itself, which prints statistics of its samples, but not the samples",
            expected="rounds, as codspeed-divan-compat reports them in mode walltime",
            fix="build the suite with that crate and measure with framework hooks, or measure it "
            'in mode simulation (modes = ["simulation"])',
        )
