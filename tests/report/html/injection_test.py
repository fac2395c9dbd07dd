"""Names of benchmarks, functions and files are data in a report, whatever they are."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.report.html.text import LONGEST, packed, visible
from tests.report.html.hostile import HOSTILE, hostile_model
from tests.report.html.models import page
from tests.report.html.unpacked import blocks


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_changes_no_markup(name: str) -> None:
    made, plain = page(hostile_model(name)), page(hostile_model("plain"))
    without_data = re.compile(r'(<script type="application/json" id="[a-z0-9-]*">)[^<]*(</script>)')
    assert without_data.sub(r"\1\2", made) == without_data.sub(r"\1\2", plain)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_arrives_as_visible_text(name: str) -> None:
    data = blocks(page(hostile_model(name)))
    shown = visible(name)
    assert shown.isprintable() or not shown
    assert data["overview"]["suite"] == shown
    assert data["overview"]["modes"][0]["rows"][0]["uri"] == shown
    assert shown in data["names"]["strings"]
    assert data["details-0"]["history"][0][0] == shown
    assert data["overview"]["labels"] == {shown: shown}


def test_a_long_name_is_cut_in_its_middle() -> None:
    shown = visible("a" * 50_000 + "b" * 50_000)
    assert len(shown) < LONGEST + 50
    assert shown.startswith("aaa")
    assert shown.endswith("bbb")
    assert "…(98000 characters)…" in shown


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_data_blocks_hold_any_text(text: str) -> None:
    block = packed({text: [text]})
    assert re.fullmatch(r"[A-Za-z0-9+/]*=*", block)
    assert json.loads(zlib.decompress(b64decode(block))) == {text: [text]}


@given(st.text(st.characters(), max_size=300))
@settings(max_examples=200)
def test_any_text_becomes_visible(text: str) -> None:
    assert visible(text).isprintable()
