"""The runs of one target with the library preloaded, in a filled stage."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError, run_failure, with_run
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.frameworks.account import Account
from rules_codspeed.measure.frameworks.framework import Allocated, Ended, Framework, Stops
from rules_codspeed.measure.frameworks.runs import Logs, Runs
from rules_codspeed.measure.memory.channel import Opener
from rules_codspeed.measure.memory.window import Windows, fifo_windows
from rules_codspeed.measure.stage.alone import Alone, fix_of_program
from rules_codspeed.measure.stage.kernel import KernelLibrary, PinnedRoot
from rules_codspeed.measure.stage.names import Names, program_uri
from rules_codspeed.measure.stage.output_folder import empty_folder
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.root import fix_under_root
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.stage_errors import check_space

_STOPPED = (
    b"rules_codspeed: memory mode:"  # printed by the preloaded library: rules/memory/attach.c
)
_NO_WINDOW = (
    "the program reported it, and measured nothing since its last report: let it start, stop and "
    "report each benchmark in this order, or set allow_empty"
)
_DIFFERS = (
    "a library is preloaded (LD_PRELOAD) that stands in for malloc and waits where the driver is "
    "slower, and the answers of the runner to a program with CodSpeed's integration"
)


class MemoryRuns(Runs):
    """Runs a target's program with the library preloaded.

    Attributes:
      integration: name and version that the program reported, or None.
      heaps: runtimes that ran, of whose heaps nothing was seen.
      counted: what runtimes themselves counted, by URI.
    """

    def __init__(
        self,
        framework: Framework,
        variables: Mapping[str, str],
        kernel: KernelLibrary | None,
        windows: Windows,
        alone: Alone,
        names: Names,
        account: Account,
    ) -> None:
        """Prepares the runs as `Runs` does; the windows take what clients command."""
        super().__init__(framework, variables, kernel, alone, names, account)
        self.integration: tuple[str, str] | None = None
        self.heaps: list[str] = []
        self.counted: dict[str, Allocated] = {}
        self._windows = windows
        if self.spec.root:
            self._root = PinnedRoot(self._layout.pinned)

    def run_all(self) -> None:
        """Runs the program.

        Raises:
          CodSpeedError: a run of all benchmarks failed, or nothing was measured.
        """
        names = self._isolated()
        for name in names:
            self._run_isolated(name, self._run_one)
        if self.framework.whole_process:
            self._run_whole()
        elif not names:
            self._run_one(self.framework.command, "")
        self._check_any(bool(self.counted) or any(name is not None for name in self._windows.names))

    def _run_one(self, command: tuple[str, ...], name: str) -> list[str]:
        """Runs one benchmark; one that fails leaves no window open to the next."""
        before = len(self._windows.names)
        try:
            if self.framework.own_allocations:
                return self._run_counted(self.framework.own_allocations, command, name)
            if self.framework.stops:
                return self._run_stopped(self.framework.stops, command, name)
            return self._run_hooked(command, name)
        except BenchmarkError:
            self._windows.abandon(before)
            raise

    def _run_whole(self) -> None:
        """Runs the program as one benchmark, with all that it starts."""
        self._prepare("")
        with runner_fifos():
            pass  # a stale one would cost each client seconds
        command = self.framework.command
        programs = self._windows.programs()
        with self._about(command):
            self._windows.enable()
            outcome = self._started(command, [])
            self._check_end(outcome, command, "")
            self._check_seen(programs, command, "")
            self._windows.disable()
            self._windows.name(program_uri(self.spec, command, self._names))

    def _run_stopped(self, stops: Stops, command: tuple[str, ...], name: str) -> list[str]:
        """Runs a program whose windows are at functions of its framework; see `_run_hooked`."""
        which = f" (benchmark {name})" if name else ""
        self._prepare(which)
        before = len(self._windows.names)
        programs = self._windows.programs()
        with runner_fifos():
            pass  # as in _run_whole
        self._windows.opened_by(Opener[stops.opener])
        with self._about(command):
            outcome = self._started(command, [])
            ended = self._check_end(outcome, command, name)
            self._check_seen(programs, command, which)
            chosen = stops.chosen(self._windows.reported(), ended.listed)
        for uri, number in chosen:
            self._windows.names[before + number] = uri
        dropped = {self.uri(one.uri) for one in ended.unmeasured}
        kept = self._windows.drop(before, lambda uri: self.uri(uri) in dropped)
        measured = list(map(self.uri, kept))
        self._take(ended, measured, name, command)
        return measured

    def _run_counted(
        self,
        allocations: Callable[[], Mapping[str, Allocated]],
        command: tuple[str, ...],
        name: str,
    ) -> list[str]:
        """Runs a program whose runtime itself counts what it allocates; see `_run_hooked`."""
        self._prepare(f" (benchmark {name})" if name else "")
        with self._about(command):
            outcome = self._started(command, [])
            ended = self._check_end(outcome, command, name)
        dropped = {one.uri for one in ended.unmeasured}
        measured = {self.uri(uri): one for uri, one in allocations().items() if uri not in dropped}
        self.counted |= measured
        self._take(ended, measured, name, command)
        return list(measured)

    def _run_hooked(self, command: tuple[str, ...], name: str) -> list[str]:
        """Runs a program that reports its benchmarks.

        Args:
          command: what to run.
          name: of the one benchmark that it runs; empty if it runs all.

        Returns:
          URIs that were measured.
        """
        which = f" (benchmark {name})" if name else ""
        self._prepare(which)
        before = len(self._windows.names)
        programs = self._windows.programs()
        with self._about(command), fifo_windows(self._windows) as service:
            outcome = self._started(command, [service])
            server = service.server
        with self._about(command):
            ended = self._check_end(outcome, command, name)
            self._check_seen(programs, command, which)
        for warning in server.warnings:
            self._log.note(warning)
        self.integration = server.integration or self.integration
        if self._windows.unnamed and not ended.explained:
            raise run_failure(
                f"{self.spec.label}{which} measured something that it did not name",
                command,
                self._logs(),
                "let the integration name each benchmark after its end "
                "(instrument_hooks_set_executed_benchmark)",
            )
        ended = ended._replace(unmeasured=[*ended.unmeasured, *self._without_window(ended)])
        dropped = {self.uri(one.uri) for one in ended.unmeasured}
        kept = self._windows.drop(before, lambda uri: self.uri(uri) in dropped)
        measured = list(map(self.uri, kept))
        self._take(ended, measured, name, command)
        return measured

    def _without_window(self, ended: Ended) -> list[Unmeasured]:
        """Returns what was named, not measured since the name before, and has no other reason."""
        known = {self.uri(one.uri) for one in ended.unmeasured}
        empty = [uri for uri in self._windows.without_window if self.uri(uri) not in known]
        return [
            Unmeasured(uri, "skipped" if self.spec.allow_empty else "failed", _NO_WINDOW)
            for uri in empty
        ]

    def _prepare(self, which: str) -> None:
        empty_folder(self._layout, self._layout.profile, self.spec.label, self._deadline)
        self._windows.without_window.clear()
        self._log.start(f"{self.spec.label}{which}")

    def _started(self, command: Sequence[str], services: Sequence[Service]) -> Outcome:
        """Runs a command until it and all that it started have ended."""
        self._runs += 1
        with self.surroundings() as around:
            outcome = run(
                command,
                self.environment,
                self._layout.main,
                self._deadline.left(),
                self._output,
                [*around, *services],
            )
        self._log.end(str(outcome))
        return outcome

    def _output(self, printed: bytes) -> None:
        self._log.write(printed)
        self.framework.watch(printed)

    @contextlib.contextmanager
    def _about(self, command: Sequence[str]) -> Iterator[None]:
        """Adds to an error that ended the run whose it is, and what the program printed."""
        try:
            yield
        except CodSpeedError as error:
            if error.what.startswith(self.spec.label):
                raise
            located = error.about(self.spec.label)
            raise with_run(located, command, "was stopped", self._logs()) from error

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], name: str) -> Ended:
        """Refuses, in addition, a run after which no space is left."""
        ended = super()._check_end(outcome, command, name)
        check_space(self._layout.root, f"the record of {self.spec.label}")
        return ended

    def _check_seen(self, before: int, command: Sequence[str], which: str) -> None:
        """Refuses a run without the library: that it counted nothing is no number."""
        self.heaps = self._windows.heaps()
        if self._windows.programs() == before:
            raise run_failure(
                f"{self.spec.label}{which} ran without the library that counts its allocations",
                command,
                self._logs(),
                "see why its loader did not preload it, as it prints above: the program may be for "
                "another C library than the toolchain that builds //rules/memory:preload, or have "
                "file capabilities",
            )

    def _explained(
        self, what: str, outcome: Outcome, command: tuple[str, ...], logs: Logs
    ) -> tuple[str, str]:
        if outcome.status == -signal.SIGSYS:
            return what, (
                "let its seccomp filter allow what counting needs, beside what the program calls "
                "itself: getpid, madvise, mmap and nanosleep"
            )
        if _STOPPED in logs[0][1]:
            return what, "see what the library that measures the program printed above"
        return what, self.framework.failure_fix(outcome) or self._fix_of_program(command)

    def _fix_of_program(self, command: Sequence[str]) -> str:
        """Returns the next step after a failure, by how the program ends without measuring."""
        if self.spec.root:
            return fix_under_root(self.spec.root)
        with self.surroundings() as around:
            alone = self._alone.run(command, self.environment, around)
        return fix_of_program(alone, self._undone(alone), _DIFFERS)

    def _logs(self, outcome: Outcome | None = None) -> Logs:
        return [("its output", self._log.tail)]
