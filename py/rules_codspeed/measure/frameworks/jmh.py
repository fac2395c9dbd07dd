"""Framework `jmh`: suites of JMH, as a jar or by whatever starts a JVM on their classes.

In simulation each benchmark runs in a JVM of its own, by the interpreter alone: when a method is
compiled, and with what, is chance. An agent marks one call, on the thread of the benchmark; what
the JVM's own threads do beside it is not counted. Source: openjdk/jmh, version 1.37.
"""

from __future__ import annotations

import re

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.spec import Spec
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.frameworks.framework import Allocated, Ask, Ended
from rules_codspeed.measure.frameworks.java.allocations import allocated
from rules_codspeed.measure.frameworks.java.launch import Launch, find_launch, launcher
from rules_codspeed.measure.frameworks.java.suite import Suite
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TimedExecutable,
    TracedProgram,
)
from rules_codspeed.measure.frameworks.timed_program import OwnResults
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_RESULTS = "jmh.json"
_MAIN = "org.openjdk.jmh.Main"
_WARM_UP = 5
# Each iteration is one call, on one thread of this JVM. JMH's main thread waits, and does not look
# at the clock meanwhile: an iteration ends long before this time.
_ONCE = ("-f", "0", "-bm", "ss", "-bs", "1", "-t", "1", "-i", "1", "-w", "3600s", "-r", "3600s")
# In compiled code, as in production; JMH divides by the number of operations.
_TIMES = ("-wi", "2", "-w", "200ms", "-i", "1", "-r", "500ms")
_COUNTED = ("-f", "1", "-bm", "avgt", "-t", "1", *_TIMES, "-foe", "true", "-prof", "gc")
_REPEATABLE = (
    "-Xint",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    "-Djmh.blackhole.autoDetect=false",
    # Of those that the JVM knows: threads of its own work by time.
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:AsyncDeflationInterval=2000000000",
    "-XX:GuaranteedAsyncDeflationInterval=0",
    "-XX:GuaranteedSafepointInterval=0",
    # It warns of the agent, which takes the place of a method.
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
)
# Those that ours contradict.
_CHOICES = re.compile(r"-XX:[+-]Use\w*GC|-Xint|-Xcomp|-Xmixed|-Xbatch|-XX:[+-]TieredCompilation")
_LOST_FIX = "let it run to its end, and not end the program"
_EMPTY_FIX = (
    "check that its classes were compiled with JMH's annotation processor, which writes "
    "META-INF/BenchmarkList, and what args choose; or set allow_empty"
)


def _pins(pins: dict[str, str], layout: Layout) -> dict[str, str]:
    """Returns variables with those of a JVM: its encoding, and where JMH keeps what it locks."""
    # A stage has no other run of JMH beside it.
    return {**pins, "LC_ALL": "C.UTF-8", "_JAVA_OPTIONS": f"-Djava.io.tmpdir={layout.tmp}"}


