"""Makes results.json from what a target measured. Entry of the action CodSpeedResults."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved:
    # in a sandbox this file is a link, but its neighbours are beside the link.
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.modes import MODES
from rules_codspeed.results.model import Results
from rules_codspeed.results.summary import read_provenance


def _run(arguments: list[str] | None) -> None:
    parser = Parser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--mode", choices=MODES, required=True, help="how it was measured")
    parser.add_argument(
        "--measured", type=Path, required=True, help="what the mode's driver left: file or folder"
    )
    parser.add_argument("--provenance", type=Path, required=True, help="how it was measured")
    parser.add_argument("--output", type=Path, required=True, help="results.json to write")
    parser.add_argument(
        "--allow-empty", action="store_true", help="accept a target that measured no benchmark"
    )
    options = parser.parse_args(arguments)
    provenance = read_provenance(options.provenance, options.mode)
    # Only the reader of the mode is loaded.
    own = f"rules_codspeed.results.readers.{options.mode}"
    reader = import_module(own if find_spec(own) else "rules_codspeed.results.readers.numbers")
    results: Results = reader.summarize(options.measured, provenance, options.allow_empty)
    options.output.write_text(results.to_json(), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    return run_entry(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(main())
