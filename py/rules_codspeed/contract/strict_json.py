"""The one reader of JSON from outside: how much there is of it is bounded before it takes memory.

Stricter than the module `json`: UTF-8 only, no number that JSON does not know or a `float` cannot
hold, no key twice, no half of a surrogate pair, and neither levels nor digits without a limit.

The measuring drivers import it: nothing beyond the standard library, and little of that.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.file_limits import DOCUMENT, Limit

if TYPE_CHECKING:
    from pathlib import Path

MOST_LEVELS = 127
"""Objects and lists within each other, as in CodSpeed's runner: serde_json refuses the 128th."""
MOST_VALUES = 1 << 24
"""Members and elements of a document. An empty list of two bytes takes some hundred, parsed."""
MOST_DIGITS = 400
"""Characters of a number. Those of the largest `float` are fewer, and longer ones take time."""

MOST_MEMBERS = 1 << 17
"""Members of one object. Whoever validates it may take a kilobyte for each that is wrong."""

_LONGEST_PATH = 300  # characters
_LONGEST_KEY = 80  # characters
_MOST_FAULTS = 100
_TOO_DEEP = f"more than {MOST_LEVELS} levels"

_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF_PAIR = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")

Location = tuple[int | str, ...]
"""The keys and indices that lead to a value."""


class DocumentError(ValueError):
    """A document cannot be used. The message has a line a fault, each with its place.

    Whoever reads the document catches it, and adds the file and the next step.
    """


def read_document(path: Path, limit: Limit = DOCUMENT) -> bytes:
    """Returns the content of a file that is no larger than that of its kind can be.

    Whoever opens a pipe waits for another program to write, and some devices have no end.

    Raises:
      DocumentError: it is not a regular file, or is too large.
      OSError: it cannot be read.
      ValueError: its name has a byte 0.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError("it is not a regular file")
        size, content = status.st_size, b""
        if size <= limit.size:
            with open(descriptor, "rb", closefd=False) as file:
                # It may have grown.
                content = file.read(limit.size + 1)
                size = len(content)
        if size > limit.size:
            more = f"more than the {limit.size:,} of {limit.kind}"
            raise DocumentError(f"it has {size:,} bytes, {more}")
        return content
    finally:
        os.close(descriptor)


def load_json(
    content: bytes | str,
    *,
    document: str = "the document",
    most_values: int = MOST_VALUES,
) -> Any:
    """Returns what a JSON document holds, as the module `json` does.

    Args:
      content: of the file.
      document: stands for the place where the whole document is wrong; may be empty.
      most_values: members and elements that it may have in all.

    Raises:
      DocumentError: it is not JSON, or more than that.
    """
    reading = _Reading(document)
    try:
        text = content if isinstance(content, str) else content.decode()
        if sum(map(text.count, ",[{")) > most_values:
            raise _fault(document, f"more than {most_values:,} values")
        value = json.loads(
            text,
            object_pairs_hook=reading.members,
            parse_constant=reading.constant,
            parse_float=reading.real,
            parse_int=reading.whole,
        )
    except RecursionError:
        raise _fault(document, _TOO_DEEP) from None
    except UnicodeDecodeError as error:
        raise _fault(document, f"not JSON: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _fault(document, f"not JSON: {error}") from error
    if text.count("[") + text.count("{") > MOST_LEVELS and _is_deeper(value):
        raise _fault(document, _TOO_DEEP)
    # Most documents need no search for what is wrong.
    odd = _oddities(value) if reading.odd or _HALF_PAIR.search(text) else ()
    faults = [str(_fault(place(at) or document, what)) for at, what in islice(odd, _MOST_FAULTS)]
    if faults:
        raise DocumentError("\n".join(faults))
    return value


def place(location: Location) -> str:
    """Returns a place in a document for people, such as `targets[0].label`; empty for all of it."""
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in location)
    return bounded("".join(steps).removeprefix("."), _LONGEST_PATH)


def bounded(text: str, longest: int) -> str:
    """Returns the start of a text, fit for a terminal."""
    start = printable(text[:longest])
    return start if len(text) <= longest and len(start) <= longest else f"{start[:longest]}..."


class _Odd(str):
    """A number that is none: the text is why."""


class _Repeated(dict[str, object]):
    """An object that has a key twice."""

    key: str


class _Reading:
    """Makes values of a document, and puts something odd where one is wrong: its place is unknown.

    Attributes:
      odd: whether it did so.
    """

    def __init__(self, document: str) -> None:
        self._document = document
        self.odd = False

    def _refused(self, fault: str) -> _Odd:
        self.odd = True
        return _Odd(fault)

    def constant(self, name: str) -> _Odd:
        return self._refused(f"{name} is not a number of JSON")

    def whole(self, text: str) -> int | _Odd:
        if len(text) > MOST_DIGITS:
            return self._refused(f"a number of {len(text):,} digits")
        return int(text)

    def real(self, text: str) -> float | _Odd:
        if len(text) > MOST_DIGITS:
            return self._refused(f"a number of {len(text):,} digits")
        value = float(text)
        if not math.isfinite(value):
            return self._refused(f"{bounded(text, _LONGEST_KEY)} is too large a number")
        return value

    def members(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(pairs) > MOST_MEMBERS:
            fault = f"an object of more than {MOST_MEMBERS:,} members"
            raise _fault(self._document, fault)
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        self.odd = True
        repeated, seen = _Repeated(members), set[str]()
        for key, _ in pairs:
            if key in seen:
                repeated.key = key
                break
            seen.add(key)
        return repeated


def _fault(at: str, what: str) -> DocumentError:
    return DocumentError(f"{at}: {what}" if at else what)


def _is_deeper(value: object) -> bool:
    """Returns whether a value has too many levels; without recursion."""
    level = _inside([value])
    for _ in range(MOST_LEVELS):
        if not level:
            return False
        level = [inner for one in level for inner in _inside(one)]
    return bool(level)


def _inside(value: Any) -> list[Any]:
    """Returns the objects and lists directly in one."""
    values = value.values() if isinstance(value, dict) else value
    return [one for one in values if isinstance(one, dict | list)]


def _oddities(document: object) -> Iterator[tuple[Location, str]]:
    """Yields what is wrong in a document, in its order."""
    pending: list[tuple[Location, object]] = [((), document)]
    while pending:
        location, value = pending.pop()
        if isinstance(value, _Odd):
            yield location, str(value)
        elif isinstance(value, str) and _SURROGATE.search(value):
            yield location, "half of a surrogate pair, which is not Unicode"
        elif isinstance(value, dict):
            if isinstance(value, _Repeated):
                yield location, f"the key {bounded(repr(value.key), _LONGEST_KEY)} occurs twice"
            if any(map(_SURROGATE.search, value)):
                yield location, "a key with half of a surrogate pair, which is not Unicode"
            pending += reversed([((*location, key), one) for key, one in value.items()])
        elif isinstance(value, list):
            pending += reversed([((*location, at), one) for at, one in enumerate(value)])
