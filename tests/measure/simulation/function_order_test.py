"""The order of functions is independent of Valgrind's, and no cost is lost."""

from __future__ import annotations

import io
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.measure.simulation.function_order import OrderingWriter, ordered
from rules_codspeed.results.callgrind.reader import read_parts
from tests.results.profiles import Function, ProfilePart, Style, random_parts, write_profile

TESTDATA = Path(__file__).parents[2] / "results/testdata"
HEAD = b"part: 1\n\npositions: line\nevents: Ir\nsummary: 0\n\n\n"


def in_order(profile: bytes, size: int = 1 << 20) -> bytes:
    """Writes a profile in pieces of this many lines."""
    writing = io.BytesIO()
    writer = OrderingWriter(writing)
    lines = profile.splitlines(keepends=True)
    for at in range(0, len(lines), size):
        writer.write(b"".join(lines[at : at + size]))
    writer.finish()
    return writing.getvalue()


def meaning(profile: bytes) -> Counter[Any]:
    """Adds up a profile: costs by event, of each source line and call of a function.

    Other lines are counted. Written after the format's manual, without the code under test.
    """
    sums: Counter[Any] = Counter()
    now: dict[str, Any] = {}
    for line in profile.decode().splitlines():
        key, equals, value = line.partition("=")
        if line.startswith(("part: ", "totals: ")):
            now = {"part": line}
        if equals and key in ("ob", "fl", "fn", "fi", "fe", "cob", "cfi", "cfn"):
            now["stated" if key in ("fi", "fe") else key] = value
            if key in ("fl", "fn"):
                now["base"], now["cost file"] = 0, now.get("fl")
                now["stated"], now["calls from"] = None, {}
        elif key == "calls":
            count, target = value.split()
            now["calls"] = int(count), absolute(target, now)
        elif line[:1].isdigit() or (line[:1] in ("+", "-", "*") and line[:1]):
            position, *costs = line.split()
            at = absolute(position, now)
            before = now.get("calls from", {}).get(at) if "calls" in now else None
            file = now.get("stated") or before or now.get("cost file")
            now["stated"], now["calls from"] = None, {at: file} if "calls" in now else {}
            place = (now["part"], now.get("ob"), now.get("fl"), now.get("fn"), file, at)
            if "calls" in now:
                count, target = now.pop("calls")
                callee = [
                    now.pop(*default)
                    for default in [("cob", ""), ("cfi", now.get("cost file")), ("cfn", "")]
                ]
                place = (*place, *callee, target)
                sums.update({(*place, "calls"): count})
            else:
                now["base"], now["cost file"] = at, file
            for event, cost in enumerate(costs):
                sums.update({(*place, event): int(cost)})
        elif line:
            sums[(now.get("part"), line)] += 1
    return +sums


def absolute(position: str, now: dict[str, Any]) -> int:
    if position == "*":
        return int(now.get("base", 0))
    return int(position) + (now.get("base", 0) if position[0] in "+-" else 0)


def disordered(part: ProfilePart, seed: int) -> ProfilePart:
    """Returns a part with its functions in pieces, shuffled."""
    choose = random.Random(seed)
    pieces: list[Function] = []
    for function in part.functions:
        at = choose.randrange(len(function.costs) + 1)
        pieces += [
            replace(function, costs=costs)
            for costs in (function.costs[:at], function.costs[at:])
            if costs
        ]
    choose.shuffle(pieces)
    return replace(part, functions=tuple(pieces))


@given(st.integers(0, 99), st.integers(1, 30), st.integers(1, 200))
def test_any_order_gives_one_order(seed: int, functions: int, size: int) -> None:
    parts = random_parts(3, functions, seed)
    # Relative to the line before, which callgrind never is at the start of a function.
    style = Style(relative_positions=False)
    profile = write_profile(parts, style)
    other = write_profile([disordered(part, seed) for part in parts], style)
    assert in_order(profile) == in_order(other, size)
    assert meaning(in_order(profile)) == meaning(profile)
    assert in_order(in_order(profile)) == in_order(profile)


@pytest.mark.parametrize("name", ["plain", "pytest"])
def test_profile_of_valgrind(name: str) -> None:
    profile = (TESTDATA / f"{name}.out").read_bytes()
    found = in_order(profile)
    assert found != profile
    assert meaning(found) == meaning(profile)
    parts = list(read_parts(io.BytesIO(profile), name))
    ordered_parts = list(read_parts(io.BytesIO(found), name))
    assert [one.totals for one in ordered_parts] == [one.totals for one in parts]
    assert in_order(found) == found


def body(text: bytes) -> bytes:
    """Returns the body of the ordered part of a body."""
    return ordered(HEAD + text + b"\n\ntotals: 9\n").removeprefix(HEAD).partition(b"\n\ntotals")[0]


