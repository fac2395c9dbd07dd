"""The runs of one target with the library preloaded, in a filled stage."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence

from rules_codspeed.contract.errors import CodSpeedError, run_failure, with_run
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.memory.window import Windows, fifo_windows
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.alone import Alone, fix_of_program
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary, parts
from rules_codspeed.measure.stage.names import benchmark_name
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
    ) -> None:
        """Prepares the runs.

        Args:
          framework: that drives the program.
          variables: all variables of the program.
          kernel: that answers it; None if the machine's does.
          windows: take what clients command.
          alone: the benchmark, its filled stage, the deadline of all runs together, and the log.
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
        self._runs = 0

    def run_all(self) -> None:
        """Runs the program.

        Raises:
          CodSpeedError: a run failed, or measured nothing.
        """
        if self._framework.whole_process:
            self._run_whole()
            return
        names = self._list() if self._spec.isolate else []
        for name in names:
            self._run_hooked(self._framework.command_for(name), f" (benchmark {name})")
        if not names:
            self._run_hooked(self._framework.command, "")

    def _list(self) -> list[str]:
        """Asks the program for its benchmarks, without measuring."""
        command = self._framework.list_command()
        printed: list[bytes] = []
        self._log.start(f"list of the benchmarks of {self._spec.label}")

        def output(data: bytes) -> None:
            printed.append(data)
            self._log.write(data)

        quiet = environment.without_runner(self._variables, self._spec.env)
        # Standard error is for warnings, such as google_benchmark's of CPU scaling.
        errors_path = f"{self._layout.driver}/errors"
        with open(errors_path, "wb") as errors:
            outcome = self._started(command, quiet, output, [], errors.fileno())
        self._log.end(str(outcome))
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, " (asked for the list of its benchmarks)")
        names = self._framework.listed(b"".join(printed))
        if not names and not self._spec.allow_empty:
            raise run_failure(
                f"{self._spec.label} measured nothing: it lists no benchmark",
                command,
                self._logs(),
                "check list_args, and that the program has benchmarks; or set allow_empty",
            )
        return names

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

    def _run_hooked(self, command: tuple[str, ...], which: str) -> None:
        """Runs a program that reports its benchmarks."""
        self._prepare(which)
        before = len(self._windows.names)
        programs = self._windows.programs()
        with self._about(command), fifo_windows(self._windows) as service:
            outcome = self._started(command, self._variables, self._log.write, [service])
            server = service.server
            self._log.end(str(outcome))
            self._check_end(outcome, command, which)
            self._check_seen(programs, command, which)
        for warning in server.warnings:
            self._log.note(warning)
        self.integration = server.integration or self.integration
        if self._windows.unnamed:
            raise run_failure(
                f"{self._spec.label}{which} measured something that it did not name",
                command,
                self._logs(),
                "let the integration name each benchmark after its end "
                "(instrument_hooks_set_executed_benchmark)",
            )
        self._check_measured(len(self._windows.names) - before, command, which)

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

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], which: str) -> None:
        """Refuses a run that failed, or that ended before its work was done."""
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, which)
        if left_undone := self._framework.unfinished():
            raise run_failure(
                f"{self._spec.label}{which} {outcome}, but {left_undone}",
                command,
                self._logs(),
                "see which test ends the session or the interpreter (os._exit, pytest.exit), and "
                "fix it",
            )
        check_space(self._layout.root, f"the record of {self._spec.label}")

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

    def _check_measured(self, count: int, command: tuple[str, ...], which: str) -> None:
        # It is not an error if some of several are skipped; if all are, the results show it.
        empty_is_fine = self._spec.allow_empty or (which and self._framework.skipped())
        if not count and not empty_is_fine:
            raise run_failure(
                f"{self._spec.label}{which} measured nothing",
                command,
                self._logs(),
                self._framework.empty_fix(),
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
        raise run_failure(what, command, logs, fix)

    def _fix_of_program(self, command: Sequence[str]) -> str:
        """Returns the next step after a failure, by how the program ends without measuring."""
        with self.fixed_kernel() as kernels:
            alone = self._alone.run(command, self._variables, kernels)
        left_undone = "" if alone.timed_out or alone.status else self._framework.unfinished()
        return fix_of_program(alone, left_undone, _DIFFERS)

    def _logs(self) -> list[tuple[str, bytes]]:
        return [("its output", self._log.tail)]
