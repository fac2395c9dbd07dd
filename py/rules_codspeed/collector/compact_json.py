"""JSON exactly as the runner writes it (spec: upload 4)."""

from __future__ import annotations

import re
from typing import Any

from rules_codspeed.collector.errors import Refusal
from rules_codspeed.contract.strict_json import load_json

# Strings hold raw UTF-8 and the shortest escapes; numbers are in their shortest form.
_TOKEN = re.compile(
    r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00(?:0[0-7bef]|1[0-9a-f]))*"'
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e-?[1-9][0-9]*)?"
    r"|true|false|null|[{}\[\]:,]"
)


def parse_compact(body: bytes) -> Any:
    """Parses JSON that has no whitespace, no needless escape and no key twice.

    Raises:
      Refusal: 400, it is not such JSON, too deep, or has a number that is too large.
    """
    try:
        text = body.decode()
        _check_tokens(text)
        return load_json(text, document="")
    except ValueError as error:
        raise Refusal(400, f"the body is not compact JSON: {error}") from error


def _check_tokens(text: str) -> None:
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if not token:
            raise ValueError(f"unexpected {text[position : position + 20]!r} at {position}")
        position = token.end()
