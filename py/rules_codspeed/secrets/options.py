"""The command line of `tools:with_secrets`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import VARIABLE

_USAGE = "with_secrets NAME… -- COMMAND [ARGUMENT…]"


class Options(NamedTuple):
    """What to offer, and what to run meanwhile.

    Attributes:
      names: of the variables.
      command: and its arguments.
    """

    names: list[str]
    command: list[str]


def parse_options(arguments: Sequence[str]) -> Options:
    """Reads the command line.

    Raises:
      CodSpeedError: it names no variable or no command.
    """
    names, dash, command = list(arguments), "", []
    if "--" in names:
        at = names.index("--")
        names, dash, command = names[:at], "--", names[at + 1 :]
    wrong = [name for name in names if not VARIABLE.fullmatch(name)]
    if wrong or not names or not command:
        raise CodSpeedError(
            "this command line offers nothing",
            got=f"the name {wrong[0]!r}"
            if wrong
            else "no name of a variable"
            if not names
            else f"no command{'' if dash else ', and no -- before it'}",
            expected=_USAGE,
            fix="name each variable, of at most 60 letters, digits and underscores",
        )
    return Options(list(dict.fromkeys(names)), command)
