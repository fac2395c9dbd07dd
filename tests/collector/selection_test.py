from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.collector.selection import SelectionError, parse_selection, select

_DOCUMENT = """
# Words and { braces } in a comment.
query Named($owner: String!, $provider: Provider) {
  session { user { login, provider } }
  overview(owner: $owner, provider: $provider) {
    ... on Repository { owner name }
    ... on Available { owner }
  }
}
"""


def test_fields_are_those_of_the_document() -> None:
    assert parse_selection(_DOCUMENT) == {
        "session": {"user": {"login": {}, "provider": {}}},
        "overview": {"owner": {}, "name": {}},
    }
    assert parse_selection("mutation M { a }") == {"a": {}}
    assert parse_selection("{a{b}}") == {"a": {"b": {}}}


@pytest.mark.parametrize(
    "document",
    [
        "",
        "query",
        "query Q($a: Int { a }",
        "{ a",
        "{ a } }",
        "{ a } { b }",
        "{ a: b }",
        "{ a @skip }",
        '{ a(b: "c") }',
        "{ ... on }",
        "{ ...Fragment }",
        "subscription { a }",
        "{a" * 5000,
        "#" * 5000 + '\n"',
    ],
)
def test_other_documents_are_refused(document: str) -> None:
    with pytest.raises(SelectionError):
        parse_selection(document)


@given(st.text(alphabet='{}()ab.#"$:! \n', max_size=40))
def test_any_text_is_parsed_or_refused(document: str) -> None:
    with contextlib.suppress(SelectionError):
        assert isinstance(parse_selection(document), dict)


def test_selects_in_lists_and_objects() -> None:
    data = {"a": [{"b": 1, "c": 2}, {"b": None, "c": 3}], "d": None}
    assert select(data, {"a": {"b": {}}, "d": {"e": {}}}) == {
        "a": [{"b": 1}, {"b": None}],
        "d": None,
    }


@pytest.mark.parametrize("selection", [{"x": {}}, {"a": {}}, {"b": {"x": {}}}])
def test_what_is_not_there_cannot_be_selected(selection: dict[str, object]) -> None:
    with pytest.raises(SelectionError):
        select({"a": {"c": 1}, "b": 2}, selection)
