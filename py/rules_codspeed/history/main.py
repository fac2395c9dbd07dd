"""Shows, exports and prunes the history: `bazel run @rules_codspeed//tools:history -- list`."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.contract.printing import print_json, print_message, print_text
from rules_codspeed.history.commits import short
from rules_codspeed.history.database import History, opened
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.options import parser
from rules_codspeed.history.place import history_file
from rules_codspeed.history.repeatability import Unrepeatable, unrepeatable
from rules_codspeed.history.rows import Run
from rules_codspeed.history.store import prune, read_run, runs


def run_command(
    options: argparse.Namespace, workspace: Path, variables: Mapping[str, str], stdout: TextIO
) -> None:
    """Does what the command line asks for.

    Raises:
      HistoryError: it cannot be done.
    """
    path = history_file(workspace, variables)
    if not path.exists():
        raise HistoryError(
            f"no history of {workspace}",
            got=f"no file {path}",
            expected="results of a run",
            fix="'bazel run' a suite first",
        )
    with opened(path, print_message) as connection:
        if options.command == "list":
            _list(connection, options, stdout)
        elif options.command == "show":
            _show(connection, options.run, stdout)
        elif options.command == "export":
            _export(connection, options, stdout)
        else:
            _prune(connection, options, stdout)


def _list(connection: History, options: argparse.Namespace, stdout: TextIO) -> None:
    found = runs(connection, options.suite, options.most)
    if not found:
        print_text("No runs.", stdout)
        return
    unsteady = unrepeatable(connection)
    print_text("\n".join(_line(run, unsteady) for run in found), stdout)


def _line(run: Run, unsteady: Sequence[Unrepeatable]) -> str:
    measured = run.measured
    changed = "" if measured.clean else " with uncommitted changes"
    place = (
        f"{short(measured.commit) or 'no commit'} {printable(measured.branch)}".rstrip() + changed
    )
    when = datetime.datetime.fromtimestamp(run.time, tz=datetime.timezone.utc)
    what = f"{printable(run.suite)}  {run.benchmarks} benchmarks"
    line = f"{run.id:>5}  {when:%Y-%m-%d %H:%M}  {place}  {what}"
    own = [one for one in unsteady if run.id in one.runs]
    if own:
        more = f" and {len(own) - 1} more" if len(own) > 1 else ""
        line += f"  not repeatable: {printable(own[0].label)} {own[0].since}{more}"
    return line


def _show(connection: History, number: int, stdout: TextIO) -> None:
    run = next((one for one in runs(connection) if one.id == number), None)
    if not run:
        raise HistoryError(
            f"no run {number}",
            got="a number that no run has",
            expected="one of those that 'list' shows",
            fix="choose one of them",
        )
    lines = [_line(run, unrepeatable(connection, number))]
    for (label, mode, uri), one in sorted(read_run(connection, number).items()):
        numbers = "  ".join(f"{printable(name)} {value:,}" for name, value in one.metrics.items())
        lines.append(f"{printable(f'{label} ({mode})  {uri}')}  {numbers}")
    print_text("\n".join(lines), stdout)


def _export(connection: History, options: argparse.Namespace, stdout: TextIO) -> None:
    if str(options.file) == "-":
        _write(connection, options.suite, lambda line: print_json(line, stdout))
        return
    # 'bazel run' starts programs elsewhere.
    file = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), options.file).absolute()
    try:
        with output_file(file) as draft:
            _write(connection, options.suite, lambda line: draft.write(line.encode()))
    except OSError as error:
        raise HistoryError(
            f"cannot write {file}",
            got=error,
            expected="a file that you may write, on a disk with space",
            fix="name another",
        ) from error


def _write(connection: History, suite: str | None, write: Callable[[str], object]) -> None:
    for run in reversed(runs(connection, suite)):
        benchmarks = [
            {
                "label": label,
                "mode": mode,
                "uri": uri,
                "metrics": one.metrics,
                "rounds_ns": one.rounds_ns,
                "conditions": one.conditions,
                "inputs": one.inputs,
                "noise": one.noise,
            }
            for (label, mode, uri), one in sorted(read_run(connection, run.id).items())
        ]
        document = {
            "run": run.id,
            "time": run.time,
            "suite": run.suite,
            "commit": run.measured.commit,
            "branch": run.measured.branch,
            "clean": run.measured.clean,
            "rules_version": run.rules_version,
            "benchmarks": benchmarks,
        }
        write(json.dumps(document) + "\n")


def _prune(connection: History, options: argparse.Namespace, stdout: TextIO) -> None:
    old: list[int] = []
    kept: dict[str, int] = {}
    for run in runs(connection):
        when = datetime.datetime.fromtimestamp(run.time, tz=datetime.timezone.utc).date()
        kept[run.suite] = kept.get(run.suite, 0) + 1
        surplus = options.before is None and kept[run.suite] > options.keep
        late = options.before is not None and when < options.before
        old += [run.id] if surplus or late else []
    prune(connection, old)
    print_text(f"Removed {len(old)} runs; {len(runs(connection))} are left.", stdout)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    return run_entry(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    run_command(options, workspace, os.environ, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
