"""What pydantic finds wrong with a document, for people: one line a fault.

Apart from the rest of this room, which needs the standard library only.
"""

from __future__ import annotations

from pydantic import ValidationError

from rules_codspeed.contract.escaping import printable

_LONGEST_PATH = 300  # characters
_LONGEST_INPUT = 80  # characters


def validation_faults(
    error: ValidationError, *, document: str = "document", show_input: bool = False
) -> list[str]:
    """Returns what is wrong, such as `targets[0].label: Field required`; fit for a terminal.

    Args:
      error: what pydantic raised.
      document: stands for the path where the whole document is wrong.
      show_input: adds a wrong value, such as `, got 7`. Not for documents that hold a secret.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=show_input)
    return [
        f"{_path(fault['loc']) or document}: {_message(fault['msg'])}"
        f"{_got(fault['input']) if show_input else ''}"
        for fault in faults
    ]


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in location)
    return _bounded("".join(steps).removeprefix("."), _LONGEST_PATH)


def _message(text: str) -> str:
    return printable(text).removeprefix("Value error, ")


def _got(value: object) -> str:
    """Returns a scalar as Python writes it: whole objects and documents explain nothing."""
    known = value is None or isinstance(value, str | int | float)
    # A text with more than one line is a whole document.
    if not known or (isinstance(value, str) and "\n" in value):
        return ""
    return f", got {_bounded(repr(value), _LONGEST_INPUT)}"


def _bounded(text: str, longest: int) -> str:
    start = printable(text[:longest])
    return start if len(text) <= longest and len(start) <= longest else f"{start[:longest]}..."
