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


def _run(arguments: list[str] | None, output: TextIO) -> None:
    options = _parse(arguments)
    suite = read_suite(options.manifest, _locator())
    results = collect(suite)
    if options.out:
        # 'bazel run' starts programs elsewhere.
        folder = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), options.out).resolve()
        export(suite, results, folder)
        count = len(suite.targets)
        print(f"Wrote the profiles and results of {count} targets to {folder}", file=sys.stderr)
    if options.format == "json":
        output.write(results.to_json())
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
