"""Text from outside."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.escaping import printable
from rules_codspeed.publish.text import excerpt


def test_what_moves_a_cursor_is_shown() -> None:
    assert printable("a\x1b[31m\r\n\u202eé\ud800") == "a\\x1b[31m\\r\\n\\u202eé\\ud800"


def test_long_text_is_cut() -> None:
    assert excerpt("a" * 300) == "a" * 300
    assert excerpt("a" * 301) == "a" * 300 + "..."
    assert excerpt("\0" * 10, 12) == "\\x00\\x00\\x00..."


@given(st.text(st.characters(exclude_categories=[])), st.integers(1, 50))
def test_any_text_is_printable_and_bounded(text: str, longest: int) -> None:
    assert printable(text).isprintable()
    shown = excerpt(text, longest)
    assert shown.isprintable()
    assert len(shown) <= longest + 3
