"""Which version of the official runner we speak as, and what that decides."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules_codspeed.publish.errors import PublishError

_VERSION = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")

# First version of each schema, newest first; source: upload.md 4.1 and the runner's tags.
_SCHEMAS = (((4, 14, 0), 10), ((4, 12, 0), 9), ((4, 9, 0), 8))
_OLDEST = (4, 9, 0)
_NEWEST = (5, 0, 2)
_SIGNED_EXPONENTS = (4, 17, 0)


@dataclass(frozen=True, slots=True)
class RunnerVersion:
    """A version of the official runner.

    Attributes:
      version: such as `5.0.2`.
      schema: version of the run metadata that it writes: 8, 9 or 10.
      signed_exponents: whether it writes the number 1e16 as `1e+16`, which its JSON library
        does from 4.17.0 on, or as `1e16`.
    """

    version: str
    schema: int
    signed_exponents: bool


def parse_runner_version(text: str) -> RunnerVersion:
    """Returns the version that a text such as `5.0.2` or `v5.0.2` names.

    Raises:
      PublishError: it is no version, or none whose wire format we know.
    """
    match = _VERSION.fullmatch(text)
    if match:
        number = (int(match[1]), int(match[2]), int(match[3]))
        if _OLDEST <= number <= _NEWEST:
            schema = next(schema for first, schema in _SCHEMAS if number >= first)
            return RunnerVersion(_text(number), schema, number >= _SIGNED_EXPONENTS)
    raise PublishError(
        f"unknown runner version. Got: {text!r}. Expected: {_text(_OLDEST)} to {_text(_NEWEST)} "
        f"(metadata 8 from {_text(_OLDEST)}, 9 from 4.12.0, 10 from 4.14.0). "
        f"Fix: choose one of these, or leave it out for {_text(_NEWEST)}."
    )


def _text(number: tuple[int, int, int]) -> str:
    return ".".join(map(str, number))


DEFAULT = parse_runner_version(_text(_NEWEST))
