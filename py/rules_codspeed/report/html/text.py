"""Puts text and data from outside into a page as what they are: data."""

from __future__ import annotations

import base64
import json
import zlib

from rules_codspeed.contract import escaping

LONGEST = 2000
"""Characters of a name; the middle of a longer one is left out."""

_LEVEL = 6


def visible(text: str, longest: int = LONGEST) -> str:
    """Returns text whose control and direction characters are written out, of bounded length."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]}…({len(text) - 2 * half} characters)…{text[-half:]}"
    return escaping.visible(text)


def packed(value: object) -> str:
    """Returns JSON as text for the page's `unpack`: deflated (RFC 1950), in base64."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), _LEVEL)).decode("ascii")
