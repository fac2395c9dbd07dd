"""The order of functions: independent of Valgrind's, and nothing is lost."""

from __future__ import annotations

import io
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.measure.function_order import OrderingWriter, ordered
from rules_codspeed.results.callgrind import read_parts
from tests.results.profiles import ProfilePart, Style, random_parts, write_profile

TESTDATA = Path(__file__).parents[1] / "results/testdata"


def in_order(profile: bytes, size: int = 1 << 20) -> bytes:
    """Writes a profile in pieces of so many lines."""
    writing = io.BytesIO()
    writer = OrderingWriter(writing)
    lines = profile.splitlines(keepends=True)
    for at in range(0, len(lines), size):
        writer.write(b"".join(lines[at : at + size]))
    writer.flush()
    return writing.getvalue()


def costs_by_function(profile: bytes) -> Counter[tuple[bytes, ...]]:
    """Counts every line, with the part, object, file and function that it belongs to."""
    counted: Counter[tuple[bytes, ...]] = Counter()
    place = {b"ob": b"", b"fl": b"", b"fn": b""}
    number = b""
    for line in profile.splitlines():
        key, _, value = line.partition(b"=")
        if line.startswith((b"part: ", b"totals: ")):
            place = dict.fromkeys(place, b"")
            number = line
        if key in place:
            place[key] = value
        elif line:
            counted.update([(number, *place.values(), line)])
    return counted


def shuffled(part: ProfilePart, seed: int) -> ProfilePart:
    functions = list(part.functions)
    random.Random(seed).shuffle(functions)
    return ProfilePart(part.trigger, part.events, tuple(functions))


@given(st.integers(0, 99), st.integers(1, 30), st.integers(1, 200))
def test_any_order_gives_one_order(seed: int, functions: int, size: int) -> None:
    parts = random_parts(3, functions, seed)
    # Relative to the line before, which callgrind never is at the start of a function.
    style = Style(relative_positions=False)
    profile = write_profile(parts, style)
    other = write_profile([shuffled(part, seed) for part in parts], style)
    assert in_order(profile) == in_order(other, size)
    assert costs_by_function(in_order(profile)) == costs_by_function(profile)
    assert in_order(in_order(profile)) == in_order(profile)


@pytest.mark.parametrize("name", ["plain", "pytest", "recursion"])
def test_profile_of_valgrind(name: str) -> None:
    profile = (TESTDATA / f"{name}.out").read_bytes()
    found = in_order(profile)
    assert costs_by_function(found) == costs_by_function(profile)
    parts = list(read_parts(io.BytesIO(profile), name))
    ordered_parts = list(read_parts(io.BytesIO(found), name))
    assert [one.totals for one in ordered_parts] == [one.totals for one in parts]
    assert in_order(found) == found


def test_compressed_names_are_kept_in_place() -> None:
    profile = write_profile(random_parts(2, 9), Style(compress_names=True))
    assert in_order(profile) == profile
    profile = (TESTDATA / "compressed.out").read_bytes()
    assert in_order(profile) == profile


def test_positions_relative_to_another_function_are_kept_in_place() -> None:
    part = b"part: 1\nsummary: 0\n\n\nob=b\nfl=f\nfn=z\n3 1\n\nfn=a\n+2 1\n\ntotals: 2\n"
    assert ordered(part) == part
    assert ordered(part.replace(b"+2", b"5")) != part


def test_names_in_brackets_are_no_ids() -> None:
    functions = b"ob=b\nfl=f\nfn=main\n3 1\n\nfn=(below main)\n5 1\n"
    part = b"part: 1\nsummary: 0\n\n\n%b\ntotals: 2\n" % functions
    assert ordered(part).index(b"fn=(below main)") < ordered(part).index(b"fn=main")


def test_object_and_file_are_told_where_they_change() -> None:
    functions = [b"ob=b\nfl=f\nfn=n\n1 1\n", b"ob=a\nfl=f\nfn=n\n1 2\n", b"fl=e\nfn=m\n1 3\n"]
    functions += [b"fl=f\nfn=m\n1 4\n"]
    part = b"part: 1\nsummary: 0\n\n\n%b\ntotals: 10\n" % b"\n".join(functions)
    assert ordered(part).partition(b"summary: 0\n\n\n")[2] == (
        b"ob=a\nfl=e\nfn=m\n1 3\n\nfl=f\nfn=m\n1 4\n\nfn=n\n1 2\n\nob=b\nfl=f\nfn=n\n1 1\n"
        b"\ntotals: 10\n"
    )


_LINES = [b"ob=a", b"ob=b", b"fl=f", b"fl=e", b"fn=n", b"fn=m", b"3 1", b"+2 1", b"calls=1 2"]
_LINES += [b"", b"", b"totals: 3", b"part: 2", b"summary: 0", b"ob=(1) x", b"fi=g"]


@given(st.lists(st.sampled_from(_LINES), max_size=40))
def test_nothing_is_lost_of_what_is_no_profile(lines: list[bytes]) -> None:
    content = b"part: 1\nsummary: 0\n\n\nob=b\nfl=f\nfn=z\n%b\n" % b"\n".join(lines)
    assert costs_by_function(in_order(content)) == costs_by_function(content)
