"""Framework `google_benchmark`: programs of google_benchmark itself, not of CodSpeed's fork of it.

Such a program does not ask for its numbers. Its library has functions where a benchmark's time
starts, pauses and ends, and one that reports each benchmark: Callgrind writes a part of its profile
at these. Source: src/benchmark.cc of google/benchmark, of version 1.5 and newer.

Each benchmark runs one iteration, twice. The second is the number: then its code is linked and its
data is in the caches, as CodSpeed's fork warms each benchmark up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeVar

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.account import repeated
from rules_codspeed.measure.frameworks.framework import Ask, Ended
from rules_codspeed.measure.frameworks.google.skips import PrintedSkips, google_names
from rules_codspeed.measure.frameworks.listing import Listing
from rules_codspeed.measure.frameworks.names import own_uri
from rules_codspeed.measure.frameworks.program import TimedExecutable, TracedProgram
from rules_codspeed.measure.frameworks.timed_program import OwnResults, rounds_and_time
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_T = TypeVar("_T")

_STARTED = "--dump-before=benchmark::State::StartKeepRunning()"
_RESUMED = "--dump-after=benchmark::State::ResumeTiming()"
_PAUSED = "--dump-before=benchmark::State::PauseTiming()"
_FINISHED = "--dump-before=benchmark::State::FinishKeepRunning()"
_REPORTED = "--dump-before=benchmark::ConsoleReporter::ReportRuns"
_REPETITIONS = 2
_REPEATS = re.compile(r"/repeats:(\d{1,6})(?=/|$)")
_THREADS = re.compile(r"/threads:(\d{1,6})(?=/|$)")
# Rows as `PrintedSkips` reads them.
_ROWS = ("--benchmark_format=console", "--benchmark_color=false")
_INTERLEAVING = "benchmark_enable_random_interleaving"
_WARM_UP = "benchmark_min_warmup_time"
_DRY_RUN = "benchmark_dry_run"  # one cold repetition; since version 1.9

_RESULTS = "google_benchmark.json"
_EMPTY_FIX = (
    "check that main passes its arguments to benchmark::Initialize and calls "
    "RunSpecifiedBenchmarks, that args filter none out, and that the library is linked with its "
    "symbols (no -s, no link-time optimisation); or set allow_empty"
)


def _is_set(spec: Spec, flag: str) -> bool:
    """Whether a target sets a flag of google_benchmark, which takes it from variables, too."""
    return flag.upper() in spec.env or any(one.startswith(f"--{flag}") for one in spec.args)


def _unset(spec: Spec, flag: str) -> list[str]:
    """Returns the argument against a flag, if a target sets it: not every version knows each."""
    return [f"--{flag}=0"] if _is_set(spec, flag) else []


class _Regions:
    """The time of a benchmark: from where it starts or resumes to where it pauses or finishes."""

    integration = "google_benchmark"
    keeps_callers = True
    # A name ends with the types of its parameters.
    arguments = (_STARTED, _RESUMED, _PAUSED, _FINISHED, f"{_REPORTED}*")

    def chosen(self, triggers: Sequence[str], uris: Sequence[str]) -> list[tuple[str, list[int]]]:
        """Returns the parts of one repetition of each benchmark that was reported.

        Raises:
          CodSpeedError: there are more reports than benchmarks.
        """
        return _chosen(_timed(triggers), uris)


class _Stops:
    """What a benchmark allocates where its time runs."""

    opener: Literal["GOOGLE_BENCHMARK"] = "GOOGLE_BENCHMARK"

    def chosen(
        self, reported: Sequence[Sequence[int]], uris: Sequence[str]
    ) -> list[tuple[str, int]]:
        """Returns the number of one repetition of each benchmark that was reported.

        Raises:
          CodSpeedError: there are more reports than benchmarks.
        """
        return _chosen(reported, uris)


def _chosen(reported: Sequence[Sequence[_T]], uris: Sequence[str]) -> list[tuple[str, _T]]:
    """Returns one of the measurements of each benchmark that was reported.

    Raises:
      CodSpeedError: there are more reports than benchmarks.
    """
    if len(reported) > len(uris):
        raise BenchmarkError(
            f"google_benchmark reported {len(reported)} times",
            got=f"{len(uris)} benchmarks in its list (--benchmark_list_tests)",
            expected="a report for each",
            fix="let main pass its arguments to benchmark::Initialize, and call "
            "RunSpecifiedBenchmarks once; no ReportAggregatesOnly(false)",
        )
    pairs = zip(uris, reported, strict=False)
    return [(uri, one[_of_interest(uri, len(one))]) for uri, one in pairs if one]


def _timed(triggers: Sequence[str]) -> list[list[list[int]]]:
    """Returns, for each benchmark that was reported, its regions: the indices of their parts."""
    reported: list[list[list[int]]] = []
    regions: list[list[int]] = []
    region: list[int] = []
    counts = False
    for index, trigger in enumerate(triggers):
        if trigger == _STARTED:
            region, counts = [], True
        elif trigger == _RESUMED:
            # What came before was no work of the benchmark.
            counts = True
        elif trigger in (_PAUSED, _FINISHED):
            region += [index] if counts else []
            counts = False
            if trigger == _FINISHED:
                regions.append(region)
                region = []
        elif trigger.startswith(_REPORTED):
            reported.append([one for one in regions if one])
            regions = []
    return reported


def _of_interest(uri: str, regions: int) -> int:
    """Returns which of the regions of a benchmark is its number.

    That of the last repetition, which may have another for a memory manager behind it. With a time
    of its own a benchmark runs as often as that allows: only its first iteration is the same twice.
    """
    if "/min_time:" in uri:
        return 0
    repeats = _REPEATS.search(uri)
    repetitions = int(repeats[1]) if repeats else _REPETITIONS
    return regions - max(regions // max(repetitions, 1), 1)


class Simulated(Listing):
    """Drives google_benchmark under Valgrind, or once for the smoke test."""

    _TIMEOUT_FIX = (
        ". ->MinTime(t) and ->Iterations(n) run more than one iteration. Processes left behind "
        "must end too"
    )
    regions = _Regions()
    lost_fix = (
        "let it run its loop (`for (auto _ : state)` or `while (state.KeepRunning())`) to the "
        "end, and not end the program"
    )
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._printed = PrintedSkips()
        # Behind the target's own arguments: the last one counts.
        self.command = (
            *self.command,
            "--benchmark_min_time=0",
            f"--benchmark_repetitions={_REPETITIONS if self._is_measured else 1}",
            # One report for each benchmark.
            "--benchmark_report_aggregates_only=true",
            *_ROWS,
        )
        # How often a benchmark runs to warm up depends on the machine. Unknown before version 1.7.
        self.command += (*_unset(spec, _WARM_UP), *_unset(spec, _DRY_RUN))

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark."""
        return own_uri(self._spec.label, name)

    def check(self) -> None:
        """Refuses a program that cannot be measured, and an order that is not the list's."""
        self._program.check_simulated(self._spec)
        self._check_order()

    def _check_order(self) -> None:
        if _is_set(self._spec, _INTERLEAVING):
            raise BenchmarkError(
                f"the benchmarks of {self._spec.label} would run in a random order",
                got=f"{_INTERLEAVING} in args or env",
                expected="the order of their list, by which they are known",
                fix="remove it",
            )

    def watch(self, printed: bytes) -> None:
        """Reads the rows that the program prints."""
        self._printed.read(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Lists what a run had to run; skipped is what skipped itself, or runs several threads."""
        printed, self._printed = self._printed, PrintedSkips()
        if outcome.status:
            return Ended()
        names = [name] if name else google_names(self.command, ask)
        threads = [
            Unmeasured(
                self.uri_of(one),
                "skipped",
                f"it runs {runs[1]} threads, whose turns are not the same twice: measure it in "
                "mode walltime",
            )
            for one in names
            if (runs := _THREADS.search(one)) and int(runs[1]) > 1 and self._is_measured
        ]
        uris = list(map(self.uri_of, names))
        found = printed.found(names, self.uri_of)
        return Ended(listed=uris, unmeasured=[*found, *threads, *repeated(uris)])


class Traced(Simulated, TracedProgram):
    """Drives google_benchmark in memory mode."""

    stops = _Stops()

    def check(self) -> None:
        """Refuses what `TracedProgram` does, and an order that is not the list's."""
        TracedProgram.check(self)
        self._check_order()


class Timed(TimedExecutable):
    """Times a program by google_benchmark's own repetitions, each of which is a round."""

    lost_fix = "let it run to its end, and not end the program"
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._printed = PrintedSkips()
        self.own_results = OwnResults(
            "google_benchmark", _RESULTS, "google_benchmark", self._uri_of
        )
        self.timed_command = (
            *self.command,
            *_time_options(spec),
            *_unset(spec, _DRY_RUN),
            f"--benchmark_out={layout.profile}/{_RESULTS}",
            "--benchmark_out_format=json",
            # Also each repetition: it is a round.
            "--benchmark_report_aggregates_only=false",
            *_ROWS,
        )

    def _uri_of(self, name: str) -> str:
        return own_uri(self._spec.label, name)

    def watch(self, printed: bytes) -> None:
        """Reads the rows that the program prints."""
        self._printed.read(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Lists what a run had to run, and what skipped itself."""
        del name
        printed, self._printed = self._printed, PrintedSkips()
        if outcome.status:
            return Ended()
        names = google_names(self.command, ask)
        found = printed.found(names, self._uri_of)
        return Ended(listed=list(map(self._uri_of, names)), unmeasured=found)


def _time_options(spec: Spec) -> list[str]:
    """Returns how long each benchmark runs, from walltime_args.

    Raises:
      CodSpeedError: google_benchmark has no such option, or a value cannot be used.
    """
    rounds, least = rounds_and_time(spec, "google_benchmark", "repetition")
    seconds = [f"--benchmark_min_time={least / 1e9}"] if least else []
    return [f"--benchmark_repetitions={rounds}", *seconds]
