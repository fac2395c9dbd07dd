"""The parser of all command lines."""

from __future__ import annotations

import argparse
from typing import NoReturn

from rules_codspeed.contract.escaping import printable


class Parser(argparse.ArgumentParser):
    """A parser whose errors, which repeat what was typed, command no terminal and no CI's log."""

    def error(self, message: str) -> NoReturn:
        """Prints usage and message, and ends the process with status 2."""
        super().error(printable(message))
