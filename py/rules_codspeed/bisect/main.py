"""Finds the commit that made a benchmark slower: `bazel run @rules_codspeed//tools:bisect -- …`.

Commits are measured as for a comparison of two, with the same caches. So a search that was ended
half-way is resumed by the same command.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rules_codspeed.bisect.options import parser
from rules_codspeed.bisect.search import Found, check_order, search
from rules_codspeed.bisect.trial import Trial, described, first_trial
from rules_codspeed.compare.build import Build
from rules_codspeed.compare.commits import commits_of
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.printing import print_text
from rules_codspeed.report.changes import changes_text

UNDECIDED = 3
"""Exit status where commits that cannot be measured may be the first bad one, too."""


def bisect(options: argparse.Namespace, workspace: Path, variables: Mapping[str, str]) -> int:
    """Finds the first bad commit and prints it; returns the exit status.

    Args:
      options: of the command line.
      workspace: root of the Bazel workspace.
      variables: the environment.

    Raises:
      CodSpeedError: nothing got slower, or a commit that is named cannot be measured.
    """
    with (
        tempfile.TemporaryDirectory(prefix="codspeed-") as scratch,
        commits_of(workspace, variables) as commits,
    ):
        good = commits.store.commit(options.good)
        bad = commits.store.commit(options.bad)
        check_order(commits.store, good, bad)
        build = Build(
            bazel=options.bazel,
            flags=options.flag,
            targets=options.targets,
            disk_cache=commits.disk_cache,
            with_failed=True,
            advice="name two commits that build",
        )
        trial = first_trial(commits, build, Path(scratch), good, bad)
        found = search(commits.store, good, bad, trial.judge)
        print_text(_text(trial, found, options))
    return UNDECIDED if found.skipped else 0


def _text(trial: Trial, found: Found, options: argparse.Namespace) -> str:
    commits = trial.commits
    count = len(found.skipped) + 1
    head = f"The first slower commit is {described(commits, found.bad)}"
    if found.skipped:
        head = f"The first slower commit is one of {count:,}. Only the last one could be measured:"
        listed = [*found.skipped, found.bad]
        head = "\n  ".join([head, *(described(commits, one) for one in listed)])
    compared = changes_text(trial.changes[found.bad], printable(options.good))
    both = ["--base", f"{found.bad[:10]}~", "--head", found.bad[:10], "--report", "slower.html"]
    again = ["bazel", "run", "@rules_codspeed//tools:compare", "--", *both, *trial.build.targets]
    return (
        f"{head}\n{compared}Tried between them: {found.tried:,}. Flame graphs: {shlex.join(again)}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    return run_entry(lambda: bisect(options, workspace, os.environ))


if __name__ == "__main__":
    sys.exit(main())
