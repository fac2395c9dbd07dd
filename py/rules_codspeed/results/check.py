"""Fails the build for a target that failed, or has benchmarks that did. Entry of CodSpeedCheck.

The actions before it succeed, so that a suite shows what the others measured.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

if __name__ == "__main__":
    # As in summarize.py.
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))

from rules_codspeed.contract.accounting import headline
from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import load_json, read_document
from rules_codspeed.results.worker import run


def _run(arguments: list[str] | None) -> None:
    parser = Parser(description=__doc__, allow_abbrev=False, fromfile_prefix_chars="@")
    parser.add_argument("--results", type=Path, required=True, help="results of one target")
    parser.add_argument("--output", type=Path, required=True, help="file to write if all is well")
    options = parser.parse_args(arguments)
    # An action of this version wrote and checked it: no schema is needed here.
    document = load_json(read_document(options.results, RESULTS_DOCUMENT))
    failed = [one for one in document["unmeasured"] if one["outcome"] == "failed"]
    if failed:
        raise failure(failed, len(document["benchmarks"]) + len(document["unmeasured"]))
    options.output.touch()


def failure(failed: Sequence[Mapping[str, str]], listed: int) -> CodSpeedError:
    """Returns the error of a target.

    Args:
      failed: what of it failed, at least one.
      listed: how many benchmarks it has, if it did not fail as a whole.
    """
    label = failed[0]["label"]
    whole = [one["reason"] for one in failed if not one["uri"]]
    if whole:
        what, *below = whole[0].split("\n")
        return CodSpeedError(what, fix=None, below=below)
    return CodSpeedError(
        f"{len(failed)} of the {listed} benchmarks of {label} failed ({failed[0]['mode']}).",
        fix="mend what is named; the smoke test runs the same without measuring, and "
        f"'bazel build --output_groups=log {label}' shows what was printed",
        below=[f"  {one['uri']}: {headline(one['reason'])}" for one in failed],
    )


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    return run_entry(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(run(main))
