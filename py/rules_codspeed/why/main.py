"""Shows why numbers differ: `bazel run @rules_codspeed//tools:why -- TARGET`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from rules_codspeed.contract.errors import PROGRAM, run_entry
from rules_codspeed.contract.printing import print_message, print_text
from rules_codspeed.history.commits import Commits
from rules_codspeed.history.database import History, opened
from rules_codspeed.history.place import history_file
from rules_codspeed.results.modes.registry import is_timed
from rules_codspeed.why.options import parser
from rules_codspeed.why.sources import Pair, Sources
from rules_codspeed.why.stored import Stored
from rules_codspeed.why.text import explanation

_MOST_COMMITS = 5


def explain(
    options: argparse.Namespace, workspace: Path, variables: Mapping[str, str], stdout: TextIO
) -> None:
    """Prints why the numbers of targets differ.

    Args:
      options: of the command line.
      workspace: root of the Bazel workspace.
      variables: the environment.
      stdout: gets the explanations.

    Raises:
      CodSpeedError: a run or a target is not there, or cannot be read.
    """
    commits = Commits(workspace, variables)
    if commits.problem:
        print_message(f"{PROGRAM}: {commits.problem}")
    here = Path(variables.get("BUILD_WORKING_DIRECTORY") or workspace)

    def commits_of(pair: Pair) -> Sequence[str]:
        return _commits_between(pair, commits)

    with _history(workspace, variables) as connection:
        stored = Stored(connection, commits.measured().branch) if connection else None
        sources = Sources(stored, commits, here)
        blocks = []
        for target in options.targets:
            for pair in sources.pairs(target, options.base, options.run, options.mode):
                since, hint = _of_history(stored, pair, chosen=bool(options.base or options.run))
                blocks.append("\n".join(explanation(pair, since, hint, commits_of)))
        print_text("\n\n".join(blocks), stdout)


@contextlib.contextmanager
def _history(workspace: Path, variables: Mapping[str, str]) -> Iterator[History | None]:
    """Opens the history of a workspace, if it has one."""
    path = history_file(workspace, variables)
    if not path.exists():
        yield None
        return
    with opened(path, print_message) as connection:
        yield connection


def _of_history(stored: Stored | None, pair: Pair, chosen: bool) -> tuple[str, str]:
    """Returns since when a target is not repeatable, and which runs differ if these do not."""
    run = pair.after.run
    if stored is None or run is None:
        return "", ""
    target = (pair.label, pair.mode)
    since = stored.since(run, *target)
    found = None if chosen or is_timed(pair.mode) else stored.last_change(run, *target)
    # What changed between the two runs themselves is that benchmarks came or went.
    if not found or found[1] == run:
        return since, ""
    earlier, later = found[0].id, found[1].id
    words = f"They last changed from run {earlier} to run {later}"
    return since, f"{words}: pass --base {earlier} --run {later}."


def _commits_between(pair: Pair, commits: Commits) -> list[str]:
    """Returns hash and subject of commits that only the later run has; the newest first."""
    earlier, later = pair.before.run, pair.after.run
    if not (earlier and later and earlier.measured.commit and later.measured.commit):
        return []
    lines = commits.between(earlier.measured.commit, later.measured.commit)
    more = [f"and {len(lines) - _MOST_COMMITS:,} more"] if len(lines) > _MOST_COMMITS else []
    return [*lines[:_MOST_COMMITS], *more]


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    return run_entry(lambda: explain(options, workspace, os.environ, sys.stdout))


if __name__ == "__main__":
    sys.exit(main())
