"""The runs of one target under Valgrind, in a filled stage."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rules_codspeed.contract.errors import CodSpeedError, run_failure, with_run
from rules_codspeed.contract.file_limits import LOG
from rules_codspeed.contract.printing import print_message
from rules_codspeed.contract.runner_versions import runner_of
from rules_codspeed.contract.spec import Simulator
from rules_codspeed.contract.untrusted import Refused
from rules_codspeed.measure.frameworks.account import Account
from rules_codspeed.measure.frameworks.framework import Ended, Framework, divided
from rules_codspeed.measure.frameworks.program import sanitizer_warnings
from rules_codspeed.measure.frameworks.runs import Logs, Runs
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
from rules_codspeed.measure.stage.kernel import KernelLibrary, PinnedRoot
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import (
    empty_folder,
    open_profile,
    output_folder,
)
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.stage_errors import check_space

if TYPE_CHECKING:
    from rules_codspeed.measure.simulation.explainer import Explainer
    from rules_codspeed.measure.simulation.regions import Marked


class Simulation(Runs):
    """Runs a target's program and collects its profiles.

    Attributes:
      pins: the variables that the driver fixed.
      arguments: Valgrind's.
      uncounted_children: processes of all runs that were started and counted nothing.
    """

    _undecodable = "backslashreplace"

    def __init__(
        self,
        simulator: Simulator,
        framework: Framework,
        kernel: KernelLibrary | None,
        alone: Alone,
        names: Names,
        account: Account,
        more: Sequence[str] = (),
    ) -> None:
        layout, spec = alone.layout, alone.spec
        lib = f"{layout.simulator}/{simulator.lib}"
        runner = runner_of(spec.label, spec.runner_version, "simulation")
        pins = environment.pins(layout, spec.platform, lib)
        pins = environment.as_the_runner(pins) if spec.as_codspeed else pins
        python = runner.python_variables("simulation", spec.framework)
        self.pins = framework.pins({**pins, **python})
        variables = environment.with_user_variables(self.pins, spec.env, spec.label)
        super().__init__(framework, variables, kernel, alone, names, account)
        regions = framework.regions.arguments if framework.regions else None
        skips = framework.object_skips
        usual = valgrind.arguments(
            runner,
            simulator,
            layout.profile,
            skips,
            regions,
            track=spec.track_subprocess,
            one_thread=framework.one_thread,
        )
        self.arguments = (*usual, *more)
        self.uncounted_children = 0
        self._simulator = simulator
        self._adopts = spec.track_subprocess and framework.whole_process
        self._warned: set[str] = set()
        self._launcher = f"{layout.simulator}/{simulator.launcher}"
        if spec.root:
            program = f"{layout.simulator}/{valgrind.tool(simulator, spec.platform)}"
            self._root = PinnedRoot(layout.pinned, program)

    def run_all(self, profile: ProfileFolder) -> None:
        """Runs the program, once or once for each benchmark.

        Raises:
          CodSpeedError: a run of all benchmarks failed, or nothing was measured.
        """
        for text in sanitizer_warnings(self.spec.label, self.framework.built):
            self._warn(text)

        divided(lambda: self._run_each(profile), self._warn)
        self._check_any(bool(profile.uris))

    def _run_each(self, profile: ProfileFolder) -> None:
        def measure(command: tuple[str, ...], name: str) -> list[str]:
            return self._run(command, name, profile)

        names = self._isolated()
        for name in names:
            self._run_isolated(name, measure)
        if not names:
            measure(self.framework.command, "")

    def run_layouts(self) -> list[Counts]:
        """Runs the program again in each of the other layouts; returns what it counted.

        Raises:
          CodSpeedError: as `run_all`.
        """
        if self.spec.track_subprocess:
            self._log.note("other layouts are not measured where what is started counts")
            return []
        found = []
        usual, uncounted = self.environment, self.uncounted_children
        for number in range(1, self.spec.layouts + 1):
            self.environment = {**usual, VARIABLE: "x" * offset(number)}
            empty_folder(self._layout, self._layout.layout, self.spec.label, self._deadline)
            # By its descriptor: the program may replace it.
            with output_folder(self._layout.layout, self.spec.label) as folder:
                self.run_all(ProfileFolder(folder, self._names, self.spec))
                found.append(counts(folder))
        self.environment, self.uncounted_children = usual, uncounted
        return found

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
                dropped = [self.uri(one.uri) for one in ended.unmeasured]
                with self._about(outcome, command):
                    marked = self._marked(ended)
                    harvested = profile.add_run(
                        left,
                        outcome.pid,
                        dropped,
                        marked,
                        adopt=self._adopts,
                        killed=outcome.timed_out,
                    )
        finally:
            remove_perf_maps(source, self._layout.parent, self._deadline.for_cleaning_up())
        for remark in harvested.remarks:
            self._log.note(remark)
        if harvested.spawned and self.framework.whole_process and not self._adopts:
            self._check_helpers(harvested, command)
        elif not (self.spec.track_subprocess and valgrind.hands_on(self._simulator)):
            without_number = max(0, ended.forked - len(harvested.others))
            self.uncounted_children += max(0, harvested.uncounted - without_number)
        measured = [*harvested.benchmarks, *harvested.others]
        self._take(ended, measured, name, command, outcome)
        return measured

    def _marked(self, ended: Ended) -> Marked | None:
        """Returns how the benchmarks of a run are found, if the program does not name them."""
        if not self.framework.regions:
            return None
        # As above.
        from rules_codspeed.measure.simulation.regions import Marked

        return Marked(self.framework.regions, ended.listed)

    @contextlib.contextmanager
    def _about(self, outcome: Outcome, command: tuple[str, ...]) -> Iterator[None]:
        """Adds to an error which run it concerns."""
        try:
            yield
        except CodSpeedError as error:
            raise with_run(error, command, str(outcome), self._logs(outcome)) from error

    def _simulate(self, command: tuple[str, ...], *more: str) -> Outcome:
        self._runs += 1
        with self.surroundings() as services:
            outcome = run(
                (self._launcher, *self.arguments, *more, *command),
                self.environment,
                self._layout.main,
                self._deadline.left(),
                self._output,
                services,
            )
        self._log.end(str(outcome))
        return outcome

    def _unmeasured(self, command: Sequence[str]) -> tuple[Sequence[str], Mapping[str, str]]:
        """Under a pinned root, only what the simulator runs gets the root's files."""
        started, variables = super()._unmeasured(command)
        if not self._root:
            return started, variables
        arguments = (*self.arguments, *valgrind.KEEPING_NOTHING)
        lib = {environment.SIMULATOR_LIB: self.environment[environment.SIMULATOR_LIB]}
        return (self._launcher, *arguments, *started), {**variables, **lib}

    def _output(self, printed: bytes) -> None:
        self._log.write(printed)
        self.framework.watch(printed)

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], name: str) -> Ended:
        """Refuses, in addition, what Valgrind could not read or had no space to write."""
        with self._refusing():
            ended = super()._check_end(outcome, command, name)
        self._check_debug_info(outcome, f" (benchmark {name})" if name else "")
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
            is_go = self.framework.built.go and path == self.framework.command[0]
            self._warn(debug_info_warning(self.spec.label, path, is_go))

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

    def _explained(
        self, what: str, outcome: Outcome, command: tuple[str, ...], logs: Logs
    ) -> tuple[str, str]:
        printed, simulator = (content for _, content in logs)
        found = self._explainer().of_failure(outcome, command, [simulator, printed])
        return ": ".join(filter(None, [what, found.what])), found.fix

    def _explainer(self) -> Explainer:
        # As above.
        from rules_codspeed.measure.simulation.explainer import Explainer

        again = (self._simulate_again, self._run_alone, self._undone)
        root = self.spec.root
        return Explainer(self.framework, self._kernel, root, self._layout.main, *again)

    def _run_alone(self, command: tuple[str, ...], services: Sequence[Service]) -> Outcome:
        """Runs a command once more, without the simulator."""
        return self._alone.run(command, self.environment, services)

    def _simulate_again(self, command: tuple[str, ...], option: str) -> bytes:
        """Runs a command with one more option of Valgrind; returns Valgrind's log."""
        return self._log_of(self._simulate(command, option))

    def _logs(self, outcome: Outcome | None = None) -> Logs:
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
