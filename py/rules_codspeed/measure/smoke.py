"""Runs the benchmarks of one target once, without Valgrind. Entry of the smoke test."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # As in simulation/main.py.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 3)[0])

import tempfile

from rules_codspeed.contract.errors import run_failure
from rules_codspeed.contract.printing import OutputPrinter
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.registry import make_framework
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.entry import options, read_manifest, read_spec, run_driver
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.process import run
from rules_codspeed.measure.stage.staging import Layout, fill_stage
from rules_codspeed.measure.stage.trees import remove_tree

_CLEAN_UP_S = 60.0  # Bazel removes what is left of $TEST_TMPDIR


def smoke(spec: Spec, files: dict[str, str]) -> None:
    """Runs the program as it would be measured, in a stage of its own.

    Raises:
      CodSpeedError: it cannot be run, fails, or ends before its benchmarks are done.
    """
    # Tests run in parallel. Programs see no link: pytest would resolve it.
    parent = os.path.realpath(os.environ.get("TEST_TMPDIR") or tempfile.gettempdir())
    root = tempfile.mkdtemp(dir=parent)
    try:
        layout = Layout(root)
        paths = StagePaths(files, spec.main_repository)
        fill_stage(layout, files, paths)
        spec = spec.with_paths(paths.expand)
        framework = make_framework(spec, layout, paths)
        platform = spec.platform or f"linux_{os.uname().machine}"
        pins = framework.pins(environment.pins(layout, platform, ""))
        variables = environment.with_user_variables(pins, spec.env, spec.label)
        native = environment.without_runner(variables, spec.env)
        printer = OutputPrinter()
        outcome = run(framework.command, native, layout.main, spec.timeout_s, printer.write)
        printer.end()
        if outcome.timed_out or outcome.status:
            late = f" within {spec.timeout_s} s (timeout_s)" if outcome.timed_out else ""
            raise run_failure(
                f"{spec.label} {outcome}{late}",
                framework.command,
                [],
                "run this test again with --test_output=all, and fix the program",
            )
        if left_undone := framework.unfinished():
            raise run_failure(
                f"{spec.label} {outcome}, but {left_undone}",
                framework.command,
                [],
                "see which test ends the session or the interpreter (os._exit, pytest.exit), and "
                "fix it",
            )
    finally:
        remove_tree(root, _CLEAN_UP_S)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    chosen = options(__doc__).parse_args(arguments)
    return run_driver(
        lambda: smoke(read_spec(chosen.spec), read_manifest(chosen.files, chosen.root))
    )


if __name__ == "__main__":
    sys.exit(main())
