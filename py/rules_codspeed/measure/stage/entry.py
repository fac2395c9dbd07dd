"""What the command lines share: options, interruption, errors."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import run_entry
from rules_codspeed.contract.spec import Spec, parse_spec
from rules_codspeed.measure.stage.manifest import parse_manifest


def options(description: str | None) -> argparse.ArgumentParser:
    """Returns a parser with the options that all drivers need."""
    parser = Parser(description=description, allow_abbrev=False)
    parser.add_argument("--spec", required=True, help="description of the benchmark, JSON")
    parser.add_argument("--files", required=True, help="manifest of the files of the program")
    parser.add_argument("--root", default="", help="folder that sources are relative to")
    return parser


def read_spec(path: str) -> Spec:
    """Reads the file of `--spec`."""
    return parse_spec(_text(path), path)


def read_manifest(path: str, root: str) -> dict[str, str]:
    """Reads the file of `--files`."""
    return parse_manifest(_text(path), path, root)


def _text(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    raise SystemExit(128 + number)


def run_driver(work: Callable[[], None]) -> int:
    """Does the work of a driver; returns its exit status.

    When asked to end, it leaves nothing behind.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _interrupt)
    return run_entry(work)
