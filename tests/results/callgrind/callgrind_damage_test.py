"""What the callgrind reader reports about damaged files, and that none keeps it reading."""

from __future__ import annotations

import io

import pytest

from rules_codspeed.results.callgrind.reader import CallgrindError, Part, read_parts

HEAD = b"# callgrind format\nversion: 1\n\npart: 1\nevents: Ir Dr\n"


def read(text: bytes) -> list[Part]:
    return list(read_parts(io.BytesIO(text), "p.out"))


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (b"", 1, "empty"),
        (b"\x7fELF\n", 1, "first line is not"),
        (b"# callgrind format", 1, "truncated"),
        (b"# callgrind format\n", 2, "before its first part"),
        (b"# callgrind format\nversion: 1\ncmd: x\n", 4, "truncated"),
        (HEAD, 6, "truncated"),
        (HEAD + b"5 1\n", 7, "before the totals"),
        (HEAD + b"5 1\ntotals: 1", 7, "truncated"),
        (HEAD + b"5 1\ntotals: 2\n", 7, "totals: states 2 Ir, but the cost lines .* add up to 1"),
        (HEAD + b"5 1 7\ntotals: 1 8\n", 7, "totals: states 8 Dr"),
        (HEAD + b"5 1\ntotals: 1 0 0\n", 7, "at most 2 costs"),
        (HEAD + b"5 1\ntotals: one\n", 7, "costs"),
        (HEAD + b"5 1\npart: 2\n", 7, "truncated"),
        (HEAD + b"5 1\n5 1 2 3\ntotals: 1\n", 7, "3 costs for 2 events"),
        (HEAD + b"5 1\n5 x\ntotals: 1\n", 7, "'x' is not an unsigned"),
        (HEAD + b"5 1_0\ntotals: 10\n", 6, "not an unsigned"),
        (HEAD + b"5 -1\ntotals: 0\n", 6, "not an unsigned"),
        (HEAD + b"5 " + b"9" * 30 + b"\ntotals: 0\n", 6, "not an unsigned"),
        (HEAD + b"5 1\n+ 1\ntotals: 2\n", 7, "not a line of a callgrind profile"),
        (HEAD + b"fn=(1) f\n5 1\nfn=(2)\ntotals: 1\n", 8, r"function name \('2'\)"),
        (HEAD + b"fn=(1) f\n5 1\nfl=(1)\ntotals: 1\n", 8, r"file name \('1'\)"),
        (HEAD + b"calls=1 2\nfn=f\n5 1\ntotals: 1\n", 7, "no cost line after calls="),
        (HEAD + b"5 1\ncalls=1 2\ntotals: 1\n", 8, "no cost line after calls="),
        (HEAD + b"fn=a\0b\n5 1\ntotals: 1\n", 6, "NUL"),
        (HEAD + b"foo=bar\ntotals: 0\n", 6, "not a line of a callgrind profile"),
        (b"# callgrind format\nfn=f\n", 2, "before the events"),
        (b"# callgrind format\nevents: Ir Ir\n", 2, "twice"),
        (b"# callgrind format\npositions: line instr\n", 2, "instr, bb, line"),
        (b"# callgrind format\npart: two\n", 2, "number of a part"),
        (b"# callgrind format\ndesc: Trigger: Client Request: \xff\n", 2, "UTF-8"),
        (b"# callgrind format\n<html>\n", 2, "not a line of a callgrind profile"),
    ],
)
def test_damage_is_reported_with_its_place(text: bytes, line: int, problem: str) -> None:
    with pytest.raises(CallgrindError, match=problem) as caught:
        read(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"p.out:{line}: ")


def test_place_in_a_file_with_crlf() -> None:
    text = (HEAD + b"5 1\n5 1\n5 ?\ntotals: 2\n").replace(b"\n", b"\r\n")
    with pytest.raises(CallgrindError) as caught:
        read(text)
    assert caught.value.line == 8
    assert text[caught.value.offset :].startswith(b"5 ?")


class Endless(io.RawIOBase):
    """A stream without end, of one byte repeated after a start."""

    def __init__(self, start: bytes, then: bytes) -> None:
        self.start, self.then, self.taken = start, then, 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        assert self.taken < 64 << 20, "reads on and on"
        start, self.start = self.start[:size], self.start[size:]
        return start or self.then * size


@pytest.mark.parametrize("then", [b"9", b" ", b"a", b"\xff"])
@pytest.mark.parametrize("start", [b"", HEAD, HEAD + b"5 ", HEAD + b"fn=", HEAD + b"calls=1 "])
def test_endless_line_is_not_kept(start: bytes, then: bytes) -> None:
    with pytest.raises(CallgrindError, match="a line of more than"):
        list(read_parts(Endless(start, then), "endless"))  # type: ignore[arg-type]