def test_object_and_file_are_written_where_they_change() -> None:
    functions = [b"ob=b\nfl=f\nfn=n\n1 1", b"ob=a\nfl=f\nfn=n\n1 2", b"fl=e\nfn=m\n1 3"]
    functions += [b"fl=f\nfn=m\n1 4"]
    assert body(b"\n\n".join(functions)) == (
        b"ob=a\nfl=e\nfn=m\n1 3\n\nfl=f\nfn=m\n1 4\n\nfn=n\n1 2\n\nob=b\nfl=f\nfn=n\n1 1"
    )


def test_function_in_pieces() -> None:
    call = b"cob=o\ncfi=g\ncfn=c\ncalls=%d +3 \n* %b"
    pieces = [
        b"ob=a\nfl=f\nfn=n\n7 1\nfi=h.h\n+2 5\nfe=f\n-2 1 1\n" + call % (1, b"10"),
        b"fn=m\n1 1",
        b"fn=n\n7 3 0 2\n" + call % (2, b"20 1") + b"\ncfn=c\ncalls=1 2 \n7 4",
    ]
    assert body(b"\n\n".join(pieces)) == (
        b"ob=a\nfl=f\nfn=m\n1 1\n\nfn=n\n7 5 1 2\ncfn=c\ncalls=1 2 \n7 4\n"
        b"cob=o\ncfi=g\ncfn=c\ncalls=3 10 \n7 30 1\nfi=h.h\n9 5\nfe=f"
    )


def test_compressed_names_are_kept_in_place() -> None:
    profile = write_profile(random_parts(2, 9), Style(compress_names=True))
    assert in_order(profile) == profile
    for name in ["compressed.out", "recursion.out"]:
        profile = (TESTDATA / name).read_bytes()
        assert in_order(profile) == profile


def test_positions_relative_to_another_function_are_kept_in_place() -> None:
    text = b"ob=b\nfl=f\nfn=z\n3 1\n\nfn=a\n+2 1"
    assert body(text) == text
    assert body(text.replace(b"+2", b"5")) != text


def test_positions_of_instructions_are_kept_in_place() -> None:
    part = HEAD.replace(b"line", b"instr line") + b"ob=b\nfl=f\nfn=z\n0x3 1 1\n\nfn=a\n0x5 1 1\n"
    assert ordered(part + b"\ntotals: 2\n") == part + b"\ntotals: 2\n"


def test_names_in_brackets_are_no_ids() -> None:
    text = b"ob=b\nfl=f\nfn=main\n3 1\n\nfn=(below main)\n5 1"
    assert body(text) == b"ob=b\nfl=f\nfn=(below main)\n5 1\n\nfn=main\n3 1"


def test_unknown_records_are_kept_in_place() -> None:
    text = b"ob=b\nfl=f\nfn=a\n9 1\njfi=g\n2 1\n\nfn=a\n3 1"
    assert body(text) == b"ob=b\nfl=f\nfn=a\n3 1\n\nfn=a\n9 1\njfi=g\n2 1"


def test_lines_of_an_inlined_function_are_those_of_no_other() -> None:
    pieces = [
        b"ob=b\nfl=f\nfn=a\n9 1\nfi=h\ncfni=in\n2 1\ncfni=\xc3\xa9\n2 4\nfe=f\ncfni=???\n9 2",
        # A record begins outside of inlined functions, and `in` of `f` is not that of `h`.
        b"fn=a\n9 3\ncfni=in\n9 5\ncfni=in\n+1 7\ncfn=c\ncalls=1 2 \n* 9",
    ]
    assert body(b"\n\n".join(pieces)) == (
        b"ob=b\nfl=f\nfn=a\n9 6\ncfni=in\n9 5\n10 7\ncfn=c\ncalls=1 2 \n10 9\n"
        b"fi=h\n2 1\ncfni=\xc3\xa9\n2 4\nfe=f"
    )


def test_the_order_of_blocks_moves_no_line_to_another_file() -> None:
    # As Valgrind writes a function: a line of f and one of h, and a line of h with two calls of f.
    calls = b"%bcfn=c\ncalls=1 3 \n7 8\n%bcfn=d\ncalls=1 4 \n7 8\n"
    costs = b"2 1\nfi=h\n9 2\n"
    texts = [
        costs + calls % (b"cfi=f\n", b"cfi=f\n") + b"fe=f",
        b"fi=h\n" + calls % (b"", b"") + costs + b"fe=f",
    ]
    found = {body(b"ob=b\nfl=f\nfn=a\n" + text) for text in texts}
    assert found == {
        b"ob=b\nfl=f\nfn=a\n2 1\nfi=h\ncfi=f\ncfn=c\ncalls=1 3 \n7 8\n"
        b"cfi=f\ncfn=d\ncalls=1 4 \n7 8\nfi=h\n9 2\nfe=f"
    }


