"""Turns the raw run of a benchmark into its profile. Entry of the action CodSpeedHarvest."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved:
    # in a sandbox this file is a link, but its neighbours are beside the link.
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))
    from rules_codspeed.contract.import_path import use_import_path

    use_import_path(sys.argv[1:])

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import CodSpeedError, error_text, run_entry
from rules_codspeed.contract.import_path import add_import_path_option
from rules_codspeed.contract.printing import print_message
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import Summary, harvest

# How many warnings of a run are printed; all of them are in the log.
_SHOWN = 20


def _options() -> argparse.ArgumentParser:
    parser = Parser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--raw", type=Path, required=True, help="folder of the raw run")
    parser.add_argument("--profile", type=Path, required=True, help="folder to write to, empty")
    parser.add_argument("--log", type=Path, required=True, help="file for notes and warnings")
    add_import_path_option(parser)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _options().parse_args(arguments)
    return run_entry(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    with options.log.open("w", encoding="utf-8") as stream:
        log = Log(stream)
        if not any(options.raw.iterdir()):
            log.note("there is nothing to harvest: the target failed")
            options.profile.mkdir(parents=True, exist_ok=True)
            return
        try:
            summary = harvest(options.raw, options.profile, log)
        except (CodSpeedError, OSError) as error:
            log.note(error_text(error))
            raise
        log.note(_description(summary))
    for warning in log.warnings[:_SHOWN]:
        print_message(f"rules_codspeed: warning: {summary.label}: {warning}")
    if len(log.warnings) > _SHOWN:
        print_message(f"rules_codspeed: {len(log.warnings) - _SHOWN} more in its log")


def _description(summary: Summary) -> str:
    return (
        f"{summary.label}: layout of runner {summary.version}, {summary.modules} modules, "
        f"{summary.processes} processes, {'with' if summary.metadata else 'no'} metadata"
    )


if __name__ == "__main__":
    sys.exit(main())
