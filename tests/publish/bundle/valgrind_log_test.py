"""The numbers of a log change, however it is cut into blocks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.bundle.valgrind_log import renumbered

NUMBERS = {1: 101, 12: 112}


def blocks(text: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted(cuts)
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"==1== x", b"==101== x"),
        (b"--12-- ==1==", b"--112-- ==1=="),
        (b"**1** y", b"**101** y"),
        (b"==12--", b"==112--"),
        (b"==2== z", b"==2== z"),
        (b"==123==", b"==123=="),
        (b" ==1==", b" ==1=="),
        (b"==1=", b"==1="),
        (b"==1", b"==1"),
        (b"====", b"===="),
        (b"", b""),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
def test_number_at_the_start_of_a_line(line: bytes, expected: bytes, end: bytes) -> None:
    text = line + b"\n" + line + end
    whole = expected + b"\n" + expected + end
    for cut in range(len(text) + 1):
        assert b"".join(renumbered(NUMBERS, [text[:cut], text[cut:]])) == whole


@given(
    st.lists(st.sampled_from([b"==", b"--", b"**", b"\n", b"1", b"12", b"x", b"=", b"\r"])),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_is_the_same_however_it_is_cut(parts: list[bytes], cuts: list[int]) -> None:
    text = b"".join(parts)
    marks = rb"==|--|\*\*"
    expected = re.sub(
        rb"(?m)^(%b)(\d+)(?=%b)" % (marks, marks),
        lambda found: b"%b%d" % (found[1], NUMBERS.get(int(found[2]), int(found[2]))),
        text,
    )
    assert b"".join(renumbered(NUMBERS, blocks(text, cuts))) == expected


def test_line_without_an_end_is_not_kept_in_memory() -> None:
    result = list(renumbered(NUMBERS, [b"==1== "] + [b"x" * 100] * 9))
    assert max(map(len, result)) <= 200
    assert b"".join(result) == b"==101== " + b"x" * 900
