"""The callgrind reader on real profiles, on generated ones in every spelling, and on damage."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.results.callgrind.body import BodyCosts
from rules_codspeed.results.callgrind.reader import CallgrindError, Part, read_file, read_parts
from rules_codspeed.results.callgrind.trigger import (
    BenchmarkEnd,
    Metadata,
    Other,
    Termination,
    parse_trigger,
    trigger_text,
)
from tests.results.profiles import Cost, Function, ProfilePart, Style, random_parts, write_profile

TESTDATA = Path(__file__).parents[1] / "testdata"
HEAD = b"# callgrind format\nversion: 1\n\npart: 1\nevents: Ir Dr\n"


def read(text: bytes, block_size: int = 1 << 20) -> list[Part]:
    return list(read_parts(io.BytesIO(text), "p.out", block_size))


# Real profiles.

FILL = (24588, 2, 4098, 3, 0, 258, 3, 0, 258)
FIB = (2567, 532, 532, 3, 0, 7, 3, 0, 7)


@pytest.mark.parametrize(
    ("name", "integration", "benchmarks"),
    [
        (
            "plain",
            Metadata("two-benchmarks", "1.0"),
            [
                ("two_benchmarks.c::fill[4096]", (*FILL, 0, 0, 0)),
                ("two_benchmarks.c::fib[10]", (*FIB, 0, 0, 0)),
            ],
        ),
        (
            "compressed",
            Metadata("two-benchmarks", "1.0"),
            [("two_benchmarks.c::fill[4096]", (24588,)), ("two_benchmarks.c::fib[10]", (2567,))],
        ),
        (
            "recursion",
            Metadata("two-benchmarks", "1.0"),
            [("two_benchmarks.c::fill[4096]", FILL), ("two_benchmarks.c::fib[10]", FIB)],
        ),
        (
            "pytest",
            Metadata("pytest-codspeed", "5.0.4"),
            [("t_bench.py::test_x", (4184, 1160, 667, 260, 136, 44, 260, 136, 44, 0, 0, 0))],
        ),
    ],
)
def test_real_profile(
    name: str, integration: Metadata, benchmarks: list[tuple[str, tuple[int, ...]]]
) -> None:
    first, *measured, last = read_file(TESTDATA / f"{name}.out")
    assert (first.number, first.trigger) == (1, integration)
    assert [(part.trigger, part.totals) for part in measured] == [
        (BenchmarkEnd(uri), totals) for uri, totals in benchmarks
    ]
    assert last.trigger == Termination()
    assert last.totals == (0,) * len(last.events)
    assert [part.number for part in (first, *measured, last)] == list(range(1, len(measured) + 3))


def test_line_of_a_part() -> None:
    lines = (TESTDATA / "plain.out").read_text().splitlines()
    for part in list(read_file(TESTDATA / "plain.out"))[1:]:
        assert lines[part.line - 1] == f"part: {part.number}"


@pytest.mark.parametrize("name", ["plain", "compressed", "recursion", "pytest"])
def test_every_cut_of_a_real_profile_is_noticed(name: str) -> None:
    text = (TESTDATA / f"{name}.out").read_bytes()
    ends = {match.end() for match in re.finditer(rb"^totals:.*\n\n*", text, re.MULTILINE)}
    # A blank line after a part belongs to no part.
    ends |= {match.end() for match in re.finditer(rb"^totals:.*\n", text, re.MULTILINE)}
    step = max(1, len(text) // 1500)
    for cut in {*range(0, len(text), step), *ends}:
        if cut in ends:
            assert read(text[:cut])
        else:
            with pytest.raises(CallgrindError):
                read(text[:cut])


def test_codspeeds_columns_and_inline_frames() -> None:
    text = HEAD.replace(b"Ir Dr", b"Ir Dr Ct Cl") + (
        b"fn=main\n5 10 2 300 1200\ncfni=inlined\n+1 1 0 25 100\ncfni=???\n* 1\n"
        b"totals: 12 2 325 1300\n"
    )
    (part,) = read(text)
    assert dict(zip(part.events, part.totals, strict=True)) == {
        "Ir": 12,
        "Dr": 2,
        "Ct": 325,
        "Cl": 1300,
    }


# Generated profiles.

# Their sums are unsigned 64-bit numbers too.
COST = st.one_of(st.integers(0, 9), st.integers(0, 2**56))
EVENTS = st.lists(
    st.sampled_from(["Ir", "Dr", "Dw", "I1mr", "sysTime", "Ct"]), min_size=1, unique=True
)
# As callgrind does, without control characters; a name never starts like a compressed one.
NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1
).filter(lambda name: not re.match(r"\s|\(\d", name) and name.strip() == name)


@st.composite
def part_strategy(draw: st.DrawFn) -> ProfilePart:
    events = tuple(draw(EVENTS))
    costs = st.tuples(*[COST] * len(events))
    cost = st.builds(
        Cost,
        line=st.integers(0, 2**40),
        costs=costs,
        callee=st.one_of(st.just(""), NAME),
        inlined_from=st.one_of(st.just(""), NAME),
    )
    function = st.builds(
        Function,
        object=NAME,
        file=NAME,
        name=st.one_of(NAME, st.just("(below main)")),
        costs=st.lists(cost, max_size=6).map(tuple),
    )
    return ProfilePart(
        draw(st.one_of(NAME.map("Client Request: {}".format), st.just("Program termination"))),
        events,
        tuple(draw(st.lists(function, max_size=4))),
    )


STYLE = st.builds(
    Style,
    compress_names=st.booleans(),
    relative_positions=st.booleans(),
    positions=st.sampled_from([("line",), ("instr",), ("instr", "line"), ("instr", "bb", "line")]),
    hex_costs=st.booleans(),
    trailing_zeros=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    comments=st.booleans(),
)


@given(st.lists(part_strategy(), min_size=1, max_size=4), STYLE, st.integers(1, 300))
def test_written_profile_reads_equal(
    parts: list[ProfilePart], style: Style, block_size: int
) -> None:
    found = read(write_profile(parts, style), block_size)
    assert [(part.number, part.trigger, part.events, part.totals) for part in found] == [
        (number, parse_trigger(part.trigger), part.events, part.totals())
        for number, part in enumerate(parts, start=1)
    ]


SNIPPETS = [
    *(b"\n", b" ", b"\t", b"\r", b"\r\n", b"\0", b"-", b"+", b"*", b"x", b"0x", b"_", b"(", b"(7)"),
    *(b"calls=1 2\n", b"jump=1 2\n", b"jcnd=1/2 3\n", b"fn=(3)\n", b"fn=(3) f\n", b"totals: 0\n"),
    *(b"5 1\n", b" 5 1\n", b"5\t1\n", b"5  1\n", b"5 1 \n", b"5 0x1f\n", b"part: 2\n", b"# c\n"),
    *(b"5 -1\n", b"5 1_0\n", b"5 +1\n", b"9" * 25, b"\xff\xfe", "é".encode(), b"events: Ir\n"),
]


@st.composite
def damaged_profile(draw: st.DrawFn) -> bytes:
    text = bytearray(write_profile([draw(part_strategy())], draw(STYLE)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 40])))
        text[start:end] = draw(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=6)))
    return bytes(text)


def outcome(text: bytes, block_size: int) -> object:
    """What reading gives: parts, or the place of the error; any other exception passes."""
    try:
        return read(text, block_size)
    except CallgrindError as caught:
        error = caught
    assert error.file == "p.out"
    assert 0 <= error.offset <= len(text)
    assert text[: error.offset].count(b"\n") == error.line - 1
    return None


@given(damaged_profile(), st.integers(1, 200))
def test_damage_parses_or_raises_one_error_whatever_the_blocks(
    text: bytes, block_size: int
) -> None:
    assert outcome(text, 1 << 20) == outcome(text, block_size)


@given(st.binary(max_size=400))
def test_garbage_raises_one_error(text: bytes) -> None:
    assert outcome(text, 64) is None
    outcome(HEAD + text, 64)


@given(damaged_profile())
def test_bulk_sums_are_those_of_single_lines(text: bytes) -> None:
    """The shortcut for plain blocks never changes what is read."""
    quick = outcome(text, 1 << 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BodyCosts, "_add_plain", lambda self, block: False)
        assert outcome(text, 1 << 20) == quick


def test_the_shortcut_takes_real_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise AssertionError("a plain block went line by line")

    monkeypatch.setattr(BodyCosts, "_add_line", fail)
    for file in TESTDATA.glob("*.out"):
        assert list(read_file(file))
    for compress in (False, True):
        assert read(write_profile(random_parts(2, 50), Style(compress_names=compress)))


def test_triggers() -> None:
    assert parse_trigger("Client Request: Metadata: a b 1.0") == Metadata("a b", "1.0")
    assert parse_trigger("Client Request: Metadata: name") == Metadata("name", "")
    assert parse_trigger("Client Request: a.py::t[x y]") == BenchmarkEnd("a.py::t[x y]")
    assert parse_trigger("Program termination") == Termination()
    assert parse_trigger("Client Request") == Other("Client Request")
    assert parse_trigger("Dump on demand") == Other("Dump on demand")


@pytest.mark.parametrize(
    "text",
    [
        "Client Request: Metadata: a b 1.0",
        "Client Request: Metadata: name",
        "Client Request: a.py::t[x y]",
        "Client Request: ",
        "Client Request",
        "Program termination",
        "",
    ],
)
def test_trigger_text_is_what_was_parsed(text: str) -> None:
    assert trigger_text(parse_trigger(text)) == text
