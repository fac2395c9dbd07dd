"""Text from outside commands no terminal and no CI, and can still be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.escaping import (
    printable,
    printable_json,
    printable_lines,
    printable_styled,
    visible,
)
from tests.contract.log_readers import COMMANDS, READERS, obeyed, unseen

ANY = st.text(st.characters(exclude_categories=[]))
PIECES = st.sampled_from(
    [*"#[:-+~^ \t\r\n\x1b\xa0m", "::", "##", "##[", "---", "section_start", "vso[", "error]", "x"]
)
TEXTS = ANY | st.lists(PIECES).map("".join) | st.sampled_from(COMMANDS)


def test_the_readers_of_this_test_read() -> None:
    assert {found.partition(": ")[0] for text in COMMANDS for found in obeyed(text)} == set(READERS)
    assert all(map(obeyed, COMMANDS))


@pytest.mark.parametrize("text", COMMANDS)
def test_no_command_is_left(text: str) -> None:
    for shown in (printable(text), printable_lines(text), printable_styled(text)):
        assert obeyed(shown) == []
    assert unseen(printable(text)) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("##[add-mask]x", r"##\x5badd-mask]x"),
        ("a ##vso[task]b", r"a ##vso\x5btask]b"),
        ("::error::x", r":\x3aerror::x"),
        ("  ::error::x", r"  :\x3aerror::x"),
        ("--- a", r"--\x2d a"),
        ("section_start:1:a\r\x1b[0K", r"section_start\x3a1:a\r\x1b[0K"),
        ("\u202eevil", r"\u202eevil"),
        ("a\nb", r"a\nb"),
        ("\ud800", r"\ud800"),
    ],
)
def test_one_character_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("a::b", "pkg/a.cc::BM_sort/8/64", "bench_a.py::test_x[a-b]", "std::vector<int>::push"),
        *("x --- y", "---bench", "+++x", "~~~~", "a ::b", "| ::b", "#[test]", "## [x]", "##x"),
        *("section_start::f", "C:\\x5b", "grün 日本 🚀", "e\u0301", "100 %", "%3A%23"),
    ],
)
def test_names_stay_as_they_are(text: str) -> None:
    assert printable(text) == visible(text) == text
    assert printable_json(json.dumps(text, ensure_ascii=False)) == f'"{text}"' or "\\" in text


# Of Unicode's Default_Ignorable_Code_Point and those that have a width and show nothing.
@pytest.mark.parametrize(
    "char",
    [
        *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180d"),
        *("\u180e", "\u180f", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029"),
        *("\u202a", "\u202e", "\u2060", "\u2064", "\u2066", "\u2069", "\u206f", "\u2800", "\u3164"),
        *("\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\U0001bca0", "\U0001d159"),
        *("\U0001d173", "\U000e0001", "\U000e0020", "\U000e007f", "\U000e0100", "\U000e01ef"),
        *("\x00", "\x08", "\x1b", "\x7f", "\x85", "\x9b", "\xa0", "\u3000", "\ue000", "\udc80"),
    ],
)
def test_what_shows_nothing_is_written_out(char: str) -> None:
    shown = printable(f"a{char}b")
    assert shown == f"a{char.encode('unicode_escape', 'surrogatepass').decode()}b"
    document = printable_json(f'"a{char}b"')
    assert document.isascii()
    assert json.loads(document) == f"a{char}b"


@given(TEXTS)
def test_any_text(text: str) -> None:
    assert printable(text).isprintable()
    assert obeyed(printable(text)) == []
    assert printable(printable(text)) == printable(text)
    shown = printable_lines(text)
    assert obeyed(shown) == []
    assert unseen(shown) == ""
    assert obeyed("\n".join(f"    | {line}" for line in shown.split("\n"))) == []


@given(st.lists(TEXTS))
def test_what_is_put_together_commands_nothing(texts: list[str]) -> None:
    assert obeyed(printable_lines("".join(map(printable, texts)))) == []


@given(st.lists(TEXTS), st.sampled_from(["\x1b[1m", "\x1b[31;1m"]))
def test_colours_of_our_own_stay(texts: list[str], style: str) -> None:
    names = [f"{style}{printable(one)}\x1b[0m" for one in texts]
    shown = printable_styled("".join(names))
    assert obeyed(shown) == []
    assert not unseen(shown) or shown == "".join(names)
    assert printable_styled("  ".join(["", *names])) == "  ".join(["", *names])
    assert printable_styled("\x1b[31m a\x1b[2J\n\x1b[31mb") == " a\\x1b[2J\n\x1b[31mb"


@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_any_json(value: object) -> None:
    for options in ({}, {"indent": 1}, {"ensure_ascii": False, "indent": 2}):
        shown = printable_json(json.dumps(value, **options))  # type: ignore[arg-type]
        assert json.loads(shown) == value
        assert obeyed(shown) == []
        assert unseen(shown) == ""


def test_links_to_local_files_stay_and_others_do_not() -> None:
    link = "\x1b]8;id=7;file:///tmp/r.html#b1\x1b\\name\x1b]8;;\x1b\\"
    assert printable_styled(link) == link
    for other in (
        link.replace("file:///", "https://"),
        link.replace("\x1b\\", "\x07"),
        link.replace("]8;", "]52;"),
        link.replace("r.html", "r html"),
    ):
        assert "\x1b" not in printable_styled(other)
    assert "\x1b" not in printable_styled(link.replace("name", "::error::x"[::-1] + "\x1b[2J"))
