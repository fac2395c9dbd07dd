"""Reads which fields a GraphQL document selects, and picks them from data.

It supports the part of the language that a client with fixed documents needs: one operation, its
values in variables; inline fragments, but no aliases, named fragments and directives.
"""

from __future__ import annotations

import re
from typing import Any

from rules_codspeed.collector.errors import shortened

Selection = dict[str, Any]  # the selection of each field; empty for a scalar

_COMMENT = re.compile(r"#[^\n]*")
_TOKEN = re.compile(r'[\s,]*([_A-Za-z]\w*|\.\.\.|[^\s,"]|\Z)')
_NAME = re.compile(r"[_A-Za-z]\w*")
_DEEPEST = 20


class SelectionError(ValueError):
    """A document is not understood, or selects a missing field; `graphql.py` catches it."""

    def __init__(self, text: str) -> None:
        """Makes one; names of any length are shortened."""
        super().__init__(shortened(text))


def parse_selection(document: str) -> Selection:
    """Returns what a document selects, by the names of the fields.

    Raises:
      SelectionError: the document uses what is not supported.
    """
    tokens = _tokens(document)
    if tokens[-1] in ("query", "mutation"):
        tokens.pop()
        if _NAME.fullmatch(tokens[-1]):
            tokens.pop()
        _skip_arguments(tokens)
    selection = _parse_fields(tokens, 0)
    _take(tokens, "")
    return selection


def select(data: Any, selection: Selection, place: str = "the document") -> Any:
    """Returns the selected part of some data.

    Raises:
      SelectionError: a field that is selected is not there.
    """
    if isinstance(data, list):
        return [select(one, selection, place) for one in data]
    if data is None:
        return None
    if isinstance(data, dict) != bool(selection):
        raise SelectionError(f"fields selected of {place}: {sorted(selection)}")
    if not selection:
        return data
    if missing := selection.keys() - data.keys():
        raise SelectionError(f"{place} has no field {sorted(missing)}")
    return {name: select(data[name], fields, name) for name, fields in selection.items()}


def _tokens(document: str) -> list[str]:
    """Returns the tokens with the first one last; an empty one is the end."""
    tokens: list[str] = []
    position = 0
    document = _COMMENT.sub(" ", document)
    while not tokens or tokens[-1]:
        match = _TOKEN.match(document, position)
        if not match:
            raise SelectionError(f"unexpected {document[position : position + 20]!r}")
        tokens.append(match[1])
        position = match.end()
    return tokens[::-1]


def _take(tokens: list[str], expected: str) -> None:
    token = tokens.pop()
    if token != expected:
        raise SelectionError(f"{token or 'the end'!r}, expected {expected or 'the end'!r}")


def _parse_fields(tokens: list[str], depth: int) -> Selection:
    _take(tokens, "{")
    if depth > _DEEPEST:
        raise SelectionError("the document is too deep")
    selection: Selection = {}
    while tokens[-1] != "}":
        token = tokens.pop()
        if token == "...":
            _take(tokens, "on")
            if not _NAME.fullmatch(tokens.pop()):
                raise SelectionError("no type after '... on'")
            selection.update(_parse_fields(tokens, depth + 1))
        elif _NAME.fullmatch(token):
            _skip_arguments(tokens)
            selection[token] = _parse_fields(tokens, depth + 1) if tokens[-1] == "{" else {}
        else:
            raise SelectionError(f"{token or 'the end'!r}, expected a field")
    tokens.pop()
    return selection


def _skip_arguments(tokens: list[str]) -> None:
    if tokens[-1] == "(":
        while tokens[-1] not in (")", ""):
            tokens.pop()
        _take(tokens, ")")
