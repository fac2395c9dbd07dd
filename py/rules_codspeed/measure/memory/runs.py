"""The runs of one target with the library preloaded, in a filled stage."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import (
    BenchmarkError,
    CodSpeedError,
    of_machine,
    run_failure,
    with_run,
)
from rules_codspeed.contract.printing import print_message
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.frameworks.account import Account, lost
from rules_codspeed.measure.frameworks.failures import (
    Asked,
    left_undone,
    lists_nothing,
    not_measured,
)
from rules_codspeed.measure.frameworks.framework import Ended, Framework
from rules_codspeed.measure.memory.window import Windows, fifo_windows
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.alone import Alone, fix_of_program
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary, parts
from rules_codspeed.measure.stage.names import Names, benchmark_name
from rules_codspeed.measure.stage.output_folder import empty_folder
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.stage_errors import check_space

_STOPPED = (
    b"rules_codspeed: memory mode:"  # printed by the preloaded library: rules/memory/attach.c
)
_DIFFERS = (
    "a library is preloaded (LD_PRELOAD) that stands in for malloc and waits where the driver is "
    "slower, and the answers of the runner to a program with CodSpeed's integration"
)


class MemoryRuns:
    """Runs a target's program, once or once for each benchmark.

    Attributes:
      machine_answered: what the machine's kernel answered in some run.
      integration: name and version that the program reported, or None.
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
        """Prepares the runs.

        Args:
          framework: that drives the program.
          variables: all variables of the program.
          kernel: that answers it; None if the machine's does.
          windows: take what clients command.
          alone: the benchmark, its filled stage, the deadline of all runs together, and the log.
          names: drops paths of the stage.
          account: takes what gives no number.
        """
        self.machine_answered = [] if kernel else list(parts(alone.spec.clock))
        self.integration: tuple[str, str] | None = None
        self._alone = alone
        self._spec = alone.spec
        self._layout = alone.layout
        self._framework = framework
        self._variables = variables
        self._kernel = kernel
        self._windows = windows
        self._log = alone.log
        self._deadline = alone.deadline
        self._names = names
        self._asked = Asked(alone.spec.label)
        self._account = account
        self._runs = 0

    def run_all(self) -> None:
        """Runs the program.

        Raises:
          CodSpeedError: a run of all benchmarks failed, or nothing was measured.
        """
        whole = self._framework.whole_process
        names = self._list() if self._spec.isolate and not whole else []
        for name in names:
            self._run_isolated(name)
        if whole:
            self._run_whole()
        elif not names:
            self._run_hooked(self._framework.command, "")
        measured = any(name is not None for name in self._windows.names)
        if not measured and not self._spec.allow_empty:
            fix = self._framework.empty_fix()
            raise self._account.nothing(self._framework.command, self._logs(), fix)

    def _run_isolated(self, name: str) -> None:
        """Runs one benchmark; one that fails does not keep the others from being measured."""
        failure = "it was not run: what came before took all of timeout_s"
        command = self._framework.command_for(name)
        if self._deadline.left():
            before = len(self._windows.names)
            try:
                measured = self._run_hooked(command, name)
            except BenchmarkError as error:
                self._windows.abandon(before)
                failure = str(error)
            else:
                self._asked.check(measured, name, command)
                return
        self._add([Unmeasured(self._framework.uri_of(name), "failed", failure)])

    def _add(self, found: Iterable[Unmeasured]) -> None:
        """Adds benchmarks without numbers, under the URIs that the numbers would have."""
        self._account.add(one._replace(uri=self.uri(one.uri)) for one in found)

    def uri(self, uri: str) -> str:
        """Returns a URI free of paths of the stage."""
        return self._names.path(uri.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    def _list(self) -> list[str]:
        """Asks the program for its benchmarks."""
        command = self._framework.list_command()
        which = "the list of its benchmarks"
        outcome, printed = self._ask(command, which)
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, f" (asked for {which})")
        names = self._framework.listed(printed)
        if not names and not self._spec.allow_empty:
            raise lists_nothing(self._spec.label, command, self._logs())
        return names

    def _ask(self, command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        """Runs a command without measuring; returns how it ended and its standard output."""
        printed: list[bytes] = []
        self._log.start(f"{self._spec.label} is asked for {what}")

        def output(data: bytes) -> None:
            printed.append(data)
            self._log.write(data)

        quiet = environment.without_runner(self._variables, self._spec.env)
        # Standard error is for warnings, such as google_benchmark's of CPU scaling.
        with open(f"{self._layout.driver}/errors", "wb") as errors:
            outcome = self._started(command, quiet, output, [], errors.fileno())
        self._log.end(str(outcome))
        return outcome, b"".join(printed)

    def _run_whole(self) -> None:
        """Runs the program as one benchmark, with all that it starts."""
        self._prepare("")
        with runner_fifos():
            pass  # a stale one would cost each client seconds
        command = self._framework.command
        programs = self._windows.programs()
        with self._about(command):
            self._windows.enable()
            outcome = self._started(command, self._variables, self._log.write, [])
            self._log.end(str(outcome))
            self._check_end(outcome, command, "")
            self._check_seen(programs, command, "")
            self._windows.disable()
            self._windows.name(f"exec_harness::{benchmark_name(self._spec.label)}")

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
            outcome = self._started(command, self._variables, self._log.write, [service])
            server = service.server
            self._log.end(str(outcome))
        with self._about(command):
            ended = self._check_end(outcome, command, name)
            self._check_seen(programs, command, which)
        for warning in server.warnings:
            self._log.note(warning)
        self.integration = server.integration or self.integration
        if self._windows.unnamed and not ended.explained:
            raise run_failure(
                f"{self._spec.label}{which} measured something that it did not name",
                command,
                self._logs(),
                "let the integration name each benchmark after its end "
                "(instrument_hooks_set_executed_benchmark)",
            )
        return self._take(ended, before, name, command)

    def _take(self, ended: Ended, before: int, name: str, command: tuple[str, ...]) -> list[str]:
        """Accounts for the benchmarks of a run; returns URIs of those that have a number."""
        dropped = {self.uri(one.uri) for one in ended.unmeasured}
        kept = self._windows.drop(before, lambda uri: self.uri(uri) in dropped)
        measured = list(map(self.uri, kept))
        known = {*measured, *dropped}
        self._add(ended.unmeasured)
        self._add(lost(map(self.uri, ended.listed), known, self._framework.lost_fix()))
        if name and not known and not self._spec.allow_empty:
            raise not_measured(self._spec.label, name, self._framework, command, self._logs())
        return measured

    def _prepare(self, which: str) -> None:
        empty_folder(self._layout, self._layout.profile, self._spec.label, self._deadline)
        self._log.start(f"{self._spec.label}{which}")

    def _started(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        output: Callable[[bytes], None],
        services: Sequence[Service],
        errors: int | None = None,
    ) -> Outcome:
        """Runs a command until it and all that it started have ended."""
        self._runs += 1
        with self.fixed_kernel() as kernels:
            return run(
                command,
                variables,
                self._layout.main,
                self._deadline.left(),
                output,
                [*kernels, *services],
                errors=errors,
            )

    @contextlib.contextmanager
    def fixed_kernel(self) -> Iterator[list[FixedKernel]]:
        """Yields what answers a run; notes, once for each part, what it could not answer."""
        kernels = [FixedKernel(self._kernel)] if self._kernel else []
        yield kernels
        for part in (part for kernel in kernels for part in kernel.lost):
            if part not in self.machine_answered:
                self.machine_answered.append(part)
                self._log.note(f"fixed kernel: the machine answered what concerns {part}")

    @contextlib.contextmanager
    def _about(self, command: Sequence[str]) -> Iterator[None]:
        """Adds to an error that ended the run whose it is, and what the program printed."""
        try:
            yield
        except CodSpeedError as error:
            if error.what.startswith(self._spec.label):
                raise
            located = error.about(self._spec.label)
            raise with_run(located, command, "was stopped", self._logs()) from error

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], name: str) -> Ended:
        """Refuses a run that failed, or that ended before its work was done."""
        which = f" (benchmark {name})" if name else ""
        if outcome.timed_out:
            self._fail(outcome, command, which)
        ended = self._framework.ended(outcome, name, self._ask)
        for remark in ended.remarks:
            self._log.note(remark)
            print_message(f"rules_codspeed: {self._spec.label}: {remark}")
        if outcome.status and not ended.explained:
            self._fail(outcome, command, which)
        if ended.undone:
            what = f"{self._spec.label}{which} {outcome}"
            raise left_undone(what, ended.undone, command, self._logs())
        check_space(self._layout.root, f"the record of {self._spec.label}")
        return ended

    def _check_seen(self, before: int, command: Sequence[str], which: str) -> None:
        """Refuses a run without the library: that it counted nothing is no number."""
        if self._windows.programs() == before:
            raise run_failure(
                f"{self._spec.label}{which} ran without the library that counts its allocations",
                command,
                self._logs(),
                "see why its loader did not preload it, as it prints above: the program may be for "
                "another C library than the toolchain that builds //rules/memory:preload, or have "
                "file capabilities",
            )

    def _fail(self, outcome: Outcome, command: Sequence[str], which: str) -> None:
        """Raises the error of a run that failed."""
        what = outcome.failure(f"{self._spec.label}{which}", self._spec.timeout_s)
        logs = self._logs()
        if outcome.timed_out:
            fix = self._framework.failure_fix(outcome)
            fix += "; timeout_s is for all runs of a target together" if self._runs > 1 else ""
        elif outcome.status == -signal.SIGSYS:
            fix = (
                "let its seccomp filter allow what counting needs, beside what the program calls "
                "itself: getpid, madvise, mmap and nanosleep"
            )
        elif _STOPPED in self._log.tail:
            fix = "see what the library that measures the program printed above"
        else:
            fix = self._framework.failure_fix(outcome) or self._fix_of_program(command)
        error = run_failure(what, command, logs, fix)
        raise of_machine(error) if outcome.is_killed else error

    def _fix_of_program(self, command: Sequence[str]) -> str:
        """Returns the next step after a failure, by how the program ends without measuring."""
        with self.fixed_kernel() as kernels:
            alone = self._alone.run(command, self._variables, kernels)
        # Asked for in any case: the next run must not find what this one left.
        undone = "" if alone.timed_out else self._framework.ended(alone, "", self._ask).undone
        return fix_of_program(alone, "" if alone.status else undone, _DIFFERS)

    def _logs(self) -> list[tuple[str, bytes]]:
        return [("its output", self._log.tail)]
