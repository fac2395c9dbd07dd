"""Makes results.json from what a target measured. Entry of the action CodSpeedResults."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved:
    # in a sandbox this file is a link, but its neighbours are beside the link.
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))

from rules_codspeed.contract.accounting import failed
from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import BenchmarkError, run_entry
from rules_codspeed.contract.modes import MODES
from rules_codspeed.results.model import SCHEMA, Results, Unmeasured, merge
from rules_codspeed.results.summary import read_accounting, read_provenance
from rules_codspeed.results.worker import run


def _run(arguments: list[str] | None) -> None:
    parser = Parser(description=__doc__, allow_abbrev=False, fromfile_prefix_chars="@")
    parser.add_argument("--mode", choices=MODES, required=True, help="how it was measured")
    parser.add_argument(
        "--measured", type=Path, required=True, help="what the mode's driver left: file or folder"
    )
    parser.add_argument("--provenance", type=Path, required=True, help="how it was measured")
    parser.add_argument("--accounting", type=Path, required=True, help="what gave no number")
    parser.add_argument("--output", type=Path, required=True, help="results.json to write")
    parser.add_argument(
        "--allow-empty", action="store_true", help="accept a target that measured no benchmark"
    )
    options = parser.parse_args(arguments)
    accounting = read_accounting(options.accounting)
    measured = Results(SCHEMA, [], [])
    if not accounting.failure:
        try:
            measured = _read(options)
        except BenchmarkError as error:
            accounting = failed(accounting.label, error)
    label, mode = accounting.label, options.mode
    others = [
        Unmeasured(one.uri, label, mode, one.outcome, one.reason) for one in accounting.unmeasured
    ]
    results = merge([measured, Results(SCHEMA, [], [], unmeasured=others)])
    options.output.write_text(results.to_json(), encoding="utf-8")


def _read(options: argparse.Namespace) -> Results:
    """Returns what was measured; raises BenchmarkError if it cannot be read."""
    provenance = read_provenance(options.provenance, options.mode)
    # Only the reader of the mode is loaded.
    own = f"rules_codspeed.results.readers.{options.mode}"
    reader = import_module(own if find_spec(own) else "rules_codspeed.results.readers.numbers")
    found: Results = reader.summarize(options.measured, provenance, options.allow_empty)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    return run_entry(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(run(main))
