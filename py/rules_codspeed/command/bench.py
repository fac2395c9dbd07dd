"""The command of a suite, `bazel run //:suite -- [--format table|json] [--out DIR]`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from rules_codspeed.report.collect import Locate, collect, read_suite
from rules_codspeed.report.errors import ReportError
from rules_codspeed.report.export import export

# What the shell reports for a program that dies of SIGPIPE.
_BROKEN_PIPE = 141


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bazel run <suite> --", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="what to print"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="also copy profiles and results into this folder"
    )
    return parser.parse_args(arguments)


def _locator() -> Locate:
    """Returns what finds the file of a runfiles path."""
    from runfiles import Runfiles

    runfiles = Runfiles.Create()

    def locate(runfile: str) -> Path:
        found = runfiles.Rlocation(runfile) if runfiles else None
        if not found:
            raise ReportError(
                f"no runfile {runfile}. Got: no runfiles tree. Expected: the suite started by "
                "Bazel. Fix: start it with 'bazel run'."
            )
        return Path(found)

    return locate


def _out_folder(out: Path) -> Path:
    """Returns the absolute path of --out, without links.

    Raises:
      ReportError: there is none, or the user is in that folder: a shell whose folder is
        replaced stays in the old one, which is deleted.
    """
    # 'bazel run' starts programs elsewhere.
    working = os.environ.get("BUILD_WORKING_DIRECTORY", "")
    try:
        here = Path(working).resolve()
        folder = Path(working, out).resolve()
    except (OSError, RuntimeError) as error:  # the latter tells of a loop of links before 3.13
        raise ReportError(
            f"no folder --out {out}. Got: {error}. Expected: a path that leads somewhere. Fix: "
            "choose another --out."
        ) from error
    if folder == here or folder in here.parents:
        raise ReportError(
            f"cannot write --out {folder}. Got: a folder that you are in, at {here}. Expected: one "
            "that can be replaced as a whole. Fix: choose a folder in it, or start from elsewhere."
        )
    return folder


def _run(arguments: list[str] | None, output: TextIO) -> None:
    options = _parse(arguments)
    suite = read_suite(options.manifest, _locator())
    results = collect(suite)
    if options.out:
        folder = _out_folder(options.out)
        export(suite, results, folder)
        count = len(suite.targets)
        print(f"Wrote the profiles and results of {count} targets to {folder}", file=sys.stderr)
    if options.format == "json":
        # JSON is UTF-8, whatever the encoding of the terminal.
        output.flush()
        output.buffer.write(results.to_json().encode())
    else:
        from rules_codspeed.report.table import print_table

        width = shutil.get_terminal_size().columns if output.isatty() else None
        print_table(suite.label, results, output, width)
    output.flush()


def _discard_output() -> None:
    """Drops what could not be written: Python flushes once more at exit, and would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _run(arguments, sys.stdout)
    except BrokenPipeError:
        _discard_output()
        return _BROKEN_PIPE
    except OSError as error:
        _discard_output()
        print(f"rules_codspeed: {error}", file=sys.stderr)
        return 1
    except ReportError as error:
        print(f"rules_codspeed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
