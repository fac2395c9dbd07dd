"""Reports what changed since an earlier run, and writes the requested files about both."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rules_codspeed.command.comparing import Base, Historian
from rules_codspeed.command.options import Options
from rules_codspeed.command.reviewing import check_reviewed, review
from rules_codspeed.contract.printing import print_text
from rules_codspeed.history.commits import Commits
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.report.changes import changes_text
from rules_codspeed.report.collect import Suite
from rules_codspeed.report.export import exported_profiles
from rules_codspeed.results.model import Results

if TYPE_CHECKING:
    from rules_codspeed.command.reporting import Profile


def judge(
    suite: Suite,
    results: Results,
    options: Options,
    workspace: Path,
    commits: Commits,
    log: Logger,
    stdout: TextIO,
) -> None:
    """Compares a run with an earlier one, and keeps it for later ones.

    Args:
      suite: what was measured.
      results: of the suite.
      options: of the command line.
      workspace: root of the Bazel workspace.
      commits: what was checked out there before this command wrote anything.
      log: reports problems that are not a reason to fail.
      stdout: gets the changes, unless it is for JSON.

    Raises:
      CodSpeedError: `--compare` names something that is not there, or a file cannot be written.
    """
    if options.comment:
        check_reviewed(os.environ)
    historian = Historian(suite.label, workspace, os.environ, commits, options.compare, log.warn)
    past = historian.record(results, with_series=bool(options.report or options.comment))
    changes = past.changes(results)
    if options.format == "table":
        lines = [f"{one}." for one in [*past.unsteady, *past.notes]]
        if past.base:
            lines += ["", changes_text(changes, past.base.description).removesuffix("\n")]
        if lines:
            print_text("\n".join(lines), sys.stderr if options.events else stdout)
    step = os.environ.get("GITHUB_STEP_SUMMARY") if past.base or options.comment else None
    if not (step or options.report or options.summary or options.exports or options.comment):
        return
    from rules_codspeed.command import reporting

    story = reporting.Story(
        suite=suite.label,
        results=results,
        profiles=[reporting.Profile(one.label, one.mode, one.profile) for one in suite.targets],
        compared_with=past.base.description if past.base else "",
        changes=changes,
        before=past.base.benchmarks if past.base else {},
        base_profiles=_base_profiles(suite, past.base),
        series=past.series,
        notes=[f"{one}." for one in past.unsteady],
    )
    if step:
        reporting.append_summary(story, Path(step), log.warn)
    if options.report:
        reporting.write_html(story, options.report)
    if options.summary:
        reporting.write_summary(story, options.summary)
    for name, path in options.exports:
        reporting.write_export(story, name, path)
    if options.comment:
        review(story, commits.measured().commit, options.report_url, os.environ, log)


def _base_profiles(suite: Suite, base: Base | None) -> list[Profile]:
    """Returns the profiles of what is compared with, where `--compare` names an export."""
    if not base or not base.folder:
        return []
    from rules_codspeed.command.reporting import Profile

    return [
        Profile(target.label, target.mode, profile)
        for target, profile in exported_profiles(base.folder, suite.targets)
    ]
