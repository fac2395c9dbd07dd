"""The parser of all command lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from rules_codspeed.contract.escaping import printable


class Parser(argparse.ArgumentParser):
    """A parser whose errors, which repeat what was typed, command no terminal and no CI's log."""

    def error(self, message: str) -> NoReturn:
        """Prints usage and message, and ends the process with status 2."""
        super().error(printable(message))


class CommandParser(Parser):
    """A parser of what a person types, which takes no empty value.

    A variable of the shell that is not set makes one: it would choose the default, or the folder
    that the person is in, without a word.
    """

    def parse_known_args(  # type: ignore[override]  # the overloads of typeshed
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Reads a command line; ends the process with status 2 where a value is empty."""
        args = sys.argv[1:] if args is None else args
        for before, argument in zip(["", *args], args, strict=False):
            option, equals, value = argument.partition("=")
            if not (equals and option.startswith("--")):
                option, value = before, argument
            if not value.strip():
                about = f"argument {option}: it" if option.startswith("-") else "an argument"
                self.error(f"{about} is empty; give it a value, or leave it out")
        return super().parse_known_args(args, namespace)