def test_the_file_of_a_callee_is_that_of_the_last_self_cost() -> None:
    # No cost is counted in h itself: c is in f, as it is without a file of its own.
    text = b"ob=b\nfl=f\nfn=a\n9 1\nfi=h\ncfn=c\ncalls=1 2 \n3 9\nfe=f"
    assert body(text) == b"ob=b\nfl=f\nfn=a\n9 1\nfi=h\ncfi=f\ncfn=c\ncalls=1 2 \n3 9\nfe=f"


PLACES = {
    b"0x0000000000007010": (b"a", b"0x0000000000000010"),
    b"0x0000000000008020 [PLT]": (b"b", b"0x0000000000000020 [PLT]"),
}
_NAMES = st.sampled_from([b"n", *PLACES, b"0x0000000000009999"])
_OBJECTS = st.sampled_from([b"a", b"b", b"???"])
_CALLS = st.builds(
    lambda cob, name, line: b"%bcfi=f\ncfn=%b\ncalls=2 0 \n%d 7\n" % (cob, name, line),
    st.just(b"") | _OBJECTS.map(lambda name: b"cob=%b\n" % name),
    _NAMES,
    st.integers(1, 3),
)
_UNNAMED = st.lists(
    st.builds(
        lambda object_, name, calls: (
            b"ob=%b\nfl=f\nfn=%b\n1 5\n" % (object_, name) + b"".join(calls)
        ),
        _OBJECTS,
        _NAMES,
        st.lists(_CALLS, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def with_objects(profile: bytes, places: dict[bytes, tuple[bytes, bytes]]) -> Counter[Any]:
    """Returns the meaning of a profile with each callee's object stated, and places in it."""
    stated: Counter[Any] = Counter()
    for key, count in meaning(profile).items():
        if len(key) >= 7:
            part, own, fl, fn, *rest = key
            own, name = place(own, fn, places)
            if len(rest) > 3:
                rest[2:5:2] = place(rest[2] or key[1], rest[4], places)
            key = (part, own, fl, name, *rest)
        stated[key] += count
    return stated


def place(object_: str, name: str, places: dict[bytes, tuple[bytes, bytes]]) -> tuple[str, str]:
    found = places.get(name.encode()) if object_ == "???" else None
    return (found[0].decode(), found[1].decode()) if found else (object_, name)


@given(_UNNAMED)
def test_code_with_only_an_address_gets_its_object(functions: list[bytes]) -> None:
    profile = HEAD + b"\n".join(functions) + b"\ntotals: 5\n"
    found = ordered(profile, PLACES.get)
    assert with_objects(found, {}) == with_objects(profile, PLACES)
    assert ordered(found, PLACES.get) == found


def test_places_are_written_as_callgrind_writes_objects() -> None:
    text = (
        b"ob=???\nfl=???\nfn=0x0000000000007010\n0 1\n"
        b"cob=a\ncfi=f\ncfn=known\ncalls=1 2 \n0 3\n"
        b"cfn=0x0000000000007010\ncalls=1 0 \n0 4\n"
        b"cfn=0x0000000000009999\ncalls=1 0 \n0 5"
    )
    found = ordered(HEAD + text + b"\n\ntotals: 1\n", PLACES.get).removeprefix(HEAD)
    assert found == (
        b"ob=a\nfl=???\nfn=0x0000000000000010\n0 1\n"
        b"cfn=0x0000000000000010\ncalls=1 0 \n0 4\n"
        b"cfi=f\ncfn=known\ncalls=1 2 \n0 3\n"
        b"cob=???\ncfn=0x0000000000009999\ncalls=1 0 \n0 5\n\ntotals: 1\n"
    )


_LINES = [b"ob=a", b"ob=b", b"fl=f", b"fl=e", b"fn=n", b"fn=m", b"3 1", b"+2 1 4", b"x"]
_LINES += [b"cob=a", b"cfi=e", b"cfn=c\ncalls=1 2\n7 4", b"cfn=d\ncalls=2 +2\n* 4"]
_LINES += [b"", b"", b"totals: 3", b"part: 2", b"summary: 0", b"ob=(1) x", b"fi=g", b"fe=f"]


@given(st.lists(st.sampled_from(_LINES), max_size=40))
def test_nothing_is_lost_of_what_is_no_profile(lines: list[bytes]) -> None:
    content = HEAD + b"ob=b\nfl=f\nfn=z\n1 1\n%b\n" % b"\n".join(lines)
    assert meaning(in_order(content)) == meaning(content)
