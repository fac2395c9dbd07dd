"""The runs of one target under Valgrind, in a filled stage."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from rules_codspeed.contract.errors import CodSpeedError, run_failure, with_run
from rules_codspeed.contract.file_limits import LOG
from rules_codspeed.contract.spec import Simulator, Spec
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder, blocks
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.simulation import valgrind
from rules_codspeed.measure.simulation.layouts import VARIABLE, Counts, counts, offset
from rules_codspeed.measure.simulation.perf_maps import remove_perf_maps
from rules_codspeed.measure.simulation.profile import Harvested, ProfileFolder, plain_log
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary, parts
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import (
    empty_folder,
    open_profile,
    output_folder,
)
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.runlog import RunLog
from rules_codspeed.measure.stage.stage_errors import check_space
from rules_codspeed.measure.stage.staging import Layout


class Simulation:
    """Runs a target's program and collects its profiles.

    Attributes:
      spec: of the target, with the paths of the stage.
      framework: that drives the program.
      pins: the variables that the driver fixed.
      environment: all variables of the program.
      arguments: Valgrind's.
      machine_answered: those parts that the machine's kernel answered in some run.
    """

    def __init__(
        self,
        spec: Spec,
        simulator: Simulator,
        layout: Layout,
        framework: Framework,
        kernel: KernelLibrary | None,
        log: RunLog,
        deadline: Deadline,
    ) -> None:
        self.spec = spec
        self._deadline = deadline
        self._runs = 0
        self._layout = layout
        self.framework = framework
        self._kernel = kernel
        self._log = log
        self._launcher = f"{layout.simulator}/{simulator.launcher}"
        lib = f"{layout.simulator}/{simulator.lib}"
        self.pins = framework.pins(environment.pins(layout, spec.platform, lib))
        self.environment = environment.with_user_variables(self.pins, spec.env, spec.label)
        self.arguments = valgrind.arguments(simulator, layout.profile, framework.object_skips)
        self.machine_answered = [] if kernel else list(parts(spec.clock))

    def run_all(self, profile: ProfileFolder) -> None:
        """Runs the program, once or once for each benchmark.

        Raises:
          CodSpeedError: a run failed, or measured nothing.
        """
        names = self._list() if self.spec.isolate and not self.framework.whole_process else []
        for name in names:
            self._run(self.framework.command_for(name), f" (benchmark {name})", profile)
        if not names:
            self._run(self.framework.command, "", profile)

    def run_layouts(self, names: Names) -> list[Counts]:
        """Runs the program again in each of the other layouts; returns what it counted.

        Args:
          names: drops paths of the stage.

        Raises:
          CodSpeedError: as `run_all`.
        """
        found = []
        usual = self.environment
        for number in range(1, self.spec.layouts + 1):
            self.environment = {**usual, VARIABLE: "x" * offset(number)}
            empty_folder(self._layout, self._layout.layout, self.spec.label, self._deadline)
            # By its descriptor: the program may replace it.
            with output_folder(self._layout.layout, self.spec.label) as folder:
                self.run_all(ProfileFolder(folder, names, self.spec.label))
                found.append(counts(folder))
        self.environment = usual
        return found

    def _list(self) -> list[str]:
        """Asks the program for its benchmarks, without Valgrind."""
        command = self.framework.list_command()
        printed: list[bytes] = []
        self._log.start(f"list of the benchmarks of {self.spec.label}")

        def output(data: bytes) -> None:
            printed.append(data)
            self._log.write(data)

        quiet = environment.without_runner(self.environment, self.spec.env)
        self._runs += 1
        directory, seconds = self._layout.main, self._deadline.left()
        # Standard error is for warnings, such as google_benchmark's of CPU scaling.
        with (
            self._refusing(),
            self._left(self._layout.driver) as driver,
            driver.create("errors") as errors,
        ):
            with self.fixed_kernel() as services:
                outcome = run(
                    command, quiet, directory, seconds, output, services, errors=errors.fileno()
                )
            errors.seek(0)
            for block in blocks(errors, LOG):
                self._log.write(block)
        self._log.end(str(outcome))
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, " (asked for the list of its benchmarks)")
        names = self.framework.listed(b"".join(printed))
        if not names and not self.spec.allow_empty:
            raise run_failure(
                f"{self.spec.label} measured nothing: it lists no benchmark",
                command,
                [("its output", self._log.tail)],
                "check list_args, and that the program has benchmarks; or set allow_empty",
            )
        return names

    def _run(self, command: tuple[str, ...], which: str, profile: ProfileFolder) -> None:
        """Runs the program under Valgrind and adds what it left to the profile."""
        source = self._layout.profile
        empty_folder(self._layout, source, self.spec.label, self._deadline)
        self._log.start(f"{self.spec.label}{which}")
        try:
            outcome = self._simulate(command)
            with contextlib.ExitStack() as opened:
                with self._about(outcome, command):
                    # Without the folder Valgrind fails, and how the program ended is not known.
                    left = opened.enter_context(open_profile(self._layout, self.spec.label))
                self._check_end(outcome, command, which)
                with self._about(outcome, command):
                    harvested = profile.add_run(left, outcome.pid)
        finally:
            remove_perf_maps(source, self._layout.parent, self._deadline.for_cleaning_up())
        for remark in harvested.remarks:
            self._log.note(remark)
        self._check_harvested(harvested, outcome, command, which)

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """Adds to the error of something that cannot be taken whose it is."""
        try:
            yield
        except Refused as error:
            raise error.about(self.spec.label) from error

    def _left(self, folder: str) -> UntrustedFolder:
        """Opens a folder of the stage that a run could write to.

        Raises:
          Refused: a run removed or replaced it.
        """
        try:
            return UntrustedFolder(folder, self._layout.parent)
        except FileNotFoundError as error:
            raise Refused(folder, "it was removed", "a folder") from error

    @contextlib.contextmanager
    def _about(self, outcome: Outcome, command: tuple[str, ...]) -> Iterator[None]:
        """Adds to an error which run it concerns."""
        try:
            yield
        except CodSpeedError as error:
            raise with_run(error, command, str(outcome), self._logs(outcome)) from error

    def _simulate(self, command: tuple[str, ...]) -> Outcome:
        self._runs += 1
        with self.fixed_kernel() as services:
            outcome = run(
                (self._launcher, *self.arguments, *command),
                self.environment,
                self._layout.main,
                self._deadline.left(),
                self._log.write,
                services,
            )
        self._log.end(str(outcome))
        return outcome

    @contextlib.contextmanager
    def fixed_kernel(self) -> Iterator[list[FixedKernel]]:
        """Yields what answers a run; notes, once for each part, what it could not answer."""
        services = [FixedKernel(self._kernel)] if self._kernel else []
        yield services
        for part in (part for service in services for part in service.lost):
            if part not in self.machine_answered:
                self.machine_answered.append(part)
                self._log.note(f"fixed kernel: the machine answered what concerns {part}")

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], which: str) -> None:
        """Refuses a run that failed, or that ended before its work was done."""
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, which)
        if left_undone := self.framework.unfinished():
            raise run_failure(
                f"{self.spec.label}{which} {outcome}, but {left_undone}",
                command,
                self._logs(outcome),
                "see which test ends the session or the interpreter (os._exit, pytest.exit), and "
                "fix it; the smoke test runs the same",
            )
        # Valgrind loses parts of a profile without a word.
        check_space(self._layout.root, f"the profile of {self.spec.label}")

    def _check_harvested(
        self, harvested: Harvested, outcome: Outcome, command: tuple[str, ...], which: str
    ) -> None:
        """Refuses a profile that holds nothing, or not what was asked for."""
        if harvested.spawned and self.framework.whole_process:
            raise run_failure(
                f"{self.spec.label} starts other processes ({harvested.spawned}); CPU simulation "
                "does not support that for framework exec",
                command,
                [("its output", self._log.tail)],
                "name the program that does the work as binary, not a script or a parent of it; "
                "or use framework hooks",
            )
        # It is not an error if some of several are skipped; if all are, the results show it.
        empty_is_fine = self.spec.allow_empty or (which and self.framework.skipped())
        if not harvested.benchmarks and not harvested.others and not empty_is_fine:
            raise run_failure(
                f"{self.spec.label}{which} measured nothing",
                command,
                self._logs(outcome),
                self.framework.empty_fix(),
            )

    def _fail(self, outcome: Outcome, command: Sequence[str], which: str) -> None:
        """Raises the error of a run that failed."""
        what = outcome.failure(f"{self.spec.label}{which}", self.spec.timeout_s)
        fix = self.framework.failure_fix(outcome)
        if outcome.timed_out and self._runs > 1:
            fix += "; timeout_s is for all runs of a target together"
        raise run_failure(what, command, self._logs(outcome), fix)

    def _logs(self, outcome: Outcome) -> list[tuple[str, bytes]]:
        """Returns what the program and its simulator printed."""
        try:
            with self._left(self._layout.profile) as folder:
                simulator = plain_log(folder.read(f"valgrind.{outcome.pid}.log", LOG))
        except (OSError, Refused):
            simulator = b""
        return [("its output", self._log.tail), ("Valgrind's log", simulator)]
