"""Framework `go`: test programs of Go, as `go test -c` and rules_go's go_test build them.

Such a program does not ask for its numbers. In simulation each benchmark runs in a process of its
own, twice with one iteration, and the second is its number: by then its code is in the caches, and
what a program prepares once is prepared. Source: src/testing of Go 1.20 and newer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import LIST, Allocated, Ask, Ended, ListFailedError
from rules_codspeed.measure.frameworks.golang.output import Printed, nested
from rules_codspeed.measure.frameworks.golang.regions import RUNS, GoRegions
from rules_codspeed.measure.frameworks.names import escaped, escaped_colons, own_uri
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TimedExecutable,
    TracedProgram,
)
from rules_codspeed.measure.frameworks.timed_program import OwnResults, rounds_and_time
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_PATTERN = "-test.bench"
_SKIPPED = "-test.skip"
_PROCESSORS = "-test.cpu"
# Behind the target's own arguments: the last one counts.
_ALWAYS = ("-test.run=^$", "-test.v=test2json", "-test.paniconexit0", "-test.timeout=0")
_ONCE = (*_ALWAYS, "-test.benchtime=1x", "-test.shuffle=off", f"{_PROCESSORS}=1")
# Which thread does what is chance where there are several; the collector runs by the heap's size;
# Valgrind does not take the signals of preemption.
_PINS = {"GOMAXPROCS": "1", "GOGC": "off", "GODEBUG": "asyncpreemptoff=1"}
_MOST_LISTS = 100
_BYTES, _CALLS = "B/op", "allocs/op"
_PRINTED = "what the program printed"
_FAILED = 1  # exit status of a program that came to its end
_LOST_FIX = "let it run to its end, and not end the program or report 0 ns/op"
_EMPTY_FIX = (
    "check that it has benchmarks, and which -test.bench in args chooses; or set allow_empty"
)


def _given(spec: Spec, flag: str, default: str) -> str:
    """Returns the value of a flag in the arguments of a target."""
    found = default
    for number, one in enumerate(spec.args):
        name, equals, value = one.replace("--", "-", 1).partition("=")
        if name == flag:
            found = value if equals else "".join(spec.args[number + 1 : number + 2])
    return found


def _chosen(spec: Spec) -> str:
    """Returns the argument that chooses the benchmarks of a target."""
    return f"{_PATTERN}={_given(spec, _PATTERN, '.')}"


def _only(name: str) -> tuple[str, str]:
    """Returns the arguments that choose one benchmark, and none below it."""
    pattern = "/".join(f"^{escaped(one)}$" for one in name.split("/"))
    return f"{_PATTERN}={pattern}", f"{_SKIPPED}={pattern}/."


def _uri(spec: Spec, name: str, parents: set[str]) -> str:
    """Returns the URI of a benchmark, below those that it is in."""
    outermost, *inner = nested(name, parents)
    return "::".join([own_uri(spec.label, outermost), *map(escaped_colons, inner)])


class Simulated(ProgramFramework):
    """Drives Go under Valgrind, each benchmark in a process, or all for the smoke test."""

    _TIMEOUT_FIX = ". Processes left behind must end too"
    isolated = True
    go_runtime = True
    lost_fix = _LOST_FIX
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._regions = GoRegions()
        self.regions = self._regions
        self._own = self.command
        self._printed = Printed()
        self._parents: set[str] = set()
        self.command = (*self._own, *_ONCE, "-test.count=1", _chosen(spec))

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what keeps Go's runtime from working beside a benchmark."""
        return {**pins, **_PINS} if self._is_measured else pins

    def check(self) -> None:
        """Refuses a program for another processor, or with a sanitizer."""
        self._program.check_simulated(self._spec)

    def names(self, ask: Ask) -> list[str]:
        """Returns the names of the benchmarks: they are known when each has run once.

        What ends the program keeps others from being run: they are, without it.

        Raises:
          ListFailedError: the program does not end.
        """
        found = Printed()
        for _ in range(_MOST_LISTS):
            started = {name.partition("/")[0] for name in found.started}
            known = len(found.started)
            given = _given(self._spec, _SKIPPED, "")
            skipped = [given] if given else []
            skipped += [f"^{escaped(one)}$" for one in started]
            without = [f"{_SKIPPED}={'|'.join(skipped)}"] if skipped else []
            command = (*self.command, *without)
            outcome, printed = ask(command, LIST)
            if outcome.timed_out:
                raise ListFailedError(outcome, command)
            found.read(printed + b"\n")
            if found.finished or len(found.started) == known:
                break
        self._parents = found.parents
        for name in found.benchmarks:
            self._regions.parents[self.uri_of(name)] = len(nested(name, self._parents)) - 1
        return found.benchmarks

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the arguments that run one benchmark."""
        return (*self._own, *_ONCE, f"-test.count={RUNS}", *_only(name))

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark."""
        return _uri(self._spec, name, self._parents)

    def watch(self, printed: bytes) -> None:
        """Reads what the program prints."""
        self._printed.read(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what a run was to run, and what of it failed or was skipped."""
        del ask
        found, self._printed = self._printed, Printed()
        if not name:
            self._parents = found.parents
        names = [name] if name else found.benchmarks
        return _ended(found, names, outcome, self.uri_of)


class Traced(Simulated, TracedProgram):
    """Drives Go in memory mode: its runtime, which has an allocator of its own, counts itself."""

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._ran = Printed()

    def check(self) -> None:
        """Refuses a program for another processor."""
        self._program.check_machine(self._spec)

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the arguments that run one benchmark, and print what it allocates."""
        return (*super().command_for(name), "-test.benchmem")

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Keeps, in addition, what was printed."""
        self._ran = self._printed
        return super().ended(outcome, name, ask)

    def own_allocations(self) -> dict[str, Allocated]:
        """Returns what Go's runtime counted in the last iteration of the last run, by URI."""
        found = {}
        for name, results in self._ran.results.items():
            values = [one.split() for one in results[-1].split("\t")]
            units = {one[1]: one[0] for one in values if len(one) == 2}
            if _BYTES in units and _CALLS in units:
                found[self.uri_of(name)] = Allocated(int(units[_BYTES]), int(units[_CALLS]))
        return found


class Timed(TimedExecutable):
    """Times a program by Go's own results, of which each count is a round."""

    lost_fix = _LOST_FIX
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._printed = Printed()
        self._found = Printed()
        self.own_results = OwnResults("go", _PRINTED, "go", self._uri_of, self._results)
        self.timed_command = (*self.command, *_ALWAYS, *_time_options(spec), _chosen(spec))

    def _uri_of(self, name: str) -> str:
        return _uri(self._spec, name, self._found.parents)

    def _results(self) -> bytes:
        """Returns the results of what passed, each with the same end in place of GOMAXPROCS."""
        found = self._found
        lines = [
            f"{name}-1\t{values}\n"
            for name, results in found.results.items()
            for values in results
            if name not in found.ended
        ]
        return "".join(lines).encode()

    def check(self) -> None:
        """Refuses a program for another processor, and several numbers of them."""
        super().check()
        processors = _given(self._spec, _PROCESSORS, "")
        if "," in processors:
            raise BenchmarkError(
                f"the benchmarks of {self._spec.label} would have several numbers",
                got=f"{_PROCESSORS}={processors} in args",
                expected="one number of processors",
                fix="measure with each by a target of its own",
            )

    def watch(self, printed: bytes) -> None:
        """Reads what the program prints."""
        self._printed.read(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what a run was to run, and what of it failed or was skipped."""
        del name, ask
        self._found, self._printed = self._printed, Printed()
        return _ended(self._found, self._found.benchmarks, outcome, self._uri_of)


def _ended(
    found: Printed, names: Sequence[str], outcome: Outcome, uri_of: Callable[[str], str]
) -> Ended:
    """Returns what became of the benchmarks of a run, by what it printed."""
    return Ended(
        listed=list(map(uri_of, names)),
        unmeasured=found.unmeasured(uri_of),
        explained=found.finished and found.failed and outcome.status == _FAILED,
    )


def _time_options(spec: Spec) -> list[str]:
    """Returns how long each benchmark runs, from walltime_args.

    Raises:
      CodSpeedError: Go has no such option, or a value cannot be used.
    """
    rounds, least = rounds_and_time(spec, "Go", "round")
    seconds = [f"-test.benchtime={least}ns"] if least else []
    return [f"-test.count={rounds}", *seconds]
