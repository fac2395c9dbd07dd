"""The one reader of JSON: what is odd is one error with its place, in bounded time and memory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.file_limits import Limit
from rules_codspeed.contract.strict_json import (
    MOST_DIGITS,
    MOST_LEVELS,
    MOST_MEMBERS,
    MOST_VALUES,
    DocumentError,
    load_json,
    read_document,
)

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.booleans())
def test_json_is_read_as_by_the_module(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert load_json(text) == value
    assert load_json(text.encode()) == value


def refused(content: bytes | str) -> str:
    with pytest.raises(DocumentError) as caught:
        load_json(content)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "the document: not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff", "the document: not JSON: byte 0 is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "the document: not JSON: byte 0 is not UTF-8"),
        ('{"a": [1, NaN]}', "a[1]: NaN is not a number of JSON"),
        ("-Infinity", "the document: -Infinity is not a number of JSON"),
        ('{"a": {"b": 1e999}}', "a.b: 1e999 is too large a number"),
        ("[0, " + "9" * (MOST_DIGITS + 1) + "]", "[1]: a number of 401 digits"),
        ("[0.%s]" % ("9" * 5000), "[0]: a number of 5,002 digits"),
        ('[{"a": 1, "b": 2, "a": 3}]', "[0]: the key 'a' occurs twice"),
        ('{"a": "\\ud800"}', "a: half of a surrogate pair, which is not Unicode"),
        ('{"a": {"\\uDFFF": 1}}', "a: a key with half of a surrogate pair, which is not Unicode"),
        ('{"a": "\ud800"}', "a: half of a surrogate pair, which is not Unicode"),
        ("[" * 100_000, "the document: more than 127 levels"),
        ("[" * 128 + "]" * 128, "the document: more than 127 levels"),
        ('{"a":' * 500 + "1" + "}" * 500, "the document: more than 127 levels"),
        ('{"\\u001b": NaN}', r"\x1b: NaN is not a number of JSON"),
        ('{"%s": NaN}' % ("k" * 999), "k" * 300 + "...: NaN is not a number of JSON"),
    ],
)
def test_odd_documents(content: bytes | str, fault: str) -> None:
    assert refused(content) == fault


def test_faults_are_in_order_and_bounded() -> None:
    assert refused('{"a": NaN, "b": {"c": 1, "c": [NaN]}}') == (
        "a: NaN is not a number of JSON\nb: the key 'c' occurs twice\n"
        "b.c[0]: NaN is not a number of JSON"
    )
    assert refused("[" + "NaN," * 50_000 + "0]").count("\n") < 100


def test_what_is_at_the_limits_is_read() -> None:
    assert load_json("[" * MOST_LEVELS + "]" * MOST_LEVELS)
    assert load_json("9" * MOST_DIGITS) == int("9" * MOST_DIGITS)
    assert load_json('"\\ud83d\\ude00 \\\\ud800"') == "\U0001f600 \\ud800"
    many = {str(number): 0 for number in range(MOST_MEMBERS)}
    assert load_json(json.dumps(many)) == many
    assert (
        refused(json.dumps({**many, "x": 0}))
        == "the document: an object of more than 131,072 members"
    )


def test_values_are_counted_before_they_take_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", None)
    many = "[" + "[]," * 10 + "[]]"
    with pytest.raises(DocumentError, match=r"^x: more than 20 values$"):
        load_json(many, document="x", most_values=20)
    with pytest.raises(DocumentError, match=r"^the document: more than 16,777,216 values$"):
        load_json("," * (1 << 24) + "[")


def test_documented_limits() -> None:
    text = Path("docs/security.md").read_text(encoding="utf-8")
    for limit in (MOST_LEVELS, MOST_VALUES, MOST_MEMBERS, MOST_DIGITS):
        assert f" | {limit:,} |" in text


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"{}")
    assert read_document(tmp_path / "file") == b"{}"
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), Path("/dev/tty")):
        with pytest.raises((DocumentError, OSError), match=r"not a regular file|No such device"):
            read_document(odd)
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path / "none")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    small = Limit("a text", 10)
    file.write_bytes(b"0123456789")
    assert read_document(file, small) == b"0123456789"
    file.write_bytes(b"0123456789a")
    with pytest.raises(DocumentError, match="it has 11 bytes, more than the 10 of a text"):
        read_document(file, small)
    os.truncate(file, 1 << 40)  # holes
    with pytest.raises(DocumentError, match="it has 1,099,511,627,776 bytes, more than the 67,108"):
        read_document(file)
    # It has no size, and content.
    with pytest.raises(DocumentError, match="it has 11 bytes"):
        read_document(Path("/proc/self/status"), small)
