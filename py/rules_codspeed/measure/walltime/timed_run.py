"""One timed run of a program: perf around it, a FIFO server beside it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError, run_failure, with_run
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.service import FifoService
from rules_codspeed.measure.frameworks.timed_program import TimedProgram
from rules_codspeed.measure.stage.alone import Alone, fix_of_program
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import empty_folder
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.stage_errors import check_space
from rules_codspeed.measure.walltime.collect import Collected, Reported, collect
from rules_codspeed.measure.walltime.perf.profiler import Profiler
from rules_codspeed.measure.walltime.perf.service import perf_service

_HEADER = 16  # bytes that perf writes before it starts the program


class TimedRun(NamedTuple):
    """What one run of the program left.

    Attributes:
      collected: results and rounds.
      reported: what clients reported.
      recording: path of perf's data, or empty.
      arguments: perf's, without the program.
    """

    collected: Collected
    reported: Reported
    recording: str
    arguments: list[str]


class Timer:
    """Runs a program as many times as asked, each time in the same way.

    Attributes:
      pids: processes that reported benchmarks, of all runs.
    """

    def __init__(
        self,
        program: TimedProgram,
        environment: Mapping[str, str],
        profiler: Profiler,
        names: Names,
        alone: Alone,
    ) -> None:
        """Prepares the runs.

        Args:
          program: that is timed.
          environment: all variables.
          profiler: that takes samples, if it does.
          names: drops paths of the stage.
          alone: the benchmark, its filled stage, the deadline of all runs together, and the log.
        """
        self._alone = alone
        self._deadline = alone.deadline
        self.pids: set[int] = set()
        self._spec = alone.spec
        self._layout = alone.layout
        self._program = program
        self._environment = environment
        self._profiler = profiler
        self._names = names
        self._log = alone.log

    def run(self, recording: str, which: str = "") -> TimedRun:
        """Runs the program once.

        Args:
          recording: path for perf's data.
          which: distinguishes the run from others, with a blank before it.

        Raises:
          CodSpeedError: it failed, or measured nothing.
        """
        for folder in (self._layout.profile, self._layout.cargo):
            empty_folder(self._layout, folder, self._spec.label, self._deadline)
        self._log.start(f"{self._spec.label}{which}")
        run = self._profiled if self._profiler.records else self._unprofiled
        outcome, reported, arguments = run(recording, which)
        self._check_end(outcome, which)
        with self._about(which, str(outcome)):
            collected = self._collect(reported, outcome)
        self._remark([*collected.remarks, *_unnamed(collected, reported, self._profiler)])
        return TimedRun(collected, reported, recording if arguments else "", arguments)

    def _unprofiled(self, recording: str, which: str) -> tuple[Outcome, Reported, list[str]]:
        """Runs the program alone; there must be no FIFO then, and there is none after this."""
        with runner_fifos():
            pass  # a stale one would cost each client seconds
        return self._time([], self._program.timed_command, None, which), Reported(), []

    def _profiled(self, recording: str, which: str) -> tuple[Outcome, Reported, list[str]]:
        """Runs the program under perf; returns the outcome, the reports and perf's arguments."""
        with perf_service(self._layout.driver) as (service, control):
            arguments = self._profiler.arguments(control)
            try:
                outcome = self._record(service, arguments, recording, which)
            finally:
                self.pids.update(pid for pid in service.server.bench_pids if pid > 0)
        self._remark(service.server.warnings)
        return outcome, _reported(service).renamed(self._names), arguments

    def _record(
        self, service: FifoService, arguments: Sequence[str], recording: str, which: str
    ) -> Outcome:
        command = (self._profiler.path, *arguments, *self._program.timed_command)
        with open(recording, "wb") as file:
            outcome = self._time([service], command, file.fileno(), which)
        if outcome.status and os.path.getsize(recording) <= _HEADER:
            raise self._failure(
                f"{self._spec.label}{which}: perf {outcome} before it started the program",
                "see what perf printed above; measure without perf by the setting profiler (none)",
            )
        return outcome

    def _time(
        self,
        services: Sequence[FifoService],
        command: Sequence[str],
        recording: int | None,
        which: str,
    ) -> Outcome:
        with self._about(which, "was stopped"):
            outcome = run(
                command,
                self._environment,
                self._layout.main,
                self._deadline.left(),
                self._log.write,
                services,
                standard_output=recording,
            )
        self._log.end(str(outcome))
        return outcome

    @contextlib.contextmanager
    def _about(self, which: str, end: str) -> Iterator[None]:
        """Adds to an error which run of which target it concerns."""
        try:
            yield
        except CodSpeedError as error:
            located = error.about(f"{self._spec.label}{which}")
            raise with_run(located, self._program.command, end, self._logs()) from error

    def _check_end(self, outcome: Outcome, which: str) -> None:
        """Refuses a run that failed, or that ended before its work was done."""
        what = f"{self._spec.label}{which}"
        if outcome.timed_out or outcome.status:
            logs = self._logs()
            fix = self._program.failure_fix(outcome) or self._fix_of_program()
            what = outcome.failure(what, self._spec.timeout_s)
            raise run_failure(what, self._program.command, logs, fix)
        if left_undone := self._program.unfinished():
            raise self._failure(
                f"{what} {outcome}, but {left_undone}",
                "see which test ends the session or the interpreter (os._exit, pytest.exit), and "
                "fix it",
            )

    def _fix_of_program(self) -> str:
        """Returns the next step after a failure, by how the program ends without measuring."""
        alone = self._alone.run(self._program.command, self._environment)
        differs = (
            "it is run many times in one folder, where it may find what it left, and with perf "
            "beside it (the setting profiler, none)"
        )
        left_undone = "" if alone.timed_out or alone.status else self._program.unfinished()
        return fix_of_program(alone, left_undone, differs)

    def _collect(self, reported: Reported, outcome: Outcome) -> Collected:
        check_space(self._layout.root, f"the profile of {self._spec.label}")
        allow_empty = self._spec.allow_empty
        return collect(self._layout, reported, outcome.pid, self._names, allow_empty)

    def _failure(self, what: str, fix: str) -> CodSpeedError:
        return run_failure(what, self._program.command, self._logs(), fix)

    def _logs(self) -> list[tuple[str, bytes]]:
        return [("its output", self._log.tail)]

    def _remark(self, remarks: Sequence[str]) -> None:
        for remark in remarks:
            self._log.note(remark)


def _reported(service: FifoService) -> Reported:
    server = service.server
    return Reported(
        server.integration,
        sorted(pid for pid in server.bench_pids if pid > 0),
        server.markers,
        server.uri_by_ts,
    )


def _unnamed(collected: Collected, reported: Reported, profiler: Profiler) -> list[str]:
    """Returns remarks on benchmarks that have times but no samples in the profile."""
    if not profiler.records:
        return []
    missing = sorted(collected.stats().keys() - {uri for _, uri in reported.uri_by_ts})
    return [f"{uri} has no samples: the program did not name it to the runner" for uri in missing]
