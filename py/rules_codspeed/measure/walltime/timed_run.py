"""One timed run of a program: perf around it, a FIFO server beside it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import (
    BenchmarkError,
    CodSpeedError,
    of_machine,
    run_failure,
    with_run,
)
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.server import FifoServer, NoProfiler
from rules_codspeed.measure.fifo.service import FifoService
from rules_codspeed.measure.frameworks.account import Account, left_undone, lost
from rules_codspeed.measure.frameworks.framework import Ended
from rules_codspeed.measure.frameworks.timed_program import TimedProgram
from rules_codspeed.measure.instruments.findings import Findings
from rules_codspeed.measure.instruments.instruments import AllRunning
from rules_codspeed.measure.stage.alone import Alone, fix_of_program
from rules_codspeed.measure.stage.environment import without_runner
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
      findings: of instruments.
    """

    collected: Collected
    reported: Reported
    recording: str
    arguments: list[str]
    findings: Findings = Findings()


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
        account: Account,
        import_path: Sequence[str],
        instruments: Callable[[], AbstractContextManager[AllRunning]],
    ) -> None:
        """Prepares the runs.

        Args:
          program: that is timed.
          environment: all variables.
          profiler: that takes samples, if it does.
          names: drops paths of the stage.
          alone: the benchmark, its filled stage, the deadline of all runs together, and the log.
          account: takes what gives no number.
          import_path: folders of the modules that reading what a framework wrote needs.
          instruments: starts those of the target, for one run.
        """
        self._start_instruments = instruments
        self._import_path = import_path
        self._alone = alone
        self._deadline = alone.deadline
        self._account = account
        self.pids: set[int] = set()
        self._spec = alone.spec
        self._layout = alone.layout
        self._program = program
        self._environment = environment
        self._profiler = profiler
        self._names = names
        self._log = alone.log
        self._instruments = AllRunning([])

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
        with self._start_instruments() as self._instruments:
            outcome, reported, arguments = run(recording, which)
            # Before anything else runs that may send queries.
            findings = self._instruments.finish(self._uri)
        self._remark(findings.remarks)
        ended = self._check_end(outcome, which)
        dropped = [self._uri(one.uri) for one in ended.unmeasured]
        with self._about(which, str(outcome)):
            collected = self._collect(reported, outcome, dropped)
        self._add(ended.unmeasured)
        self._add(self._lost(ended, collected, dropped))
        self._remark([*collected.remarks, *_unnamed(collected, reported, self._profiler)])
        recorded = recording if arguments else ""
        return TimedRun(collected, reported, recorded, arguments, findings)

    def _unprofiled(self, recording: str, which: str) -> tuple[Outcome, Reported, list[str]]:
        """Runs the program alone; without an instrument there is no FIFO then, nor after this."""
        command = self._program.timed_command
        with runner_fifos() as fifos:
            if self._instruments:
                server = FifoServer(fifos, NoProfiler(), observer=self._instruments)
                outcome = self._time([FifoService(server)], command, None, which)
                self._remark(server.warnings)
                return outcome, _reported(server).renamed(self._names), []
        # A stale one would have cost each client seconds.
        return self._time([], command, None, which), Reported(), []

    def _profiled(self, recording: str, which: str) -> tuple[Outcome, Reported, list[str]]:
        """Runs the program under perf; returns the outcome, the reports and perf's arguments."""
        observer = self._instruments or None
        with perf_service(self._layout.driver, observer) as (service, control):
            arguments = self._profiler.arguments(control)
            try:
                outcome = self._record(service, arguments, recording, which)
            finally:
                self.pids.update(pid for pid in service.server.bench_pids if pid > 0)
        self._remark(service.server.warnings)
        return outcome, _reported(service.server).renamed(self._names), arguments

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
                self._instruments.around(command),
                {**self._environment, **self._instruments.variables},
                self._layout.main,
                self._deadline.left(),
                self._output,
                services,
                standard_output=recording,
            )
        self._log.end(str(outcome))
        self._instruments.check()
        return outcome

    def _output(self, printed: bytes) -> None:
        self._log.write(printed)
        self._program.watch(printed)

    def _ask(self, command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        """Runs a command that is not timed; returns how it ended and what it printed."""
        printed: list[bytes] = []
        self._log.start(f"{self._spec.label} is asked for {what}")
        quiet = without_runner(self._environment, self._spec.env)
        left = self._deadline.left()
        outcome = run(command, quiet, self._layout.main, left, printed.append)
        self._log.write(b"".join(printed))
        self._log.end(str(outcome))
        return outcome, b"".join(printed)

    def _add(self, found: Iterable[Unmeasured]) -> None:
        self._account.add(one._replace(uri=self._uri(one.uri)) for one in found)

    def _uri(self, uri: str) -> str:
        return self._names.path(uri.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    def _lost(self, ended: Ended, collected: Collected, dropped: Sequence[str]) -> list[Unmeasured]:
        known = {*collected.stats(), *dropped}
        return lost(map(self._uri, ended.listed), known, self._program.lost_fix)

    @contextlib.contextmanager
    def _about(self, which: str, end: str) -> Iterator[None]:
        """Adds to an error which run of which target it concerns."""
        try:
            yield
        except CodSpeedError as error:
            located = error.about(f"{self._spec.label}{which}")
            raise with_run(located, self._program.command, end, self._logs()) from error

    def _check_end(self, outcome: Outcome, which: str) -> Ended:
        """Refuses a run that failed, or that ended before its work was done."""
        what = f"{self._spec.label}{which}"
        # Of this run: what is asked below adds to the log.
        command, logs = self._program.command, self._logs()
        ended = Ended()
        if not outcome.timed_out:
            with self._about(which, str(outcome)):
                ended = self._program.ended(outcome, "", self._ask)
        if outcome.timed_out or (outcome.status and not ended.explained):
            fix = self._program.failure_fix(outcome) or self._fix_of_program()
            failure = run_failure(outcome.failure(what, self._spec.timeout_s), command, logs, fix)
            raise of_machine(failure) if outcome.is_killed else failure
        if ended.undone:
            raise left_undone(f"{what} {outcome}", ended.undone, command, logs)
        return ended

    def _fix_of_program(self) -> str:
        """Returns the next step after a failure, by how the program ends without measuring."""
        alone = self._alone.run(self._program.command, self._environment)
        differs = (
            "it is run many times in one folder, where it may find what it left, and with perf "
            "beside it (the setting profiler, none)"
        )
        # Asked for in any case: the next run must not find what this one left.
        left_undone = "" if alone.timed_out else self._program.ended(alone, "", self._ask).undone
        return fix_of_program(alone, "" if alone.status else left_undone, differs)

    def _collect(self, reported: Reported, outcome: Outcome, dropped: Sequence[str]) -> Collected:
        check_space(self._layout.root, f"the profile of {self._spec.label}")
        allow_empty = self._spec.allow_empty or bool(dropped)
        own, path = self._program.own_results, self._import_path
        return collect(
            self._layout, reported, outcome.pid, self._names, allow_empty, dropped, own, path
        )

    def _failure(self, what: str, fix: str) -> BenchmarkError:
        return run_failure(what, self._program.command, self._logs(), fix)

    def _logs(self) -> list[tuple[str, bytes]]:
        return [("its output", self._log.tail)]

    def _remark(self, remarks: Sequence[str]) -> None:
        for remark in remarks:
            self._log.note(remark)


def _reported(server: FifoServer) -> Reported:
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
