"""Gives code of which callgrind knows only the address the object file that it lies in.

Callgrind writes `ob=???` and the address as the name of the function. Where the object is known,
offsets in it stand in their place, as callgrind itself writes them for an object without symbols.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Functions = dict[tuple[bytes, bytes, bytes], list[bytes]]
"""Texts of costs by object, file and name of a function."""

PlaceOf = Callable[[bytes], tuple[bytes, bytes] | None]
"""Returns object and name of a function that is named by its address, or None."""

_UNKNOWN = b"???"
# The object of the callee where it is not the caller's, its file, its name.
_CALLED = re.compile(rb"^(?:cob=(.*)\n)?((?:cfi=.*\n)?cfn=)(.*)$", re.MULTILINE)


def placed(functions: Functions, place_of: PlaceOf) -> Functions:
    """Returns functions with the places that were found for them and for what they call."""
    found: Functions = {}
    for (object_, file, name), texts in functions.items():
        place = place_of(name) if object_ == _UNKNOWN else None
        own, shown = place or (object_, name)
        if object_ == _UNKNOWN or any(b"cob=" + _UNKNOWN in text for text in texts):
            texts = [_with_places(text, object_, own, place_of) for text in texts]
        found.setdefault((own, file, shown), []).extend(texts)
    return found


def _with_places(text: bytes, before: bytes, own: bytes, place_of: PlaceOf) -> bytes:
    """Returns the costs of a function with the places of what it calls.

    Args:
      text: the costs.
      before: what callgrind took for the function's object.
      own: the function's object.
      place_of: finds places.
    """

    def called(found: re.Match[bytes]) -> bytes:
        object_ = before if found[1] is None else found[1]
        place = place_of(found[3]) if object_ == _UNKNOWN else None
        object_, name = place or (object_, found[3])
        stated = b"" if object_ == own else b"cob=%b\n" % object_
        return b"%b%b%b" % (stated, found[2], name)

    return _CALLED.sub(called, text)
