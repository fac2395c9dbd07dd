"""What is recorded: names, layouts, and recordings whose records cannot be distinguished."""

from __future__ import annotations

import io

import pytest

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.attribute import EXCLUDE_KERNEL, Attribute, event_name
from rules_codspeed.capture.perf.attributes import sampled_event
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.harvest.samples.samples import read_samples
from tests.capture.perf import recordings as made
from tests.capture.perf.recordings import Recorder


def event_of(*attributes: bytes, order: str = "<") -> str:
    return sampled_event(io.BytesIO(Recorder(order=order, attributes=attributes).data), "p")


def times(data: bytes) -> list[int | None]:
    return [event.time for event in ordered_events(io.BytesIO(data), "p")]


def first_attribute(data: bytes) -> Attribute:
    return next(read_samples(io.BytesIO(data), "p")).event


@pytest.mark.parametrize(
    ("kind", "config", "name"),
    [
        (0, 0, "cycles"),
        (0, 1, "instructions"),
        (0, 9, "ref-cycles"),
        (0, 0x400000000, "cycles"),
        (0, 10, "event 0:0xa"),
        (1, 0, "cpu-clock"),
        (1, 1, "task-clock"),
        (1, 9, "dummy"),
        (3, 0x10001, "event 3:0x10001"),
        (8, 0x11, "event 8:0x11"),
    ],
)
def test_name_of_an_event(kind: int, config: int, name: str) -> None:
    data = Recorder(attributes=[made.attribute(kind=kind, config=config)]).sample(1, 1).data
    assert event_name(first_attribute(data)) == name
    assert event_of(made.attribute(kind=kind, config=config)) == name


@pytest.mark.parametrize("order", ["<", ">"])
def test_event_without_samples_of_the_kernel(order: str) -> None:
    flags = made.SAMPLE_ID_ALL | made.FREQUENCY | EXCLUDE_KERNEL
    clock = made.attribute(flags=flags, order=order)
    dummy = made.attribute(config=9, ids=[3], flags=flags, order=order)
    assert event_of(dummy, clock, order=order) == "cpu-clock:u"


def test_dummy_that_perf_adds_is_passed_over() -> None:
    clock, dummy = made.attribute(ids=[1, 2]), made.attribute(config=9, ids=[3, 4])
    assert event_of(clock, dummy) == "cpu-clock"
    assert event_of(dummy, clock) == "cpu-clock"
    assert event_of(dummy) == "dummy"


def test_events_behind_the_first_record_are_not_looked_for() -> None:
    data = Recorder().sample(1, 1).data + bytes(100)
    assert sampled_event(io.BytesIO(data), "p") == "cpu-clock"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [64, 72, 128, 136, 1000])
def test_fields_and_ids(size: int, order: str) -> None:
    attribute = made.attribute(
        kind=4, config=0x1A2, ids=[7, 1 << 40], period=5, read_format=4, size=size, order=order
    )
    found = first_attribute(Recorder(order=order, attributes=[attribute]).sample(1, 1).data)
    assert found[:7] == (4, 0x1A2, 5, made.USUAL, 4, 0x40400, (7, 1 << 40))


@pytest.mark.parametrize("order", ["<", ">"])
def test_trailer_only_with_its_flag(order: str) -> None:
    for flags, time in ((made.SAMPLE_ID_ALL, 5), (made.FREQUENCY, None)):
        attribute = made.attribute(flags=flags, order=order)
        data = Recorder(order=order, attributes=[attribute]).fork(2, 1, 5).data
        assert times(data) == [time]


def test_events_of_the_same_layout() -> None:
    usual = made.attribute(made.USUAL, ids=[1])
    other = made.attribute(made.USUAL ^ made.CALLCHAIN ^ made.PERIOD, config=9, ids=[2])
    assert times(Recorder(attributes=[usual, other]).fork(2, 1, 5).data) == [5]


def test_events_of_different_layouts_with_identifiers() -> None:
    """The time is elsewhere from either end of the trailers."""
    base = made.TIME | made.IDENTIFIER
    more = base | made.TID | made.CPU
    attributes = [made.attribute(base, ids=[7]), made.attribute(more, ids=[1])]
    for given in (attributes, attributes[::-1]):
        recorder = Recorder(more, attributes=given).fork(2, 1, 5).comm(2, b"x", 6)
        assert times(recorder.data) == [5, 6]


def test_record_that_perf_made_up_has_identifier_zero() -> None:
    base = made.TIME | made.IDENTIFIER
    attributes = [made.attribute(base, ids=[1]), made.attribute(base | made.CPU, ids=[2])]
    data = Recorder(base, attributes=attributes).add(made.fork(2, 1, 5, bytes(24))).data
    assert times(data) == [None]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (made.TIME, made.TIME | made.TID),
        (made.TIME | made.IDENTIFIER, made.TIME),
        (made.TIME | made.ID, made.TIME | made.ID | made.CPU),
        (made.TIME | made.ID, made.TIME | made.ID | made.IP),
    ],
)
def test_events_whose_records_cannot_be_distinguished(first: int, second: int) -> None:
    data = Recorder(attributes=[made.attribute(first), made.attribute(second)]).data
    with pytest.raises(DamagedFile, match="events whose records differ in layout") as caught:
        times(data)
    assert caught.value.offset == 16 + len(made.attribute(first))


def test_trailers_of_only_some_events() -> None:
    attributes = [made.attribute(made.TIME | made.IDENTIFIER, flags) for flags in (0, 1 << 18)]
    with pytest.raises(DamagedFile, match="differ in layout"):
        times(Recorder(attributes=attributes).data)


def test_no_event_at_all() -> None:
    for read in (times, event_of_data, samples_of):
        with pytest.raises(DamagedFile, match="a recording without any event"):
            read(made.header())


def event_of_data(data: bytes) -> str:
    return sampled_event(io.BytesIO(data), "p")


def samples_of(data: bytes) -> int:
    return len(list(read_samples(io.BytesIO(data), "p")))


def test_record_before_the_first_event() -> None:
    recorder = Recorder(attributes=[]).add(made.record(80)).fork(2, 1).add(made.attribute())
    with pytest.raises(DamagedFile, match="a record of type 7 before any event") as caught:
        times(recorder.data)
    assert caught.value.offset == 24
    with pytest.raises(DamagedFile, match="a record of type 9 before any event"):
        samples_of(Recorder(attributes=[]).sample(1, 1).data)


@pytest.mark.parametrize("length", [0, 8, 47])
def test_description_that_is_too_short(length: int) -> None:
    data = made.header() + made.record(64, bytes(length))
    with pytest.raises(DamagedFile, match=f"described by {length} bytes. Expected: at least 48"):
        times(data)


@pytest.mark.parametrize("size", [0, 47, 137, 1 << 31])
def test_size_of_the_description_is_impossible(size: int) -> None:
    attribute = bytearray(made.attribute(ids=[1]))
    attribute[12:16] = size.to_bytes(4, "little")
    with pytest.raises(
        DamagedFile, match=f"announces {size} bytes of description. Expected: 48 to 136"
    ):
        times(made.header() + bytes(attribute))
