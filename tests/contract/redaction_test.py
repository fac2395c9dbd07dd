"""Secrets are replaced wherever a stream is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.instruments.redaction import Redaction, redact_documents


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_blocks(size: int) -> None:
    redaction = Redaction({"DSN": "s3cret"})
    text = b"before s3cret, s3cres3cret after s3cre"
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    shown = b"".join(map(redaction.feed, blocks)) + redaction.end()
    assert shown == b"before <DSN>, s3cre<DSN> after s3cre"
    assert redaction.end() == b""


def test_a_secret_that_another_begins_with(tmp_path: Path) -> None:
    secrets = {"SHORT": "s3cret", "LONG": "s3cret/and-more"}
    assert Redaction(secrets).text("a s3cret/and-more, s3cret") == "a <LONG>, <SHORT>"
    file = tmp_path / "1.json"
    file.write_text('["s3cret/and-more"]')
    redact_documents(str(file), secrets)
    assert file.read_text() == '["<LONG>"]'


def test_a_text_beside_the_stream() -> None:
    redaction = Redaction({"DSN": "s3cret"})
    assert redaction.feed(b"a s3c") == b""
    assert redaction.text("a s3cret, \udcff") == "a <DSN>, \udcff"
    assert redaction.feed(b"ret b") + redaction.end() == b"a <DSN> b"


def test_without_secrets_nothing_is_held_back() -> None:
    assert Redaction({}).feed(b"all of it") == b"all of it"


def test_documents(tmp_path: Path) -> None:
    value = 'p"w\\ä'
    (tmp_path / "results").mkdir()
    file = tmp_path / "results/1.json"
    file.write_text('{"uri": "x p\\"w\\\\ä"}', "utf-8")
    binary = tmp_path / "perf.data"
    binary.write_bytes(value.encode())
    redact_documents(str(tmp_path), {"DSN": value})
    assert file.read_text("utf-8") == '{"uri": "x <DSN>"}'
    assert binary.read_bytes() == value.encode()
    redact_documents(str(tmp_path / "missing"), {"DSN": value})
