"""The notation of the table and of the files generated from it. Standard library only."""

from __future__ import annotations

import json
from typing import Any

_DEEPEST_ON_A_LINE = 3


def json_text(value: Any) -> str:
    """Returns a JSON value as text: a record of a list is on a line of its own.

    So is every value that nests no deeper than a record may.
    """
    return _lines(value, "\n") + "\n"


def _lines(value: Any, line_end: str) -> str:
    if not _holds_records(value) and _depth(value) <= _DEEPEST_ON_A_LINE:
        return json.dumps(value)
    inner = f"{line_end} "
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_lines(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{line_end}}}"
    items = [_lines(item, inner) for item in value]
    return f"[{inner}{f',{inner}'.join(items)}{line_end}]"


def _holds_records(value: Any) -> bool:
    """Returns whether a value is a list of dicts, or contains one."""
    items = _items(value)
    is_records = isinstance(value, list) and any(isinstance(item, dict) for item in items)
    return is_records or any(map(_holds_records, items))


def _depth(value: Any) -> int:
    nests = isinstance(value, dict | list)
    return 1 + max(map(_depth, _items(value)), default=0) if nests else 0


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []
