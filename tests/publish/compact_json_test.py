"""Reading and writing JSON as serde_json does.

The vectors are what serde_json itself printed: 1.0.150 with zmij 1.0.21 as in runner 5.0.2,
1.0.145 with ryu as in runner 4.11.0; null where it refused the text.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.compact_json import JsonValue, dumps, loads

VECTORS = json.loads((Path(__file__).parent / "vectors" / "serde_json.json").read_text())

VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


def again(text: str, signed: bool) -> str | None:
    try:
        return dumps(loads(text), signed)
    except ValueError:
        return None


@pytest.mark.parametrize("vector", VECTORS, ids=[repr(one["text"][:30]) for one in VECTORS])
def test_same_text_as_serde_json(vector: dict[str, str]) -> None:
    assert again(vector["text"], signed=True) == vector["5.0.2"]
    assert again(vector["text"], signed=False) == vector["4.11.0"]


def test_as_many_levels_as_serde_json() -> None:
    assert again("[" * 127 + "]" * 127, signed=True) == "[" * 127 + "]" * 127
    assert again("[" * 128 + "]" * 128, signed=True) is None
    assert again('{"a":' * 128 + "1" + "}" * 128, signed=True) is None
    assert again("[" * 100_000, signed=True) is None
    assert again("[" * 100_000 + "]" * 100_000, signed=True) is None


def test_long_numbers_cost_little() -> None:
    assert again("9" * 1_000_000, signed=True) is None
    assert again("0." + "0" * 1_000_000 + "1", signed=True) == "0.0"
    assert again("1e" + "9" * 1_000_000, signed=True) is None


@given(VALUES, st.booleans())
def test_what_is_written_is_read_by_python_as_the_same(value: JsonValue, signed: bool) -> None:
    text = dumps(value, signed)
    assert json.loads(text) == value
    assert "\n" not in text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_their_value_and_stay_floats(value: float) -> None:
    text = dumps(value, signed_exponents=True)
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)
    assert "." in text or "e" in text


@given(st.text())
def test_any_text(text: str) -> None:
    written = again(text, signed=True)
    assert written is None or again(written, signed=True) == written
