"""What the two command lines share: options and errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.import_path import add_import_path_option
from rules_codspeed.judge.config import Config, read_config


def run_judge(
    description: str | None, arguments: list[str] | None, work: Callable[[Config], int]
) -> int:
    """Runs a command line; returns its exit status."""
    parser = Parser(description=description, allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="what the test is about, JSON")
    parser.add_argument("--runfiles", type=Path, required=True, help="folder of its files")
    add_import_path_option(parser)
    options = parser.parse_args(arguments)
    return run_entry(lambda: work(read_config(options.config, options.runfiles)))
