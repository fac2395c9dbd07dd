"""Arbitrary bytes in place of a recording: an error of one kind, or fewer records."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.attributes import sampled_event
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.harvest.samples.samples import read_samples
from tests.capture.perf import recordings as made
from tests.capture.perf.recordings import Recorder

IDENTIFIED = made.USUAL | made.IDENTIFIER


def recording(sample_type: int = made.USUAL, order: str = "<", kind: int | None = None) -> bytes:
    """Returns a recording with all that the readers use, compressed if a kind is given."""
    attributes = [
        made.attribute(sample_type, ids=[1, 2], order=order),
        made.attribute(sample_type, ids=[3], config=9, read_format=8, order=order),
    ]
    start = Recorder(sample_type, order, attributes)
    recorder = Recorder(sample_type, order, [])
    begin = len(recorder.data)
    recorder.comm(7, b"bench", 5).mmap2(7, 0x400000, 0x1000, 0, b"/bin/bench", 9).fork(8, 7, 8)
    recorder.sample(7, 0x400010, 10, [0x400010, 0x400020]).end_round()
    recorder.mmap2(8, 0x500000, 0x1000, 0x1000, b"/lib/a.so", 11).sample(8, 0x500000, 12)
    inner = recorder.data[begin:]
    if kind is None:
        return start.add(inner).data
    middle = len(inner) // 2
    return start.add(*made.compressed([inner[:middle], inner[middle:]], kind, order)).data


EXAMPLES = [
    recording(),
    recording(IDENTIFIED),
    recording(order=">"),
    recording(kind=made.COMPRESSED),
    recording(order=">", kind=made.COMPRESSED2),
]


def events(data: bytes) -> Iterable[object]:
    return ordered_events(io.BytesIO(data), "p")


def samples(data: bytes) -> Iterable[object]:
    return read_samples(io.BytesIO(data), "p")


READERS: list[Callable[[bytes], Iterable[object]]] = [events, samples]


def check_error(error: DamagedFile, length: int) -> None:
    assert error.file == "p"
    assert 0 <= error.offset <= length
    assert str(error).startswith(f"p: damaged at byte {error.offset}. Got: ")


def read_all(data: bytes) -> None:
    """Reads what can be read; anything except the one error of damage fails the test."""
    for read in READERS:
        try:
            for _ in read(data):
                pass
        except DamagedFile as error:
            check_error(error, len(data))
    with contextlib.suppress(DamagedFile):
        sampled_event(io.BytesIO(data), "p")


@pytest.mark.parametrize("data", EXAMPLES)
def test_examples_are_whole(data: bytes) -> None:
    assert [len(list(read(data))) for read in READERS] == [4, 2]


@pytest.mark.parametrize("data", EXAMPLES)
def test_truncated_at_every_byte(data: bytes) -> None:
    whole = [list(read(data)) for read in READERS]
    described = 16 + len(made.attribute(ids=[1, 2]))
    for length in range(len(data)):
        for read, all_of_them in zip(READERS, whole, strict=True):
            if length < described:
                with pytest.raises(DamagedFile):
                    list(read(data[:length]))
            else:
                found = list(read(data[:length]))
                assert len(found) <= len(all_of_them)
                assert set(found) <= set(all_of_them)


@pytest.mark.parametrize("data", EXAMPLES)
def test_every_byte_changed(data: bytes) -> None:
    for at in range(len(data)):
        for value in (0, data[at] ^ 0x80, 0xFF):
            read_all(data[:at] + bytes([value]) + data[at + 1 :])


@given(st.binary(max_size=600), st.sampled_from("<>"), st.booleans())
@settings(max_examples=150)
def test_any_bytes(data: bytes, order: str, described: bool) -> None:
    read_all(data)
    start = Recorder(order=order) if described else Recorder(order=order, attributes=[])
    read_all(start.data + data)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([3, 7, 9, 10, 64, 66, 68, 71, 81, 83]),
            st.integers(0, 0xFFFF),
            st.binary(max_size=120),
        ),
        max_size=8,
    ),
    st.sampled_from([made.USUAL, IDENTIFIED, made.READ | made.CALLCHAIN, 0]),
)
@settings(max_examples=200)
def test_records_of_any_content(records: list[tuple[int, int, bytes]], sample_type: int) -> None:
    attributes = [made.attribute(sample_type, read_format=31)]
    for kind, misc, body in records:
        attributes.append(made.record(kind, body, misc))
    read_all(Recorder(attributes=attributes).data)


@given(st.data())
@settings(max_examples=200)
def test_mutated(draw: st.DataObject) -> None:
    data = bytearray(draw.draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data)))
        length = draw.draw(st.integers(0, 16))
        data[at : at + length] = draw.draw(st.binary(max_size=16))
    read_all(bytes(data))


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_compressed_bytes(inner: bytes) -> None:
    recorder = Recorder().add(*made.compressed([inner[:100], inner[100:]]))
    read_all(recorder.data)
