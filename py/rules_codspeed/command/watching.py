"""`--watch`: measures again whenever a source changes, and shows the difference to the last run.

Under ibazel, which builds by itself and keeps a program with the tag `ibazel_notify_changes`
running, its messages on standard input state that there are new results. Without it, the suite's
sources are looked at again and again, and Bazel is started.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rules_codspeed.command.inner_bazel import bazel_environment, bazel_program
from rules_codspeed.contract.errors import CodSpeedError, report
from rules_codspeed.contract.printing import print_message, print_text
from rules_codspeed.report.changes import changes_text
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import Results

_PERIOD = 0.5  # seconds between looks at the files
_IBAZEL_VARIABLE = "IBAZEL_NOTIFY_CHANGES"
_IBAZEL_DONE = "IBAZEL_BUILD_COMPLETED SUCCESS"
Files = dict[Path, tuple[int, int]]
"""By file, when it was changed (ns since 1970) and its size; those that are gone are not there."""


def watch(
    label: str,
    results: Results,
    measure: Callable[[], Results],
    flags: Sequence[str],
    workspace: Path,
) -> int:
    """Shows what changes until the person ends it, or ibazel does; returns the exit status.

    Args:
      label: of the suite.
      results: of the first run.
      measure: reads the results that a build left.
      flags: of the builds.
      workspace: root of the Bazel workspace.

    Raises:
      CodSpeedError: the sources of the suite cannot be found.
    """
    builds = (
        _builds_of_ibazel()
        if os.environ.get(_IBAZEL_VARIABLE)
        else _own_builds(label, flags, workspace)
    )
    for seconds in builds:
        try:
            now = measure()
        except CodSpeedError as error:
            report(error)
            continue
        took = f", built in {seconds:.1f} s" if seconds else ""
        before, after = recorded(results), recorded(now)
        changes = compare(before, after, lambda _, mode: default_rules(mode))
        text = changes_text(changes, f"the last run{took}")
        print_text(f"\n{time.strftime('%H:%M:%S')}  {text}".rstrip("\n"), sys.stdout)
        results = now
    return 0


def _builds_of_ibazel() -> Iterator[float]:
    """Yields after each build of ibazel that succeeded; how long it took is not known."""
    for line in sys.stdin:
        if line.strip() == _IBAZEL_DONE:
            yield 0.0


def _own_builds(label: str, flags: Sequence[str], workspace: Path) -> Iterator[float]:
    """Yields the seconds of each build of our own that succeeded."""
    bazel = bazel_program(workspace)
    while True:
        sources = _sources(bazel, label, workspace)
        print_message(f"Watching {len(sources):,} files of {label}. Ctrl-C ends it.")
        _wait_for_change(sources)
        start = time.monotonic()
        command = [bazel, "build", *flags, "--", label]
        if (
            subprocess.run(command, cwd=workspace, env=bazel_environment(os.environ)).returncode
            == 0
        ):
            yield time.monotonic() - start


def _wait_for_change(files: Sequence[Path]) -> None:
    """Returns when files have changed, and then have been at rest for a moment."""
    first = seen = _state(files)
    while True:
        time.sleep(_PERIOD)
        now = _state(files)
        if now != first and now == seen:
            return
        seen = now


def _state(files: Sequence[Path]) -> Files:
    found: Files = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        found[file] = (status.st_mtime_ns, status.st_size)
    return found


def _sources(bazel: str, label: str, workspace: Path) -> list[Path]:
    """Returns the files of the workspace that a suite is made of, BUILD files included."""
    query = f'kind("source file", deps({label})) union buildfiles(deps({label}))'
    done = subprocess.run(
        [bazel, "query", "--keep_going", "--noshow_progress", "--output=label", query],
        cwd=workspace,
        env=bazel_environment(os.environ),
        capture_output=True,
        text=True,
    )
    # Those of other repositories begin with @; they do not change while a person optimises.
    labels = [one for one in done.stdout.splitlines() if one.startswith("//")]
    if not labels:
        raise CodSpeedError(
            f"cannot find the sources of {label}",
            got=(done.stderr.strip().splitlines() or ["no files"])[-1],
            expected="those that 'bazel query' prints",
            fix="see whether the suite can be built, or start it by ibazel",
        )
    return [workspace.joinpath(*one.removeprefix("//").split(":", 1)) for one in labels]
