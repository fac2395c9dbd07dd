"""Both readers of callgrind profiles agree: what one accepts, the other can read further."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules_codspeed.results.callgrind.reader import CallgrindError, Part, read_parts
from rules_codspeed.results.graphs.call_graph import metric_graph
from rules_codspeed.results.graphs.graph_body import read_graphs

HEAD = b"# callgrind format\npart: 1\ndesc: Trigger: Client Request: a.c::x\npositions: line\n"
EVENTS = b"events: Ir Dr\n"

ODD_CALLS = [
    *(b"calls= ", b"calls=", b"calls=+ 1", b"calls=0x 1", b"calls=x", b"calls=abc", b"calls=- -"),
    *(b"calls=1/2 3", b"calls=-1 2", b"calls=1 2 x", b"calls=" + b"9" * 5000 + b" 1", b"calls=*"),
    *(b"jump= ", b"jump=x 1", b"jcnd=1/ 2", b"jcnd=/1 2", b"jcnd=1/2/3 4", b"jcnd="),
]
ODD_CALL_COSTS = [
    *(b"1 *", b"1 0x", b"1 abc", b"1 1-1", b"1 +5", b"1 -5", b"1 1_0", b"- 5", b"0x 5", b"*1 5"),
    *(b"1 1 1 1", b"1 " + b"9" * 5000, b"9" * 5000 + b" 1", b"fn=b", b"calls=1 2", b" ", b""),
]
RIGHT_CALLS = [b"calls=2 +19", b"calls=2 ", b"calls=2", b"calls=0x1F 1", b"calls=0 *", b"jump=1 2"]
RIGHT_CALLS += [b"jcnd=1/2 +3 ", b"jcnd=1 2 3", b"calls=\t2\t-7\t"]


def profile(*lines: bytes, totals: bytes = b"1") -> bytes:
    """Returns a profile with some lines after a cost line of one instruction."""
    body = [b"fl=a.c", b"fn=a", b"1 1", b"cfn=b", *lines, b"", b"totals: " + totals]
    return HEAD + EVENTS + b"".join(line + b"\n" for line in body)


def outcome(read: Callable[[], Iterator[Part]]) -> list[Part] | str:
    """Returns the parts of a profile, or what is wrong with it."""
    try:
        return list(read())
    except CallgrindError as error:
        return str(error)


def graphed(content: bytes) -> Iterator[Part]:
    """Reads the parts with their graphs, and what reports make of these."""
    for part, graph in read_graphs(io.BytesIO(content), "odd.out"):
        rows = [*graph.self_costs, *(call.costs for one in graph.calls for call in one.values())]
        assert {len(row) for row in rows} <= {len(part.events)}
        assert all(0 <= callee < len(graph.frames) for one in graph.calls for callee in one)
        assert all(0 <= frame.line < 2**31 for frame in graph.frames)
        assert graph.totals() == part.totals or not graph.frames
        metric_graph(graph, ["Ir"])
        yield part


def agreed(content: bytes) -> list[Part] | str:
    """Reads with both readers, which must say the same; returns what they say."""
    said = outcome(lambda: read_parts(io.BytesIO(content), "odd.out"))
    assert outcome(lambda: graphed(content)) == said
    return said


@pytest.mark.parametrize("line", ODD_CALLS, ids=lambda line: repr(line[:20]))
def test_an_odd_call_is_refused_with_its_place(line: bytes) -> None:
    content = profile(line, b"1 5")
    place = f"(byte {content.index(line + bytes([10]))})"
    said = agreed(content)
    assert isinstance(said, str)
    assert said.startswith("odd.out:10: ")
    assert said.endswith(f"is not a number of calls {place}")


@pytest.mark.parametrize("line", ODD_CALL_COSTS, ids=lambda line: repr(line[:20]))
def test_an_odd_cost_of_a_call_is_refused_with_its_place(line: bytes) -> None:
    said = agreed(profile(b"calls=1 2", line))
    assert isinstance(said, str)
    assert said.startswith("odd.out:11: no cost line after calls=, but ")


@pytest.mark.parametrize("cost", [b"1", b"1 5", b"* 5 6", b"+1 0x5 ", b"0x1 5"])
@pytest.mark.parametrize("call", RIGHT_CALLS)
def test_what_writers_write_is_read(call: bytes, cost: bytes) -> None:
    assert isinstance(agreed(profile(call, cost)), list)
    assert isinstance(agreed(profile(call, cost).replace(b"\n", b"\r\n")), list)


def test_a_position_of_very_many_digits_is_refused() -> None:
    said = agreed(profile(b"9" * 5000 + b" 1"))
    assert isinstance(said, str)
    assert "is not a line of a callgrind profile" in said


def test_a_call_of_no_named_function_is_that_of_an_unknown_one() -> None:
    content = HEAD + EVENTS + b"fn=a\n1 1\ncalls=3 2\n1 5\ntotals: 1\n"
    assert isinstance(agreed(content), list)
    ((_, graph),) = read_graphs(io.BytesIO(content), "odd.out")
    assert [(graph.frames[callee].name, call.times) for callee, call in graph.calls[0].items()] == [
        ("", 3)
    ]


def test_positions_must_be_named() -> None:
    content = profile().replace(b"positions: line", b"positions: ")
    assert "is not a list of instr, bb, line" in str(agreed(content))


TOKENS = st.sampled_from(
    [
        *(b"1", b"+1", b"-1", b"*", b"0", b"0x1F", b"0X1f", b"0x", b"x", b"abc", b"-", b"+"),
        *(b"1/2", b"1-1", b"1_0", b"1.5", b"1e3", b"NaN", b"inf", b"(1)", b"(1) n", b"("),
        *(b"\xff", b"/"),
        *("٣".encode(), b"9" * 20, b"9" * 21, b"9" * 5000, b"-" + b"9" * 20, b"0x" + b"f" * 17),
    ]
)
KEYS = st.sampled_from(
    [
        *(b"calls=", b"jump=", b"jcnd=", b"fn=", b"cfn=", b"fi=", b"cfni=", b"ob=", b"cob="),
        *(b"cfi=", b"rec=", b"#", b"", b" ", b"calls", b"Calls=", b"part: ", b"events: "),
    ]
)
BLANKS = st.sampled_from([b" ", b"", b"  ", b"\t", b"\r", b"\x0b", b"\x0c", b" \t"])
ODD_LINES = st.builds(
    lambda key, blank, tokens, end: key + blank.join(tokens) + end,
    KEYS,
    BLANKS,
    st.lists(TOKENS, max_size=4),
    BLANKS,
)
LINES = st.lists(
    ODD_LINES | st.sampled_from([*RIGHT_CALLS, *ODD_CALLS, *ODD_CALL_COSTS, b"2 5", b"fn=b"]),
    max_size=6,
)


@settings(max_examples=500)
@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([b"1", b"6", b"1 0"]))
@example([b"calls= ", b"1 5"], b"\n", b"1")
@example([b"calls=1 2", b"1 0x"], b"\n", b"1")
@example([b"-5 0", b"-" + b"9" * 20 + b" 0"], b"\n", b"1")
def test_any_lines_are_accepted_or_refused_by_both(
    lines: list[bytes], end: bytes, totals: bytes
) -> None:
    agreed(profile(*lines, totals=totals).replace(b"\n", end))


@settings(max_examples=200)
@given(st.binary(max_size=80))
def test_any_bytes_are_accepted_or_refused_by_both(content: bytes) -> None:
    agreed(profile(*content.split(b"\n")))
