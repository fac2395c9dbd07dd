"""Runs the benchmarks of one target once, without Valgrind. Entry of the smoke test."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # As in simulation/main.py.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 3)[0])

import tempfile
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.accounting import headline
from rules_codspeed.contract.errors import BenchmarkError, run_failure
from rules_codspeed.contract.printing import OutputPrinter, print_text
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.account import Account, left_undone
from rules_codspeed.measure.frameworks.framework import (
    LIST,
    Ended,
    Framework,
    ListFailedError,
    divided,
)
from rules_codspeed.measure.frameworks.registry import make_framework, with_framework
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.entry import options, read_manifest, read_spec, run_driver
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.staging import Layout, fill_stage
from rules_codspeed.measure.stage.trees import remove_tree

_CLEAN_UP_S = 60.0  # Bazel removes what is left of $TEST_TMPDIR


def smoke(spec: Spec, files: dict[str, str]) -> None:
    """Runs the program as it would be measured, in a stage of its own.

    Raises:
      CodSpeedError: it cannot be run, fails, or one of its benchmarks does.
    """
    # Tests run in parallel. Programs see no link: pytest would resolve it.
    parent = os.path.realpath(os.environ.get("TEST_TMPDIR") or tempfile.gettempdir())
    root = tempfile.mkdtemp(dir=parent)
    try:
        layout = Layout(root)
        paths = StagePaths(files, spec.main_repository)
        fill_stage(layout, files, paths)
        spec = with_framework(spec, layout, paths).with_paths(paths.expand)
        framework = make_framework(spec, layout, paths)
        platform = spec.platform or f"linux_{os.uname().machine}"
        pins = framework.pins(environment.pins(layout, platform, ""))
        variables = environment.with_user_variables(pins, spec.env, spec.label)
        native = environment.without_runner(variables, spec.env)
        _Smoke(spec, layout, framework, native).run_all()
    finally:
        remove_tree(root, _CLEAN_UP_S)


class _Smoke:
    """Runs the benchmarks of a filled stage: at once, or each in a process of its own."""

    def __init__(
        self, spec: Spec, layout: Layout, framework: Framework, variables: Mapping[str, str]
    ) -> None:
        self._spec = spec
        self._layout = layout
        self._framework = framework
        self._variables = variables
        self._deadline = Deadline(spec.timeout_s)
        self._account = Account(spec.label)
        self._printer = OutputPrinter()

    def run_all(self) -> None:
        """Raises CodSpeedError if the program, or one of its benchmarks, fails."""
        divided(self._run_each, lambda text: print_text(f"rules_codspeed: {text}"))
        for one in self._account.unmeasured:
            print_text(f"rules_codspeed: {one.outcome}: {one.uri}: {one.reason}")
        failed = [one for one in self._account.unmeasured if one.outcome == "failed"]
        if failed:
            raise BenchmarkError(
                f"{len(failed)} {'benchmark' if len(failed) == 1 else 'benchmarks'} of "
                f"{self._spec.label} failed",
                fix="mend what is named below",
                below=[f"  {one.uri}: {headline(one.reason)}" for one in failed],
            )

    def _run_each(self) -> None:
        framework = self._framework
        isolated = self._spec.isolate and not (framework.whole_process or framework.forks)
        for name in self._names() if isolated else [""]:
            self._run(framework.command_for(name) if name else framework.command, name)

    def _names(self) -> list[str]:
        names: list[str] = []
        try:
            names = self._framework.names(self._ask)
        except ListFailedError as error:
            self._check(error.outcome, error.command, f" (asked for {LIST})")
        return names

    def _ask(self, command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        """Runs a command for its output; standard error is for warnings."""
        del what
        printed: list[bytes] = []
        left, errors = self._deadline.left(), sys.stderr.fileno()
        directory = self._layout.main
        outcome = run(command, self._variables, directory, left, printed.append, errors=errors)
        return outcome, b"".join(printed)

    def _run(self, command: tuple[str, ...], name: str) -> None:
        which = f" (benchmark {name})" if name else ""
        directory, left = self._layout.main, self._deadline.left()
        outcome = run(command, self._variables, directory, left, self._output)
        self._printer.end()
        ended = Ended()
        if not outcome.timed_out or self._framework.forks:
            ended = self._framework.ended(outcome, name, self._ask)
        if not ended.explained:
            self._check(outcome, command, which)
        if ended.undone:
            what = f"{self._spec.label}{which} {outcome}"
            raise left_undone(what, ended.undone, command, [])
        self._account.add(ended.unmeasured)

    def _output(self, printed: bytes) -> None:
        self._printer.write(printed)
        self._framework.watch(printed)

    def _check(self, outcome: Outcome, command: Sequence[str], which: str) -> None:
        """Refuses a run that failed."""
        if outcome.timed_out or outcome.status:
            raise run_failure(
                outcome.failure(f"{self._spec.label}{which}", self._spec.timeout_s),
                command,
                [],
                "run this test again with --test_output=all, and fix the program",
            )


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    chosen = options(__doc__).parse_args(arguments)
    return run_driver(
        lambda: smoke(read_spec(chosen.spec), read_manifest(chosen.files, chosen.root))
    )


if __name__ == "__main__":
    sys.exit(main())
