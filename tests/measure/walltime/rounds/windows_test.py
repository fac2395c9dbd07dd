"""Rounds are found by the time stamps of their markers, whenever those were sent."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.fifo.protocol import Marker, MarkerKind
from rules_codspeed.measure.walltime.rounds.windows import round_durations

OPEN, CLOSE = MarkerKind.SAMPLE_START, MarkerKind.SAMPLE_END
START, END = MarkerKind.BENCHMARK_START, MarkerKind.BENCHMARK_END


def markers(*pairs: tuple[MarkerKind, int]) -> list[Marker]:
    return [Marker(kind, at) for kind, at in pairs]


def test_pairs_inside_the_windows_of_a_benchmark() -> None:
    sent = markers(
        (OPEN, 10), (START, 11), (END, 14), (START, 15), (END, 16), (CLOSE, 20),
        (OPEN, 30), (START, 31), (END, 39), (CLOSE, 40),
    )  # fmt: skip
    assert round_durations(sent, [(25, "a"), (45, "b")]) == {"a": [3, 1], "b": [8]}


def test_markers_sent_late() -> None:
    """As exec-harness before the end of the window, and codspeed-node after the name."""
    late = markers((OPEN, 10), (CLOSE, 20), (START, 15), (START, 11), (END, 16), (END, 14))
    assert round_durations(late, [(25, "a")]) == {"a": [3, 1]}


def test_several_windows_of_one_benchmark() -> None:
    sent = markers(
        (OPEN, 1), (START, 2), (END, 3), (CLOSE, 4), (OPEN, 5), (START, 6), (END, 9), (CLOSE, 10)
    )
    assert round_durations(sent, [(11, "a")]) == {"a": [1, 3]}


def test_window_without_end() -> None:
    assert round_durations(markers((OPEN, 1), (START, 2), (END, 5)), [(9, "a")]) == {"a": [3]}


def test_what_belongs_to_no_benchmark() -> None:
    outside = markers((START, 1), (END, 2), (OPEN, 3), (CLOSE, 4), (START, 5), (END, 6))
    assert round_durations(outside, [(9, "a")]) == {}
    across = markers((OPEN, 1), (START, 3), (CLOSE, 4), (END, 6))
    assert round_durations(across, [(9, "a")]) == {}
    unnamed = markers((OPEN, 10), (START, 11), (END, 12), (CLOSE, 13))
    assert round_durations(unnamed, [(9, "a")]) == {}
    assert round_durations([], [(9, "a")]) == {}


def test_start_without_end() -> None:
    sent = markers((OPEN, 1), (START, 2), (START, 4), (END, 5), (END, 6), (CLOSE, 9))
    assert round_durations(sent, [(9, "a")]) == {"a": [1]}


_MARKERS = st.lists(st.builds(Marker, st.sampled_from(MarkerKind), st.integers(0, 50)))


@settings(max_examples=200)
@given(_MARKERS, st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abc"))))
def test_any_markers(sent: list[Marker], named: list[tuple[int, str]]) -> None:
    found = round_durations(sent, named)
    assert found.keys() <= {uri for _, uri in named}
    assert sum(map(len, found.values())) <= sum(kind == END for kind, _ in sent)
    assert all(one >= 0 for durations in found.values() for one in durations)
    assert found == round_durations(sorted(sent, key=lambda one: one.at), named)
