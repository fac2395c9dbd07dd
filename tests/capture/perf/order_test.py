"""The order of events: by time, in a window of two rounds."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf import order
from rules_codspeed.capture.perf.order import ordered_events
from tests.capture.perf import recordings as made
from tests.capture.perf.recordings import Recorder


def order_of(recorder: Recorder) -> list[int]:
    """Returns the processes of the events."""
    return [event.pid for event in ordered_events(io.BytesIO(recorder.data), "p")]


def test_by_time_then_by_place() -> None:
    recorder = Recorder().fork(1, 0, 30).fork(2, 0, 10).fork(3, 0, 20).fork(4, 0, 10)
    assert order_of(recorder) == [2, 4, 3, 1]


def test_events_without_time_come_first() -> None:
    recorder = Recorder().fork(1, 0, 5).comm(2, b"x", 0).fork(3, 0, 0)
    assert order_of(recorder) == [2, 3, 1]
    # As perf makes them up beside several events: with an identifier that none of them has.
    kind = made.TIME | made.IDENTIFIER
    events = [made.attribute(kind, ids=[one]) for one in (1, 2)]
    recorder = Recorder(kind, attributes=events).fork(1, 0, 5).fork(2, 0, 0)
    recorder.add(made.fork(3, 0, trailer=bytes(16)))
    assert order_of(recorder) == [3, 2, 1]


def test_across_two_rounds() -> None:
    recorder = Recorder().fork(1, 0, 30).end_round().fork(2, 0, 10).end_round().fork(3, 0, 40)
    assert order_of(recorder.end_round()) == [2, 1, 3]
    # What is just newer than all of the round before may be followed by an older one.
    recorder = Recorder().fork(1, 0, 10).end_round().fork(2, 0, 11).end_round().fork(3, 0, 10)
    assert order_of(recorder.end_round()) == [1, 3, 2]


def test_across_compressed_records() -> None:
    forks = [made.fork(pid, 0, trailer=Recorder().trailer(0, 100 - pid)) for pid in range(9)]
    recorder = Recorder().add(*made.compressed(forks[:3])).end_round()
    assert order_of(recorder) == [2, 1, 0]
    zstd = made.compressed(forks)
    recorder = Recorder().add(*zstd[:3]).end_round().add(*zstd[3:]).end_round()
    assert order_of(recorder) == list(range(8, -1, -1))


def test_records_of_other_types_are_passed_over() -> None:
    recorder = (
        Recorder().add(made.record(1, b"mmap")).sample(7, 8).add(made.record(4), made.record(5))
    )
    assert order_of(recorder.add(made.record(200)).fork(1, 0, 1)) == [1]


class Watched(io.BytesIO):
    """A file that records how far it was read."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 64))


def test_events_are_yielded_while_the_file_is_read() -> None:
    recorder = Recorder()
    for number in range(1000):
        recorder.fork(number, 0, number + 1).end_round()
    file = Watched(recorder.data)
    events = ordered_events(file, "p")
    for expected in range(1000):
        assert next(events).pid == expected
        # The event, the round after it, and what was read ahead.
        assert file.tell() <= 300 + 72 * (expected + 3) + 64 or expected > 990


def test_too_many_events_without_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "MAX_PENDING", 10)
    recorder = Recorder()
    for number in range(10):
        recorder.fork(number, 0, 1)
    assert len(order_of(recorder)) == 10
    recorder.fork(10, 0, 1)
    with pytest.raises(DamagedFile, match="more than 10 events in two rounds"):
        order_of(recorder)


def test_many_ends_of_rounds_cost_nothing() -> None:
    recorder = Recorder().fork(1, 0, 9).add(made.record(made.FINISHED_ROUND) * 100_000)
    assert order_of(recorder.fork(2, 0, 10)) == [1, 2]


@st.composite
def rounds(draw: st.DrawFn) -> list[list[int]]:
    """Times in rounds such that none is older than those of the round before the last."""
    found: list[list[int]] = []
    for _ in range(draw(st.integers(0, 8))):
        least = max((time for times in found[:-1] for time in times), default=1)
        found.append(draw(st.lists(st.integers(least, least + 20), max_size=5)))
    return found


@given(rounds(), st.booleans())
@settings(max_examples=150)
def test_same_as_sorting_everything(times: list[list[int]], last_ends: bool) -> None:
    recorder = Recorder()
    all_times: list[int] = []
    for index, one in enumerate(times):
        for time in one:
            recorder.fork(len(all_times), 0, time)
            all_times.append(time)
        if last_ends or index < len(times) - 1:
            recorder.end_round()
    expected = sorted(range(len(all_times)), key=all_times.__getitem__)
    assert order_of(recorder) == expected
