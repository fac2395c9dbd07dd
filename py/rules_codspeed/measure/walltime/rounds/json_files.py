"""Reads JSON files that programs wrote, as strictly as CodSpeed's runner does."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder

_MAX_DIGITS: Final = 400
# Documents are written again, which takes several levels of calls for each of theirs.
_MOST_LEVELS: Final = 100


def read_json(folder: UntrustedFolder, name: str, what: str) -> Any:
    """Returns the document of a file.

    Args:
      folder: where it is.
      name: of the file in the folder.
      what: it is to hold, such as `results of a CodSpeed integration`.

    Raises:
      CodSpeedError: it cannot be read, is too long or is not JSON. NaN, infinite numbers,
        duplicate keys and texts that are not Unicode are not JSON.
    """
    path = f"{folder.path}/{name}"
    try:
        return _parsed(folder.read(name, DOCUMENT))
    except RecursionError:
        raise _unreadable(path, "nested too deeply", what) from None
    except Refused as error:
        raise _unreadable(path, error.reason, what) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _unreadable(path, str(reason), what) from error


def _parsed(content: bytes) -> Any:
    document = json.loads(
        content.decode(),
        object_pairs_hook=_object,
        parse_float=_number,
        parse_int=_integer,
        parse_constant=_constant,
    )
    level = _inside([document])
    for _ in range(_MOST_LEVELS):
        if not level:
            return document
        level = [inner for one in level for inner in _inside(one)]
    raise ValueError(f"nested too deeply, more than {_MOST_LEVELS} levels")


def _inside(value: Any) -> list[Any]:
    """Returns the objects and lists directly in a value."""
    values = value.values() if isinstance(value, dict) else value
    return [one for one in values if isinstance(one, (dict, list))]


def _unreadable(path: str, reason: str, what: str) -> CodSpeedError:
    return CodSpeedError(
        f"the file {printable(path)} cannot be read",
        got=reason[:300],
        expected=f"a regular file with {what}, as JSON of up to {DOCUMENT.size >> 20} MB",
        fix="see what the program's CodSpeed integration wrote, and that its version is one of "
        "those "
        "that are supported",
    )


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
