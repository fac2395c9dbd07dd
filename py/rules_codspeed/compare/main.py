"""Measures two commits and compares them: `bazel run @rules_codspeed//tools:compare -- --base REV`.

Other commits than the source tree are built in a worktree and an output base of their own, which
stay: what did not change from one to the other is not measured again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.command.movers import functions_behind
from rules_codspeed.compare.build import Build, Measured
from rules_codspeed.compare.changes import changes_between
from rules_codspeed.compare.commits import commits_of
from rules_codspeed.compare.options import parser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.printing import print_text
from rules_codspeed.report.changes import changes_text
from rules_codspeed.report.unmeasured import unmeasured_lines
from rules_codspeed.results.changes import Change, slower
from rules_codspeed.results.comparison import recorded
from rules_codspeed.results.model import Unmeasured


def measure_both(
    options: argparse.Namespace, workspace: Path, variables: Mapping[str, str], scratch: Path
) -> tuple[Measured, Measured]:
    """Measures base and head.

    Args:
      options: of the command line.
      workspace: root of the Bazel workspace.
      variables: the environment.
      scratch: an empty folder.

    Raises:
      CodSpeedError: one of them cannot be measured.
    """
    with commits_of(workspace, variables) as commits:
        base = commits.store.commit(options.base)
        head = commits.store.commit(options.head) if options.head else None
        build = Build(
            bazel=options.bazel,
            flags=options.flag,
            targets=options.targets,
            disk_cache=commits.disk_cache,
            with_profiles=options.report is not None,
            with_failed=True,
            advice="a target that is missing in one of the commits cannot be compared",
        )
        before = commits.measure(base, build, scratch / "base")
        of_head = scratch / "head"
        if head:
            return before, commits.measure(head, build, of_head)
        of_head.mkdir()
        return before, build.measure(commits.repository.workspace, None, of_head)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two commits differ in.

    Attributes:
      changes: of all benchmarks.
      failed: targets and benchmarks of the head that failed.
    """

    changes: Sequence[Change]
    failed: Sequence[Unmeasured]

    @property
    def is_bad(self) -> bool:
        """Whether something got slower, or failed in the head."""
        return bool(self.failed) or slower(self.changes)


def compare_both(
    options: argparse.Namespace, workspace: Path, variables: Mapping[str, str]
) -> Comparison:
    """Measures base and head, prints what changed, and writes the report if one is requested.

    Raises:
      CodSpeedError: one of them cannot be measured.
      CodSpeedError: the report cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="codspeed-") as scratch:
        before, after = measure_both(options, workspace, variables, Path(scratch))
        changes = changes_between(before.results, after.results)
        functions = functions_behind(
            changes,
            (before.profiles, after.profiles),
            (before.explained, after.explained),
        )
        print_text(changes_text(changes, printable(options.base), functions).removesuffix("\n"))
        _print_failed(before.results.failed, printable(options.base))
        _print_failed(after.results.failed, printable(options.head or "the source tree"))
        if options.report:
            from rules_codspeed.command.reporting import Story, write_html

            story = Story(
                suite=", ".join(options.targets),
                results=after.results,
                profiles=after.profiles,
                compared_with=options.base,
                changes=changes,
                before=recorded(before.results),
                base_profiles=before.profiles,
                explained=after.explained,
                base_explained=before.explained,
            )
            # 'bazel run' starts programs elsewhere.
            here = variables.get("BUILD_WORKING_DIRECTORY", "")
            write_html(story, Path(here, options.report).absolute())
    return Comparison(changes, after.results.failed)


def _print_failed(failed: Sequence[Unmeasured], where: str) -> None:
    if failed:
        print_text("\n".join([f"Failed in {where}:", *unmeasured_lines(failed)]))


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status: 1 also if something got slower or failed."""
    options = parser().parse_args(arguments)
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    return run_entry(lambda: int(compare_both(options, workspace, os.environ).is_bad))


if __name__ == "__main__":
    sys.exit(main())
