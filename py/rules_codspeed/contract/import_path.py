"""How an entry finds the wheels that it imports: a rule passes their folders by `--import-path`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rules_codspeed.contract.arguments import Parser


def add_import_path_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option `--import-path`, which may be repeated."""
    parser.add_argument(
        "--import-path", action="append", default=[], help="folder of a wheel to import"
    )


def use_import_path(arguments: Sequence[str]) -> None:
    """Searches the folders of a command line right after our own: before a module imports one."""
    early = Parser(add_help=False, allow_abbrev=False)
    add_import_path_option(early)
    sys.path[1:1] = early.parse_known_args(arguments)[0].import_path
