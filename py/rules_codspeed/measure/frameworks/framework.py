"""What the driver has to know of a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.stage.process import Outcome

if TYPE_CHECKING:
    from rules_codspeed.measure.frameworks.built import Built
    from rules_codspeed.measure.stage.staging import Layout

LIST = "the list of its benchmarks"
"""What a program is asked for that lists them."""

Ask = Callable[[Sequence[str], str], tuple[Outcome, bytes]]
"""Runs a command without measuring it, given what it is asked for; returns how it ended, and what
it printed to standard output."""


def printed_list(ask: Ask, command: Sequence[str]) -> bytes:
    """Returns what a program prints when it lists its benchmarks; nothing where it fails."""
    outcome, printed = ask(command, LIST)
    return b"" if outcome.status or outcome.timed_out else printed


class ListFailedError(Exception):
    """A program that was asked for its benchmarks failed; whoever asked for them catches it.

    Attributes:
      outcome: how it ended.
      command: that asked for them.
    """

    def __init__(self, outcome: Outcome, command: tuple[str, ...]) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.command = command


def asked_names(
    ask: Ask, command: tuple[str, ...], listed: Callable[[bytes], list[str]]
) -> list[str]:
    """Returns the names of the benchmarks of a program that lists them by a command.

    Args:
      ask: asks the program.
      command: that lists the benchmarks.
      listed: returns their names, from what the command printed.

    Raises:
      ListFailedError: the command failed.
    """
    outcome, printed = ask(command, LIST)
    if outcome.timed_out or outcome.status:
        raise ListFailedError(outcome, command)
    return listed(printed)


def taken(layout: Layout, name: str) -> Any:
    """Returns what a part of ours wrote beside the driver while the program ran; removes the file.

    So the next run does not read what this one left. A program may have put anything there.

    Args:
      layout: of the stage.
      name: of the file, a JSON document.

    Returns:
      the document; None where it is missing or damaged.

    Raises:
      Refused: it is not a regular file.
    """
    try:
        with UntrustedFolder(layout.driver, layout.parent) as folder:
            content = folder.read(name, DOCUMENT)
            folder.remove(name)
        return load_json(content)
    except (FileNotFoundError, DocumentError):
        return None


class CannotForkError(Exception):
    """A program whose copies would not be whole, as the message explains; `divided` catches it.

    From then on the framework does without forks.
    """


def divided(run: Callable[[], None], remark: Callable[[str], None]) -> None:
    """Runs benchmarks; once more without forks where there can be none.

    Args:
      run: runs all benchmarks, as the framework divides them into processes.
      remark: takes a sentence for whoever builds.
    """
    try:
        run()
    except CannotForkError as error:
        remark(f"{error}: each benchmark gets an interpreter of its own, which takes longer")
        run()


class Ended(NamedTuple):
    """What a framework knows of the benchmarks of a run that has ended.

    Attributes:
      undone: what the run left undone although its exit status is 0; empty if nothing.
      listed: URIs of the benchmarks that it was to run; empty where that is not known.
      unmeasured: those that must have no number.
      explained: whether the exit status says no more than that some of those failed.
      forked: how many processes the framework itself started, for benchmarks.
      remarks: sentences on what could not be found out, for the log and whoever builds.
    """

    undone: str = ""
    listed: Sequence[str] = ()
    unmeasured: Sequence[Unmeasured] = ()
    explained: bool = False
    forked: int = 0
    remarks: Sequence[str] = ()


class Regions(Protocol):
    """Which costs are a benchmark's, where the program itself does not ask for its numbers.

    Callgrind writes a part of its profile wherever a function of the framework starts or ends.
    """

    @property
    def integration(self) -> str:
        """Name of what drives the program, for the profile."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Callgrind's, which name those functions."""

    @property
    def keeps_callers(self) -> bool:
        """Whether calls that began before a part belong to it, as they do on a stack that grows."""

    def chosen(self, triggers: Sequence[str], uris: Sequence[str]) -> list[tuple[str, list[int]]]:
        """Returns the benchmarks that a run measured, each with the indices of its parts.

        Args:
          triggers: why each part was written, in order.
          uris: of the benchmarks that the run was to run, in order.

        Raises:
          CodSpeedError: the parts do not fit the list.
        """


