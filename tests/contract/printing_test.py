"""The printer: any text on any stream, and what a program prints while it runs."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.printing import (
    OutputPrinter,
    print_json,
    print_message,
    print_text,
)
from tests.contract.log_readers import COMMANDS, obeyed, unseen


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
def test_any_encoding(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    print_text("größe 🚀 \udcff\n##[error]", stream)
    shown = raw.getvalue().decode(encoding)
    assert shown.isascii() == (encoding == "ascii")
    assert shown.endswith("\\udcff\n##\\x5berror]\n")


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_json_is_utf_8(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    stream.write("x")
    print_json('{"a": "ü##[x]"}', stream)
    assert raw.getvalue() == "x".encode(encoding) + '{"a": "ü##\\u005bx]"}\n'.encode()


def test_streams_that_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has none for a descriptor that was closed when it started."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    print_text("a")
    print_message("a")
    print_json("{}")


def test_output_of_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    printer = OutputPrinter()
    for piece in (b"a\r\nb\t\xff", b"\xc3", b"\xa4\n#", b"#[error]x\n::", b"debug::"):
        printer.write(piece)
    assert capsys.readouterr().out == "a\nb \\xffä\n##\\x5berror]x\n"
    printer.end()
    assert capsys.readouterr().out == ":\\x3adebug::\n"
    printer.end()
    assert capsys.readouterr().out == ""


def test_output_without_newlines_takes_little_memory(capsys: pytest.CaptureFixture[str]) -> None:
    printer = OutputPrinter()
    for _ in range(64):
        printer.write(b"x" * (1 << 14))
    lines = capsys.readouterr().out.splitlines()
    assert [len(line) for line in lines] == [1 << 16] * 15
    printer.end()
    assert capsys.readouterr().out == "x" * (1 << 16) + "\n"


@pytest.mark.parametrize("text", COMMANDS)
def test_what_was_typed_is_repeated_safely(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser(prog="bazel run //:x --")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list").add_argument("--most", type=int)
    for typed in ([text], ["list", text], ["list", f"--most={text}"], ["list", f"--{text}"]):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(typed)
        assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert "list: error: argument --most: invalid int value: " in printed
    assert obeyed(printed) == []
    assert unseen(printed) == ""


@given(st.lists(st.binary() | st.sampled_from(COMMANDS).map(str.encode)))
def test_no_output_is_obeyed(pieces: list[bytes]) -> None:
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", shown)
        printer = OutputPrinter()
        for piece in pieces:
            printer.write(piece)
        printer.end()
    assert obeyed(shown.getvalue()) == []
    assert unseen(shown.getvalue()) == ""
