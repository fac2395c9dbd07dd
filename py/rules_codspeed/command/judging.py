"""Reports what changed since an earlier run, and writes the requested files about both."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rules_codspeed.command.comparing import Base, Historian, Past
from rules_codspeed.command.options import Options
from rules_codspeed.contract.printing import print_text
from rules_codspeed.history.commits import Commits
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.report.changes import changes_text
from rules_codspeed.report.collect import Suite
from rules_codspeed.report.export import EXPLAINED, PROFILE, exported_profiles
from rules_codspeed.results.changes import Change, Key
from rules_codspeed.results.model import Results

if TYPE_CHECKING:
    from rules_codspeed.command.reporting import Profile, Story


@dataclass(frozen=True, slots=True)
class Compared:
    """A run beside an earlier one.

    Attributes:
      past: what is known about earlier runs.
      changes: of the benchmarks; none where there is nothing to compare with.
    """

    past: Past
    changes: Sequence[Change]


def look_back(
    suite: Suite,
    results: Results,
    options: Options,
    workspace: Path,
    commits: Commits,
    log: Logger,
) -> Compared:
    """Compares a run with an earlier one, and keeps it for later ones.

    Args:
      suite: what was measured.
      results: of the suite.
      options: of the command line.
      workspace: root of the Bazel workspace.
      commits: what was checked out there before this command wrote anything.
      log: reports problems that are not a reason to fail.

    Raises:
      CodSpeedError: `--compare` names something that is not there.
    """
    historian = Historian(suite.label, workspace, os.environ, commits, options.compare, log.warn)
    past = historian.record(results, with_series=bool(options.report or options.comment))
    return Compared(past, past.changes(results))


def judge(
    suite: Suite,
    results: Results,
    compared: Compared,
    options: Options,
    commit: str,
    log: Logger,
    stdout: TextIO,
) -> None:
    """Reports what changed, writes the requested files, and comments on the change under review.

    Args:
      suite: what was measured.
      results: of the suite.
      compared: of `look_back`.
      options: of the command line.
      commit: that was measured; empty where it is not known.
      log: reports problems that are not a reason to fail.
      stdout: gets the changes, unless it is for JSON.

    Raises:
      CodSpeedError: a file cannot be written, or there is nothing to comment on.
    """
    past, changes = compared.past, compared.changes
    if options.format == "table":
        functions = _functions_behind(suite, compared)
        lines = [f"{one}." for one in [*past.unsteady, *past.notes]]
        if past.base:
            text = changes_text(changes, past.base.description, functions)
            lines += ["", text.removesuffix("\n")]
        if lines:
            print_text("\n".join(lines), sys.stderr if options.events else stdout)
    step = os.environ.get("GITHUB_STEP_SUMMARY") if past.base or options.comment else None
    if not (step or options.report or options.summary or options.exports or options.comment):
        return
    from rules_codspeed.command import reporting

    story = _story(suite, results, compared)
    if step:
        reporting.append_summary(story, Path(step), log.warn)
    if options.report:
        reporting.write_html(story, options.report)
    if options.summary:
        reporting.write_summary(story, options.summary)
    for name, path in options.exports:
        reporting.write_export(story, name, path)
    if options.comment:
        # Talks to a server: slow to import.
        from rules_codspeed.command.reviewing import review

        review(story, commit, options.report_url, os.environ, log)


def _story(suite: Suite, results: Results, compared: Compared) -> Story:
    from rules_codspeed.command.reporting import Story

    past = compared.past
    return Story(
        suite=suite.label,
        results=results,
        profiles=_profiles(suite, PROFILE),
        compared_with=past.base.description if past.base else "",
        changes=compared.changes,
        before=past.base.benchmarks if past.base else {},
        base_profiles=_base_profiles(suite, past.base, PROFILE),
        explained=_profiles(suite, EXPLAINED),
        base_explained=_base_profiles(suite, past.base, EXPLAINED),
        series=past.series,
        notes=[f"{one}." for one in past.unsteady],
    )


def _functions_behind(suite: Suite, compared: Compared) -> Mapping[Key, Sequence[str]]:
    """Returns lines on the functions behind changes; none where no profiles of before are there."""
    base = compared.past.base
    if not base or not base.folder:
        return {}
    from rules_codspeed.command.movers import functions_behind

    sides = [
        (_base_profiles(suite, base, which), _profiles(suite, which))
        for which in (PROFILE, EXPLAINED)
    ]
    return functions_behind(compared.changes, *sides)


def _profiles(suite: Suite, which: str) -> list[Profile]:
    """Returns the profiles of a run, or those that tell its Python functions apart."""
    from rules_codspeed.command.reporting import Profile

    folders = [one.profile if which == PROFILE else one.explained for one in suite.targets]
    return [
        Profile(one.label, one.mode, folder)
        for one, folder in zip(suite.targets, folders, strict=True)
        if folder
    ]


def _base_profiles(suite: Suite, base: Base | None, which: str) -> list[Profile]:
    """Returns the profiles of what is compared with, where `--compare` names an export."""
    if not base or not base.folder:
        return []
    from rules_codspeed.command.reporting import Profile

    return [
        Profile(target.label, target.mode, profile)
        for target, profile in exported_profiles(base.folder, suite.targets, which)
    ]