class Allocated(NamedTuple):
    """What a runtime itself counted of what one benchmark allocated: bytes, and how often.

    How often is None where it does not know.
    """

    total: int
    calls: int | None


class Stops(Protocol):
    """What of a program's memory is a benchmark's, where the program does not ask for its numbers.

    The preloaded library opens and closes windows where functions of the framework are called.
    """

    @property
    def opener(self) -> Literal["GOOGLE_BENCHMARK", "CLOCK"]:
        """At which functions: a member of `memory.channel.Opener`."""

    def chosen(
        self, reported: Sequence[Sequence[int]], uris: Sequence[str]
    ) -> list[tuple[str, int]]:
        """Returns the benchmarks that a run measured, each with the number of its measurement.

        Args:
          reported: numbers of what was measured until the framework reported, each time.
          uris: of the benchmarks that the run was to run, in order.

        Raises:
          CodSpeedError: the reports do not fit the list.
        """


class Framework(Protocol):
    """Drives one kind of benchmark program."""

    @property
    def command(self) -> tuple[str, ...]:
        """The command line that runs all benchmarks; absolute path first."""

    @property
    def object_skips(self) -> tuple[str, ...]:
        """Objects whose costs go to their callers (spec: simulation 5)."""

    @property
    def debug_info(self) -> bool | None:
        """Whether the program has debug information; None if it was not looked for."""

    @property
    def built(self) -> Built:
        """How the program was built."""

    @property
    def whole_process(self) -> bool:
        """Whether a whole process is the one benchmark, which must not start other processes."""

    @property
    def isolated(self) -> bool:
        """Whether each benchmark needs a process of its own to be measured."""

    @property
    def go_runtime(self) -> bool:
        """Whether Go's runtime runs the program: the fixed kernel answers it apart."""

    @property
    def one_thread(self) -> bool:
        """Whether only threads that ask for it are counted; the others are the runtime's."""

    @property
    def forks(self) -> bool:
        """Whether the command line that runs all benchmarks gives each a process of its own."""

    @property
    def interpreter(self) -> str:
        """Version and build of the language's interpreter that runs the program, or empty."""

    @property
    def regions(self) -> Regions | None:
        """Where the benchmarks' costs are; None if the program asks for its numbers itself."""

    @property
    def stops(self) -> Stops | None:
        """The same where memory is measured."""

    @property
    def own_allocations(self) -> Callable[[], Mapping[str, Allocated]] | None:
        """Where memory is measured: returns by URI what the runtime counted in the last run.

        None if the preloaded library counts.
        """

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Returns the pinned variables, with the framework's own; for measured runs."""

    def check(self) -> None:
        """Raises CodSpeedError if the program cannot be measured."""

    def names(self, ask: Ask) -> list[str]:
        """Returns the names of the benchmarks.

        Args:
          ask: asks the program.

        Raises:
          ListFailedError: it does not list them.
        """

    def command_for(self, name: str) -> tuple[str, ...]:
        """The command line that runs one benchmark."""

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark."""

    def watch(self, printed: bytes) -> None:
        """Takes what the program prints, while it runs."""

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what became of the benchmarks of a run that has ended.

        Args:
          outcome: how it ended.
          name: of the one benchmark that it was to run; empty if it ran all.
          ask: asks the program more.

        Raises:
          CodSpeedError: what the run left for the driver cannot be taken.
        """

    def failure_fix(self, outcome: Outcome) -> str:
        """What to do when a run failed; empty where only the program can explain it."""

    @property
    def lost_fix(self) -> str:
        """What to do when a benchmark that was listed left no number."""

    @property
    def empty_fix(self) -> str:
        """What to do when a run measured nothing."""
