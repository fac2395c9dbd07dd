"""Verifies one target of a suite: `bazel run @rules_codspeed//tools:verify -- [TARGET …]`.

The suite is built first, which measures nothing where it was measured before; then one of its
targets is built with the setting `verify`. That is another action, so what was measured without
it stays in disk and remote caches.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rules_codspeed.compare.build import Build
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.printing import print_message, print_text
from rules_codspeed.verify.choice import chosen, commit
from rules_codspeed.verify.options import parser

_MODE = "simulation"  # the only one whose bytes can be equal


def verify(options: argparse.Namespace, workspace: Path, variables: Mapping[str, str]) -> str:
    """Verifies one target; returns what to print.

    Args:
      options: of the command line.
      workspace: root of the Bazel workspace.
      variables: the environment.

    Raises:
      CodSpeedError: the target is not repeatable, or there is none.
    """
    seed = options.seed or commit(workspace, variables)
    labels = _simulated(Build(options.bazel, options.flag, options.targets), workspace)
    if not labels:
        raise CodSpeedError(
            f"{', '.join(options.targets)} has nothing to verify",
            got="no simulated target",
            expected=f"one that is measured in mode {_MODE}: times are never the same twice",
            fix="name another suite",
        )
    label = chosen(labels, seed)
    times = f"--{options.settings}:verify={options.times}"
    flags = [*options.flag, f"--{options.settings}:modes={_MODE}", times]
    print_message(f"rules_codspeed: verifying {printable(label)}")
    try:
        _simulated(Build(options.bazel, flags, [label]), workspace)
    except CodSpeedError as error:
        raise CodSpeedError(
            f"{label} is not verified",
            got=error.got,
            expected=f"the same bytes from {options.times} measurements",
            fix="see Bazel's messages above; to see them again: "
            + shlex.join(["bazel", "build", label, *flags]),
        ) from error
    by = "the seed" if options.seed else f"commit {seed[:10]}"
    return (
        f"{printable(label)} is repeatable: {options.times} measurements gave the same bytes "
        f"(chosen by {by} among {len(labels):,} targets)."
    )


def _simulated(build: Build, workspace: Path) -> Sequence[str]:
    """Builds; returns the labels of what was simulated, sorted."""
    with tempfile.TemporaryDirectory(prefix="codspeed-") as scratch:
        measured = build.measure(workspace, None, Path(scratch))
    return sorted({one.label for one in measured.results.provenance if one.mode == _MODE})


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status: 1 if the bytes differ."""
    options = parser().parse_args(arguments)
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    return run_entry(lambda: print_text(verify(options, workspace, os.environ)))


if __name__ == "__main__":
    sys.exit(main())
