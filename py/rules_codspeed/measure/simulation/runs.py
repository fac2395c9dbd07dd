"""The runs of one target under Valgrind, in a filled stage."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import (
    BenchmarkError,
    CodSpeedError,
    of_machine,
    run_failure,
    with_run,
)
from rules_codspeed.contract.file_limits import LOG
from rules_codspeed.contract.printing import print_message
from rules_codspeed.contract.spec import Simulator, Spec
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder, blocks
from rules_codspeed.measure.frameworks.account import Account, lost
from rules_codspeed.measure.frameworks.failures import (
    Asked,
    left_undone,
    lists_nothing,
    not_measured,
)
from rules_codspeed.measure.frameworks.framework import Ended, Framework
from rules_codspeed.measure.frameworks.program import sanitizer_warnings
from rules_codspeed.measure.simulation import valgrind
from rules_codspeed.measure.simulation.layouts import VARIABLE, Counts, counts, offset
from rules_codspeed.measure.simulation.perf_maps import remove_perf_maps
from rules_codspeed.measure.simulation.profile import (
    Harvested,
    ProfileFolder,
    plain_log,
    unread_debug_info,
)
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.alone import Alone
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary, parts
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import (
    empty_folder,
    open_profile,
    output_folder,
)
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.stage_errors import check_space
from rules_codspeed.measure.stage.staging import Layout

if TYPE_CHECKING:
    from rules_codspeed.measure.simulation.explainer import Explainer


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
        alone: Alone,
        names: Names,
        account: Account,
    ) -> None:
        self.spec = spec
        self._alone = alone
        self._deadline = alone.deadline
        self._names = names
        self._account = account
        self._runs = 0
        self._warned: set[str] = set()
        self._asked = Asked(spec.label)
        self._layout = layout
        self.framework = framework
        self._kernel = kernel
        self._log = alone.log
        self._launcher = f"{layout.simulator}/{simulator.launcher}"
        lib = f"{layout.simulator}/{simulator.lib}"
        self.pins = framework.pins(environment.pins(layout, spec.platform, lib))
        self.environment = environment.with_user_variables(self.pins, spec.env, spec.label)
        self.arguments = valgrind.arguments(simulator, layout.profile, framework.object_skips)
        self.machine_answered = [] if kernel else list(parts(spec.clock))

    def run_all(self, profile: ProfileFolder) -> None:
        """Runs the program, once or once for each benchmark.

        Raises:
          CodSpeedError: a run of all benchmarks failed, or nothing was measured.
        """
        for text in sanitizer_warnings(self.spec.label, self.framework.built):
            self._warn(text)
        isolated = self.spec.isolate and not self.framework.whole_process
        names = self._list() if isolated else []
        for name in names:
            self._run_isolated(name, profile)
        if not names:
            self._run(self.framework.command, "", profile)
        if not profile.uris and not self.spec.allow_empty:
            raise self._account.nothing(
                self.framework.command, self._logs(), self.framework.empty_fix()
            )

    def _run_isolated(self, name: str, profile: ProfileFolder) -> None:
        """Runs one benchmark; one that fails does not keep the others from being measured."""
        command = self.framework.command_for(name)
        failure = "it was not run: what came before took all of timeout_s"
        if self._deadline.left():
            try:
                measured = self._run(command, name, profile)
            except BenchmarkError as error:
                failure = str(error)
            else:
                self._asked.check(measured, name, command)
                return
        self._add([Unmeasured(self.framework.uri_of(name), "failed", failure)])

    def _add(self, found: Iterable[Unmeasured]) -> None:
        """Adds benchmarks without numbers, under the URIs that a profile would have."""
        self._account.add(one._replace(uri=self._uri(one.uri)) for one in found)

    def _uri(self, uri: str) -> str:
        name = self._names.path(uri.encode("utf-8", "surrogateescape"))
        return name.decode("utf-8", "backslashreplace")

    def run_layouts(self) -> list[Counts]:
        """Runs the program again in each of the other layouts; returns what it counted.

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
                self.run_all(ProfileFolder(folder, self._names, self.spec.label))
                found.append(counts(folder))
        self.environment = usual
        return found

    def _list(self) -> list[str]:
        """Asks the program for its benchmarks."""
        command = self.framework.list_command()
        which = "the list of its benchmarks"
        outcome, printed = self._ask(command, which)
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, f" (asked for {which})")
        names = self.framework.listed(printed)
        if not names and not self.spec.allow_empty:
            raise lists_nothing(self.spec.label, command, self._logs())
        return names

    def _ask(self, command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        """Runs a command without Valgrind; returns how it ended and its standard output."""
        printed: list[bytes] = []
        self._log.start(f"{self.spec.label} is asked for {what}")

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
        return outcome, b"".join(printed)

    def _run(self, command: tuple[str, ...], name: str, profile: ProfileFolder) -> list[str]:
        """Runs the program under Valgrind and adds what it left to the profile.

        Args:
          command: what to run.
          name: of the one benchmark that it runs; empty if it runs all.
          profile: where the numbers go.

        Returns:
          URIs that were measured.
        """
        which = f" (benchmark {name})" if name else ""
        source = self._layout.profile
        empty_folder(self._layout, source, self.spec.label, self._deadline)
        self._log.start(f"{self.spec.label}{which}")
        try:
            outcome = self._simulate(command)
            with contextlib.ExitStack() as opened:
                with self._about(outcome, command):
                    # Without the folder Valgrind fails, and how the program ended is not known.
                    left = opened.enter_context(open_profile(self._layout, self.spec.label))
                ended = self._check_end(outcome, command, name)
                dropped = [self._uri(one.uri) for one in ended.unmeasured]
                with self._about(outcome, command):
                    harvested = profile.add_run(left, outcome.pid, dropped)
        finally:
            remove_perf_maps(source, self._layout.parent, self._deadline.for_cleaning_up())
        for remark in harvested.remarks:
            self._log.note(remark)
        if harvested.spawned and self.framework.whole_process:
            self._check_helpers(harvested, command)
        measured = [*harvested.benchmarks, *harvested.others]
        self._add(ended.unmeasured)
        listed = map(self._uri, ended.listed)
        self._add(lost(listed, {*measured, *dropped}, self.framework.lost_fix()))
        if name and not measured and not dropped and not self.spec.allow_empty:
            logs = self._logs(outcome)
            raise not_measured(self.spec.label, name, self.framework, command, logs)
        return measured

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

    def _simulate(self, command: tuple[str, ...], *more: str) -> Outcome:
        self._runs += 1
        with self.fixed_kernel() as services:
            outcome = run(
                (self._launcher, *self.arguments, *more, *command),
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

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], name: str) -> Ended:
        """Refuses a run that failed, or that ended before its work was done."""
        which = f" (benchmark {name})" if name else ""
        if outcome.timed_out:
            self._fail(outcome, command, which)
        with self._refusing():
            ended = self.framework.ended(outcome, name, self._ask)
        for remark in ended.remarks:
            self._log.note(remark)
            print_message(f"rules_codspeed: {self.spec.label}: {remark}")
        if outcome.status and not ended.explained:
            self._fail(outcome, command, which)
        if ended.undone:
            what = f"{self.spec.label}{which} {outcome}"
            raise left_undone(what, ended.undone, command, self._logs(outcome))
        self._check_debug_info(outcome, which)
        # Valgrind loses parts of a profile without a word.
        check_space(self._layout.root, f"the profile of {self.spec.label}")
        return ended

    def _check_debug_info(self, outcome: Outcome, which: str) -> None:
        """Refuses a profile whose names are wrong; reports what else Valgrind could not read."""
        unread = unread_debug_info(self._log_of(outcome))
        if not unread:
            return
        # Few runs need it, and every run would import it.
        from rules_codspeed.measure.simulation.hints import debug_info_warning, split_debug_info

        if self.framework.built.split and self.framework.command[0] in unread:
            raise split_debug_info(f"{self.spec.label}{which}", self.framework.command[0])
        for path in unread:
            self._warn(debug_info_warning(self.spec.label, path))

    def _warn(self, text: str) -> None:
        """Reports something once."""
        if text not in self._warned:
            self._warned.add(text)
            self._log.note(text)
            print_message(f"rules_codspeed: warning: {text}")

    def _check_helpers(self, harvested: Harvested, command: tuple[str, ...]) -> None:
        """Refuses a program that starts others, unless all that it starts are not there."""
        # As above.
        from rules_codspeed.measure.simulation.helpers import fix_of_helpers, named

        output = [("its output", self._log.tail)]
        found = self._explainer().helpers(command)
        missing = [one for one in found if not one.there]
        if len(missing) == len(found) >= harvested.spawned and not harvested.others:
            self._warn(
                f"{self.spec.label} starts {named(found)}, which is not there: it is measured "
                "without that"
            )
            return
        commands = f": {named(found)}" if found else ""
        raise run_failure(
            f"{self.spec.label} starts other processes ({harvested.spawned}){commands}; CPU "
            "simulation does not support that for framework exec",
            command,
            output,
            fix_of_helpers(found),
        )

    def _fail(self, outcome: Outcome, command: tuple[str, ...], which: str) -> None:
        """Raises the error of a run that failed."""
        what = outcome.failure(f"{self.spec.label}{which}", self.spec.timeout_s)
        logs = self._logs(outcome)
        if outcome.timed_out:
            fix = self.framework.failure_fix(outcome)
            fix += "; timeout_s is for all runs of a target together" if self._runs > 1 else ""
        else:
            printed, simulator = (content for _, content in logs)
            found = self._explainer().of_failure(outcome, command, [simulator, printed])
            what, fix = ": ".join(filter(None, [what, found.what])), found.fix
        error = run_failure(what, command, logs, fix)
        raise of_machine(error) if outcome.is_killed else error

    def _explainer(self) -> Explainer:
        # As above.
        from rules_codspeed.measure.simulation.explainer import Explainer

        again = (self._simulate_again, self._run_alone, self._undone)
        return Explainer(self.framework, self._kernel, self._layout.main, *again)

    def _run_alone(self, command: tuple[str, ...], services: Sequence[Service]) -> Outcome:
        """Runs a command once more, without the simulator."""
        return self._alone.run(command, self.environment, services)

    def _undone(self, alone: Outcome) -> str:
        """Returns what a run without the simulator left undone, if it succeeded."""
        # Asked for in any case: the next run must not find what this one left.
        undone = "" if alone.timed_out else self.framework.ended(alone, "", self._ask).undone
        return "" if alone.status else undone

    def _simulate_again(self, command: tuple[str, ...], option: str) -> bytes:
        """Runs a command with one more option of Valgrind; returns Valgrind's log."""
        return self._log_of(self._simulate(command, option))

    def _logs(self, outcome: Outcome | None = None) -> list[tuple[str, bytes]]:
        """Returns what the program printed, and the simulator of one run."""
        printed = [("its output", self._log.tail)]
        return [*printed, ("Valgrind's log", self._log_of(outcome))] if outcome else printed

    def _log_of(self, outcome: Outcome) -> bytes:
        """Returns Valgrind's log of a run; nothing if it is not there."""
        try:
            with self._left(self._layout.profile) as folder:
                return plain_log(folder.read(f"valgrind.{outcome.pid}.log", LOG))
        except (OSError, Refused):
            return b""
