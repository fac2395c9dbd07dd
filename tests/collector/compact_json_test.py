from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.collector.compact_json import parse_compact
from rules_codspeed.collector.errors import Refusal

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@given(_JSON)
def test_reads_what_the_runner_writes(value: object) -> None:
    assert parse_compact(_compact(value).encode()) == value


@given(st.binary())
def test_garbage_is_refused_or_json(body: bytes) -> None:
    with contextlib.suppress(Refusal):
        assert parse_compact(body) == json.loads(body)


@given(_JSON, st.integers(0), st.sampled_from([" ", "\n", "\t"]))
def test_whitespace_between_tokens_is_refused(value: object, place: int, space: str) -> None:
    text = _compact([value])
    place %= len(text) + 1
    changed = text[:place] + space + text[place:]
    if _means(changed, [value]):
        with pytest.raises(Refusal):
            parse_compact(changed.encode())


def _means(text: str, value: object) -> bool:
    try:
        return bool(json.loads(text) == value)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "text",
    [
        r'"\u00e9"',
        r'"\/"',
        r'"\u000a"',
        r'"\u001F"',
        '"\x1f"',
        '"open',
        '{"a":1,"a":1}',
        "1e-07",
        "1e+16",
        "1E7",
        "01",
        "NaN",
        "Infinity",
        "'a'",
        "[1,]",
        "{}{}",
        "",
        "[" * 100_000,
        "9" * 5000,
        "1e999",
        "[-1e400]",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(Refusal, match="the body is not compact JSON"):
        parse_compact(text.encode())


@pytest.mark.parametrize(
    "text", ['"é"', r'"\n\u001f\u007f"'.replace(r"\u007f", "\x7f"), "1e-7", "1e16", "1.0", "-0.5"]
)
def test_spellings_of_the_runner_pass(text: str) -> None:
    assert parse_compact(text.encode()) == json.loads(text)


def test_what_is_not_utf8_is_refused() -> None:
    for body in (b'"\xff"', b"\xef\xbb\xbf{}", '"a"'.encode("utf-16")):
        with pytest.raises(Refusal):
            parse_compact(body)
