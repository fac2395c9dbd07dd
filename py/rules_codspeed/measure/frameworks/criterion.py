"""Framework `criterion`: programs of criterion itself, not of codspeed-criterion-compat.

Such a program does not ask for its numbers, and its own functions are inlined into the benchmark's.
But it reads the clock four times when it runs a benchmark once (`--test`): twice before, and twice
after. Callgrind writes a part of its profile at each; the work is between the second and the third.
Source: src/bencher.rs and src/lib.rs of bheisler/criterion.rs, of version 0.5 and newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Ask, Ended, asked_names, printed_list
from rules_codspeed.measure.frameworks.names import escaped, own_uri
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TimedExecutable,
    TracedProgram,
)
from rules_codspeed.measure.frameworks.rust import (
    PANIC_FIX,
    PANICKED,
    ClockReads,
    ClockRegions,
    terse_names,
)
from rules_codspeed.measure.frameworks.timed_program import OwnResults
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_READS = ClockReads("criterion", (4,))
_WORK = 2  # it ends with the third read
_LIST = ("--bench", "--list", "--format", "terse")
_RESULTS = "criterion"
_LOST_FIX = "let it call one of the functions of Bencher (b.iter) once, and not end the program"
_EMPTY_FIX = "check that the program has benchmarks (criterion_main!); or set allow_empty"


# A list has the first bytes of a long name, up to a character: MAX_TITLE_LEN in src/report.rs.
_LONGEST = 100
_CUT = "..."


def _is_cut(name: str) -> bool:
    """Whether a listed name is only the start of the name that criterion chooses by."""
    length = len(name.encode("utf-8", "surrogateescape"))
    return name.endswith(_CUT) and _LONGEST - 3 <= length - len(_CUT) <= _LONGEST


class Simulated(ProgramFramework):
    """Drives criterion under Valgrind, each benchmark in a process, or all for the smoke test."""

    _TIMEOUT_FIX = ". Processes left behind must end too"
    isolated = True
    regions = ClockRegions(_READS, _WORK)
    lost_fix = _LOST_FIX
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._own = self.command
        self.command = (*self._own, "--bench", "--test")

    def check(self) -> None:
        """Refuses a program for another processor, or with a sanitizer."""
        self._program.check_simulated(self._spec)

    def names(self, ask: Ask) -> list[str]:
        """Returns the names that the program lists."""
        return asked_names(ask, (*self._own, *_LIST), terse_names)

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the arguments that run one benchmark once."""
        if _is_cut(name):
            return (*self.command, f"^{escaped(name.removesuffix(_CUT))}")
        return (*self.command, "--exact", name)

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark."""
        return own_uri(self._spec.label, name)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns the benchmark that a run was to run."""
        del ask
        return Ended(listed=[self.uri_of(name)] if name and not outcome.status else [])

    def failure_fix(self, outcome: Outcome) -> str:
        """Explains a program that does not end, or a panic."""
        return PANIC_FIX if outcome.status == PANICKED else super().failure_fix(outcome)


class _Stops:
    """What one benchmark allocates between the two inner of four reads of the clock."""

    opener: Literal["CLOCK"] = "CLOCK"

    def chosen(
        self, reported: Sequence[Sequence[int]], uris: Sequence[str]
    ) -> list[tuple[str, int]]:
        """Returns the number of the one benchmark that the run was to run.

        Raises:
          CodSpeedError: the clock was read by others than criterion.
        """
        measured = [number for one in reported for number in one]
        return list(zip(uris, measured, strict=False)) if _READS.are(len(reported), uris) else []


class Traced(Simulated, TracedProgram):
    """Drives criterion in memory mode, each benchmark in a process."""

    stops = _Stops()

    def check(self) -> None:
        """Refuses what `TracedProgram` does."""
        TracedProgram.check(self)


class Timed(TimedExecutable):
    """Times a program by criterion's own samples, each of which is a round."""

    lost_fix = _LOST_FIX
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._home = f"{layout.profile}/{_RESULTS}"
        self.own_results = OwnResults("criterion", _RESULTS, "criterion", self._uri_of)
        self.timed_command = (*self.command, "--bench", "--noplot", *_time_options(spec))

    def _uri_of(self, name: str) -> str:
        return own_uri(self._spec.label, name)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds where criterion writes its samples."""
        return {**pins, "CRITERION_HOME": self._home}

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Lists what a run had to run."""
        del name
        if outcome.status:
            return Ended()
        names = terse_names(printed_list(ask, (*self.command, *_LIST)))
        # What was measured has the whole name.
        return Ended(listed=[self._uri_of(one) for one in names if not _is_cut(one)])


def _time_options(spec: Spec) -> list[str]:
    """Returns how long each benchmark runs, from walltime_args.

    Raises:
      CodSpeedError: criterion has no such option, or a value cannot be used.
    """
    # Not in the inputs of a simulation.
    from rules_codspeed.measure.walltime.exec_harness.options import read_some_options

    read = read_some_options(
        spec.walltime_args,
        spec.label,
        "criterion",
        {"warmup_time", "max_time", "max_rounds"},
        "warmup_time, max_time of all samples, and max_rounds, their number",
    )
    values = {
        "warmup_time": f"--warm-up-time={read.warmup_ns / 1e9}",
        "max_time": f"--measurement-time={(read.max_time_ns or 0) / 1e9}",
        "max_rounds": f"--sample-size={read.max_rounds}",
    }
    return [values[name] for name in sorted(spec.walltime_args)]
