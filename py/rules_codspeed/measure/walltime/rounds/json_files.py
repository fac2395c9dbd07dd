"""Reads JSON files that programs wrote, as strictly as CodSpeed's runner does."""

from __future__ import annotations

import json
import math
import os
import stat
from typing import Any, Final, NoReturn

from rules_codspeed.contract.errors import CodSpeedError

MAX_BYTES: Final = 64 << 20
_MAX_DIGITS: Final = 400


def read_json(path: str, what: str) -> Any:
    """Returns the document of a file.

    Args:
      path: of the file.
      what: it is to hold, such as `results of a CodSpeed integration`.

    Raises:
      CodSpeedError: it cannot be read, is too long or is not JSON. NaN, infinite numbers,
        duplicate keys and texts that are not Unicode are not JSON.
    """
    try:
        return json.loads(
            _content(path).decode(),
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except RecursionError:
        raise _unreadable(path, "nested too deeply", what) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _unreadable(path, str(reason), what) from error


def _unreadable(path: str, reason: str, what: str) -> CodSpeedError:
    return CodSpeedError(
        f"the file {path} cannot be read",
        got=reason[:300],
        expected=f"{what}, as JSON of up to {MAX_BYTES >> 20} MB",
        fix="see what the program's CodSpeed integration wrote, and that its version is one of "
        "those "
        "that are supported",
    )


def _content(path: str) -> bytes:
    # Opening must not wait if a program left a pipe.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not a regular file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES} bytes")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("an object has a key twice")
    for key, value in pairs:
        for text in (key, value):
            if isinstance(text, str):
                text.encode()  # UnicodeEncodeError is a ValueError
    return made


def _integer(digits: str) -> int:
    # Longer ones take quadratic time.
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
