"""The runs of one target in a filled stage, for the modes that can choose benchmarks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import (
    BenchmarkError,
    of_machine,
    run_failure,
)
from rules_codspeed.contract.file_limits import LOG
from rules_codspeed.contract.printing import print_message
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder, blocks
from rules_codspeed.measure.frameworks.account import (
    NOT_RUN,
    Account,
    left_undone,
    lost,
    repeated,
)
from rules_codspeed.measure.frameworks.framework import (
    LIST,
    Ended,
    Framework,
    ListFailedError,
)
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.alone import Alone
from rules_codspeed.measure.stage.kernel import (
    ROOT,
    FixedKernel,
    KernelLibrary,
    PinnedRoot,
    parts,
)
from rules_codspeed.measure.stage.mounted_root import MountedRoot
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.root import not_under_root, root_is_lost
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.start import NotStarted

Logs = list[tuple[str, bytes]]
"""Name and content of what was printed."""


class Runs:
    """Runs a target's program, once or once for each benchmark.

    Attributes:
      spec: of the target, with the paths of the stage.
      framework: that drives the program.
      environment: all variables of the program.
      machine_answered: those parts that the machine's kernel answered in some run.
    """

    # How bytes of a URI that are not UTF-8 are written.
    _undecodable = "replace"
    # What programs get in place of the machine's libraries; None in modes without.
    _root: PinnedRoot | None = None

    def __init__(
        self,
        framework: Framework,
        variables: Mapping[str, str],
        kernel: KernelLibrary | None,
        alone: Alone,
        names: Names,
        account: Account,
    ) -> None:
        """Prepares the runs.

        Args:
          framework: that drives the program.
          variables: all variables of the program.
          kernel: that answers it; None if the machine's does.
          alone: the benchmark, its filled stage, the deadline of all runs together, and the log.
          names: drops paths of the stage.
          account: takes what gives no number.
        """
        self.spec = alone.spec
        self.framework = framework
        self.environment = variables
        self.machine_answered = [] if kernel else list(parts(alone.spec.clock))
        self._kernel = kernel
        self._alone = alone
        self._layout = alone.layout
        self._deadline = alone.deadline
        self._log = alone.log
        self._names = names
        self._account = account
        self._runs = 0
        # By URI, the name that the run was asked for that measured it.
        self._asked_for: dict[str, str] = {}

    def _logs(self, outcome: Outcome | None = None) -> Logs:
        """Returns what was printed; of one run, also what belongs to that."""
        raise NotImplementedError

    def _explained(
        self, what: str, outcome: Outcome, command: tuple[str, ...], logs: Logs
    ) -> tuple[str, str]:
        """Returns what went wrong with a run that ended by itself, and the next step."""
        raise NotImplementedError

    def uri(self, uri: str) -> str:
        """Returns a URI free of paths of the stage."""
        name = self._names.path(uri.encode("utf-8", "surrogateescape"))
        return name.decode("utf-8", self._undecodable)

    def _add(self, found: Iterable[Unmeasured]) -> None:
        """Adds benchmarks without numbers, under the URIs that the numbers would have."""
        self._account.add(one._replace(uri=self.uri(one.uri)) for one in found)

    def _isolated(self) -> list[str]:
        """Returns the benchmarks that get a process each; none where one process runs all."""
        isolate = self.spec.isolate or self.framework.isolated
        if not isolate or self.framework.whole_process or self.framework.forks:
            return []
        asked: Sequence[str] = self.framework.command

        def ask(command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
            nonlocal asked
            asked = command
            return self._ask(command, what)

        names: list[str] = []
        try:
            names = self.framework.names(ask)
        except ListFailedError as error:
            self._fail(error.outcome, error.command, f" (asked for {LIST})")
        if not names and not self.spec.allow_empty:
            raise lists_nothing(self.spec.label, asked, self._logs())
        uris = list(map(self.framework.uri_of, names))
        shared = repeated(uris)
        self._add(shared)
        failed = {one.uri for one in shared}
        single = [name for name, uri in zip(names, uris, strict=True) if uri not in failed]
        if names and not single:
            raise self._account.nothing(asked, self._logs(), "give each benchmark a name")
        return single

    def _run_isolated(
        self, name: str, measure: Callable[[tuple[str, ...], str], Sequence[str]]
    ) -> None:
        """Runs one benchmark; one that fails does not keep the others from being measured.

        Args:
          name: as it is listed.
          measure: runs a command for a name; returns the URIs that were measured.
        """
        command = self.framework.command_for(name)
        failure = NOT_RUN
        if self._deadline.left():
            try:
                measured = measure(command, name)
            except BenchmarkError as error:
                failure = str(error)
            else:
                self._check_asked(measured, name, command)
                return
        self._add([Unmeasured(self.framework.uri_of(name), "failed", failure)])

    def _check_asked(self, measured: Sequence[str], name: str, command: Sequence[str]) -> None:
        """Refuses a benchmark that a run which was asked for another one measured, too."""
        for uri in measured:
            first = self._asked_for.setdefault(uri, name)
            if first != name:
                raise run_failure(
                    f"{self.spec.label} measured {uri!r} when it was asked for {first!r}, and "
                    f"again when it was asked for {name!r}",
                    command,
                    [],
                    "let filter_args choose the one benchmark that is asked for, by its whole name",
                )

    def _check_any(self, measured: bool) -> None:
        """Refuses a target without a number, unless it may have none."""
        if not measured and not self.spec.allow_empty:
            fix = self.framework.empty_fix
            raise self._account.nothing(self.framework.command, self._logs(), fix)

    def _take(
        self,
        ended: Ended,
        measured: Iterable[str],
        name: str,
        command: Sequence[str],
        outcome: Outcome | None = None,
    ) -> None:
        """Accounts for the benchmarks of a run.

        Args:
          ended: what the framework knows of it.
          measured: URIs that have a number.
          name: of the one benchmark that it ran; empty if it ran all.
          command: that ran.
          outcome: of the run, where it has a log of its own.
        """
        numbers = set(measured)
        known = {*numbers, *(self.uri(one.uri) for one in ended.unmeasured)}
        self._add(ended.unmeasured)
        self._add(lost(map(self.uri, ended.listed), known, self.framework.lost_fix))
        # A framework may know of others, too, that are never run.
        explained = name and self.uri(self.framework.uri_of(name)) in known
        if name and not numbers and not explained and not self.spec.allow_empty:
            raise not_measured(self.spec.label, name, self.framework, command, self._logs(outcome))

    def _ask(self, command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        """Runs a command without measuring; returns how it ended and its standard output."""
        printed: list[bytes] = []
        self._log.start(f"{self.spec.label} is asked for {what}")

        def output(data: bytes) -> None:
            printed.append(data)
            self._log.write(data)

        started, quiet = self._unmeasured(command)
        self._runs += 1
        directory, seconds = self._layout.main, self._deadline.left()
        # Standard error is for warnings, such as google_benchmark's of CPU scaling.
        with (
            self._refusing(),
            self._left(self._layout.driver) as driver,
            driver.create("errors") as errors,
        ):
            with self.surroundings() as services:
                outcome = run(
                    started, quiet, directory, seconds, output, services, errors=errors.fileno()
                )
            errors.seek(0)
            for block in blocks(errors, LOG):
                self._log.write(block)
        self._log.end(str(outcome))
        return outcome, b"".join(printed)

    def _unmeasured(self, command: Sequence[str]) -> tuple[Sequence[str], Mapping[str, str]]:
        """Returns what to start so that a command runs unmeasured, and its variables."""
        return command, environment.without_runner(self.environment, self.spec.env)

    @contextlib.contextmanager
    def surroundings(self) -> Iterator[list[Service]]:
        """Yields what a run is given: a mounted root, and answers of the fixed kernel.

        Notes, once for each part, what the latter could not answer.
        """
        kernels = []
        if self._kernel:
            kernels.append(FixedKernel(self._kernel, self._root, self.framework.go_runtime))
        # The root first: the fixed kernel's filter is for the program's own calls.
        mounts = self._mounts()
        try:
            yield [*mounts, *kernels]
        except NotStarted as error:
            if not mounts:
                raise
            raise not_under_root(error, self.spec.root) from error
        lost = [part for kernel in kernels for part in kernel.lost]
        if ROOT in lost:
            raise root_is_lost(self.spec.label, self.spec.root, lost)
        for part in lost:
            if part not in self.machine_answered:
                self.machine_answered.append(part)
                self._log.note(f"fixed kernel: the machine answered what concerns {part}")

    def _mounts(self) -> list[Service]:
        """Returns what mounts the root of a run; nothing unless one is mounted."""
        if not self._root or self._root.handed_out:
            return []
        return [MountedRoot(self._root.folder)]

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

    def _check_end(self, outcome: Outcome, command: tuple[str, ...], name: str) -> Ended:
        """Refuses a run that failed, or that ended before its work was done."""
        which = f" (benchmark {name})" if name else ""
        if outcome.timed_out and not self.framework.forks:
            self._fail(outcome, command, which)
        ended = self.framework.ended(outcome, name, self._ask)
        for remark in ended.remarks:
            self._log.note(remark)
            print_message(f"rules_codspeed: {self.spec.label}: {remark}")
        if (outcome.status or outcome.timed_out) and not ended.explained:
            self._fail(outcome, command, which)
        if ended.undone:
            what = f"{self.spec.label}{which} {outcome}"
            raise left_undone(what, ended.undone, command, self._logs(outcome))
        return ended

    def _fail(self, outcome: Outcome, command: tuple[str, ...], which: str) -> None:
        """Raises the error of a run that failed."""
        what = outcome.failure(f"{self.spec.label}{which}", self.spec.timeout_s)
        logs = self._logs(outcome)
        if outcome.timed_out:
            fix = self.framework.failure_fix(outcome)
            fix += "; timeout_s is for all runs of a target together" if self._runs > 1 else ""
        else:
            what, fix = self._explained(what, outcome, command, logs)
        error = run_failure(what, command, logs, fix)
        raise of_machine(error) if outcome.is_killed else error

    def _undone(self, alone: Outcome) -> str:
        """Returns what a run without measuring left undone, if it succeeded."""
        # Asked for in any case: the next run must not find what this one left.
        undone = "" if alone.timed_out else self.framework.ended(alone, "", self._ask).undone
        return "" if alone.status else undone


def lists_nothing(label: str, command: Sequence[str], logs: Logs) -> BenchmarkError:
    """Returns the error of a program that lists no benchmark."""
    return run_failure(
        f"{label} measured nothing: it lists no benchmark",
        command,
        logs,
        "check list_args, and that the program has benchmarks; or set allow_empty",
    )


def not_measured(
    label: str, name: str, framework: Framework, command: Sequence[str], logs: Logs
) -> BenchmarkError:
    """Returns the error of a run of one benchmark that measured nothing."""
    return run_failure(
        f"{label} lists {name!r}, but measured nothing when asked for it",
        command,
        logs,
        "let list_args print names of benchmarks only, one on each line, and filter_args "
        f"choose one by its name; or {framework.lost_fix}",
    )
