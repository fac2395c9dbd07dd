"""Framework `node`: programs of Node with benchmarks of tinybench, also with CodSpeed's plugin.

A module that Node preloads takes tinybench's place where it runs a benchmark: it warms it up, and
has one call measured, as CodSpeed's plugin does; the plugin itself is switched off. Each benchmark
runs in a process of its own, by V8's interpreter alone: what else is compiled, and when, would
change with the benchmarks beside it.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.contract.untrusted import Refused
from rules_codspeed.measure.frameworks.framework import LIST, Ask, Ended, ListFailedError, taken
from rules_codspeed.measure.frameworks.nodejs.launch import find_launch
from rules_codspeed.measure.frameworks.nodejs.preloaded import TINYBENCH
from rules_codspeed.measure.frameworks.program import (
    ProgramFramework,
    TracedProgram,
    UntimedExecutable,
)
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_MODULE, _REPORT = "tinybench.mjs", "tinybench.json"
# Those of CodSpeed's integration, @codspeed/core 5.7.1, for Node 20 and newer; then ours.
_FLAGS = (
    "--interpreted-frames-native-stack",
    "--allow-natives-syntax",
    "--hash-seed=1",
    "--random-seed=1",
    "--no-opt",
    "--predictable",
    "--predictable-gc-schedule",
    "--expose-gc",
    "--no-concurrent-sweeping",
    "--max-old-space-size=4096",
    # Its compiler moves numbers by half, by what ran before.
    "--no-sparkplug",
)
# Finds the package as the program does.
_RESOLVES = ("--experimental-import-meta-resolve", "--no-warnings")


_UNSETTLED = 13
"""Status of a Node whose top-level await never ended: doc/api/process.md, "Exit codes"."""
_FAILURES = {
    "failed": "it threw: {}",
    "pending": "the promise that it returned was not settled when the program ended: nothing was "
    "left that could settle it, or the program was ended",
}


class _Row(NamedTuple):
    """What the module states of a benchmark.

    Attributes:
      uri: its name.
      outcome: `measured`, `failed`, `pending` if the program ended while its promise was waited
        for, or nothing if it did not run.
      reason: what it threw.
    """

    uri: str
    outcome: str
    reason: str


class Simulated(ProgramFramework):
    """Drives tinybench under Valgrind, each benchmark in a process, or all for the smoke test."""

    _TIMEOUT_FIX = ". Processes left behind must end too"
    isolated = True
    lost_fix = "let the program add it in each run, and run it (bench.run())"
    empty_fix = (
        "check that the program adds benchmarks to a Bench of tinybench that is a package of its "
        "own (node_modules/tinybench, not bundled) and runs it; or set allow_empty"
    )

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._layout = layout
        self._launch = find_launch(self.command, spec.env, layout, spec.label)
        self.interpreter = f"Node {self._launch.version}"
        module = f"{layout.driver}/{_MODULE}"
        with open(module, "w", encoding="utf-8") as file:
            file.write(TINYBENCH)
        self._hooks = {"hooks": f"{layout.work}/{paths(spec.preload)}"} if spec.simulator else {}
        self.command = self._run(**self._hooks)

    def _run(self, **query: str) -> tuple[str, ...]:
        """Returns the command line that runs the program with the module, told some more."""
        stated = {"root": self._layout.main, "report": f"{self._layout.driver}/{_REPORT}", **query}
        module = f"file://{self._layout.driver}/{_MODULE}?{urlencode(stated)}"
        node, options, script, arguments, _, _ = self._launch
        return (node, *_FLAGS, *_RESOLVES, *options, "--import", module, script, *arguments)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what the launcher adds, and leaves out what would switch CodSpeed's plugin on."""
        own = {name: value for name, value in pins.items() if name != "CODSPEED_ENV"}
        return {**self._launch.variables, **own}

    def check(self) -> None:
        """Refuses a target without the addon that marks calls."""
        if self._spec.simulator and not self._spec.preload:
            raise BenchmarkError(
                f"{self._spec.label} has no addon that marks calls",
                got="an empty preload",
                expected="//rules/hooks:node_hooks",
                fix='declare the target with codspeed_benchmark(framework = "node")',
            )

    def _report(self) -> list[_Row]:
        """Returns what the module wrote; nothing if it is missing or has another form."""
        try:
            return [_Row(*map(str, row)) for row in taken(self._layout, _REPORT)]
        except TypeError:
            return []
        except Refused as error:
            raise error.about(self._spec.label) from error

    def names(self, ask: Ask) -> list[str]:
        """Returns the URIs of the benchmarks that the program adds.

        Raises:
          ListFailedError: it fails.
        """
        command = self._run(list="")
        outcome, _ = ask(command, LIST)
        rows = self._report()
        if outcome.timed_out or outcome.status:
            raise ListFailedError(outcome, command)
        return [one.uri for one in rows]

    def command_for(self, name: str) -> tuple[str, ...]:
        """Has the module run one benchmark."""
        return self._run(only=name, **self._hooks)

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Returns what a run had to run, and what of it threw; tinybench itself goes on.

        Where it had to run all, also what it did not run: what was to be measured and was not is
        known otherwise.
        """
        del ask
        rows = [one for one in self._report() if name in ("", one.uri)]
        failed = [
            Unmeasured(one.uri, "failed", _FAILURES[one.outcome].format(one.reason))
            for one in rows
            if one.outcome in _FAILURES
        ]
        if not name:
            reason = f"the program ended before it was run to its end: {self.lost_fix}"
            failed += [Unmeasured(one.uri, "failed", reason) for one in rows if not one.outcome]
        explained = outcome.status == _UNSETTLED and any(one.outcome == "pending" for one in rows)
        listed = [one.uri for one in rows]
        return Ended(listed=listed, unmeasured=failed, explained=explained)


class Traced(Simulated, TracedProgram):
    """Refuses: V8 takes memory for its objects by itself, in large pieces."""

    def check(self) -> None:
        """Raises CodSpeedError."""
        raise BenchmarkError(
            f"the memory of {self._spec.label} is not measured",
            got="a program of Node, whose objects are in a heap of V8's own",
            expected="a program that takes its memory from malloc",
            fix="choose other modes",
        )


class Timed(UntimedExecutable):
    """Refuses: tinybench keeps no samples by itself."""

    def check(self) -> None:
        """Raises CodSpeedError."""
        raise BenchmarkError(
            f"the time of {self._spec.label} cannot be measured",
            got="framework node, which measures instructions",
            expected="rounds, as CodSpeed's plugin for tinybench reports them",
            fix="use that plugin with framework hooks, or measure in mode simulation (modes = "
            '["simulation"])',
        )