class Simulated(ProgramFramework):
    """Drives JMH under Valgrind, each benchmark in a process, or all for the smoke test."""

    _TIMEOUT_FIX = ". Processes left behind must end too"
    isolated = True
    one_thread = True
    lost_fix = _LOST_FIX
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._layout = layout
        self._start = launcher(self.command, layout)
        self._launch: Launch | None = None
        if spec.simulator:
            if not spec.preload:
                raise _no_agent(spec.label)
            self._agent = f"{layout.work}/{paths(spec.preload)}"
            self._launch = find_launch(self._start, spec.env, layout, self._agent, spec.label)
            self._start = (*self._jvm(self._launch), *self._launch.arguments)
        self._suite = Suite(spec.label, self._start)
        self.command = (*self._start, *_ONCE, "-wi", "0")

    @property
    def interpreter(self) -> str:  # type: ignore[override]
        """Name and version of the JVM."""
        return self._suite.vm

    def _jvm(self, launch: Launch, *more: str) -> tuple[str, ...]:
        """Returns what starts JMH without arguments, with some more options of the JVM."""
        kept = (one for one in launch.options if not _CHOICES.fullmatch(one))
        return (launch.java, *kept, *more, "-cp", launch.class_path, _MAIN)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what the launcher adds, and what a JVM needs."""
        if not self._launch:
            return _pins(pins, self._layout)
        # With an arena for each thread, where memory is depends on which comes first.
        return _pins({**self._launch.variables, **pins, "MALLOC_ARENA_MAX": "1"}, self._layout)

    def check(self) -> None:
        """Refuses nothing more: that a JVM starts is known."""

    def names(self, ask: Ask) -> list[str]:
        """Returns the names of the benchmarks, each with its parameters."""
        return self._suite.list(ask)

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the agent, and what chooses one benchmark."""
        chosen = (*self._suite.choice(name), *_ONCE, "-wi", str(_WARM_UP), "-foe", "true")
        if not self._launch:
            return (*self._start, *chosen)
        agent = f"-agentpath:{self._agent}={_WARM_UP},{self.uri_of(name)}"
        return (*self._jvm(self._launch, *_REPEATABLE, agent), *chosen)

    def uri_of(self, name: str) -> str:
        """Returns the URI of a listed benchmark."""
        return self._suite.uri_of(name)

    def watch(self, printed: bytes) -> None:
        """Reads what JMH prints."""
        self._suite.watch(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what a run was to run, and what of it threw; JMH itself goes on with others."""
        suite = self._suite
        return suite.ended_one(outcome, name) if name else suite.ended_all(outcome, ask)


class Traced(Simulated, TracedProgram):
    """Drives JMH in memory mode: its gc profiler counts what the benchmark's thread allocates."""

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        # What args choose would be run as well.
        self._bare = launcher(self._program.command[:1], layout)

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds what chooses one benchmark, and has JMH count."""
        written = ("-rf", "json", "-rff", f"{self._layout.driver}/{_RESULTS}")
        return (*self._bare, *self._suite.choice(name), *_COUNTED, *written)

    def own_allocations(self) -> dict[str, Allocated]:
        """Returns what JMH counted in the last run, by URI: bytes of one operation, rounded.

        Raises:
          CodSpeedError: what is there is no result of JMH.
        """
        try:
            with UntrustedFolder(self._layout.driver, self._layout.parent) as folder:
                written = folder.read(_RESULTS, DOCUMENT)
                folder.remove(_RESULTS)
            # Where none came to its end the file is empty.
            results = load_json(written) if written else []
            return {self._suite.uri_of_result(name): one for name, one in allocated(results)}
        except FileNotFoundError:
            return {}
        except (DocumentError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BenchmarkError(
                f"what JMH wrote of {self._spec.label} cannot be used",
                got=f"{type(error).__name__}: {error}",
                expected="its JSON (-rf json), with what its gc profiler counted",
                fix="let nothing else write there",
            ) from error


class Timed(TimedExecutable):
    """Times a suite by JMH's own results, of which each iteration is a round."""

    lost_fix = _LOST_FIX
    empty_fix = _EMPTY_FIX

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._layout = layout
        self.command = launcher(self.command, layout)
        self._suite = Suite(spec.label, self.command)
        self.own_results = OwnResults("jmh", _RESULTS, "JMH", self._suite.uri_of_result)
        written = ("-rf", "json", "-rff", f"{layout.profile}/{_RESULTS}")
        self.timed_command = (*self.command, *written, *_time_options(spec))

    @property
    def interpreter(self) -> str:  # type: ignore[override]
        """Name and version of the JVM."""
        return self._suite.vm

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what a JVM needs."""
        return _pins(pins, self._layout)

    def watch(self, printed: bytes) -> None:
        """Reads what JMH prints."""
        self._suite.watch(printed)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what a run was to run, and what of it threw, whose times are dropped."""
        del name
        return self._suite.ended_all(outcome, ask)


def _time_options(spec: Spec) -> list[str]:
    """Returns how long each benchmark runs, from walltime_args.

    Raises:
      CodSpeedError: JMH has no such option, or a value cannot be used.
    """
    # Not in the inputs of a simulation.
    from rules_codspeed.measure.walltime.exec_harness.options import read_some_options

    read = read_some_options(
        spec.walltime_args,
        spec.label,
        "JMH",
        {"warmup_time", "min_time", "max_rounds"},
        "warmup_time and min_time, of an iteration, and max_rounds, the number of iterations",
    )
    values = {
        "warmup_time": ("-w", f"{read.warmup_ns}ns"),
        "min_time": ("-r", f"{read.min_time_ns}ns"),
        "max_rounds": ("-i", str(read.max_rounds)),
    }
    return [text for name in sorted(spec.walltime_args) for text in values[name]]


def _no_agent(label: str) -> BenchmarkError:
    return BenchmarkError(
        f"{label} is a suite of JMH, and has no agent that marks calls",
        got='framework "auto", or none of rules_codspeed\'s macros',
        expected="the agent of framework jmh: //rules/hooks:jvm_hooks",
        fix='set framework = "jmh" on the target',
    )
