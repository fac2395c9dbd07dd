"""The events of a recording: which of them a record belongs to, and when it was made.

Format: the records HEADER_ATTR (spec: symbol-harvest 2.1, 2.2).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.attribute import (
    FIX,
    Attribute,
    Layout,
    event_name,
    read_attribute,
)
from rules_codspeed.capture.perf.record import COMM, FORK, HEADER_ATTR, MMAP2, SAMPLE, Record
from rules_codspeed.capture.perf.stream import Recording


class Attributes:
    """The events of a recording, as far as it was read.

    Attributes:
      recording: the recording to which they belong.
      all: the events, in order.
    """

    __slots__ = ("_by_id", "_word", "all", "recording")

    def __init__(self, recording: Recording) -> None:
        """Starts without events."""
        self.recording = recording
        self.all: list[Attribute] = []
        self._by_id: dict[int, Attribute] = {}
        self._word = struct.Struct(recording.order + "Q").unpack_from

    def add(self, record: Record) -> None:
        """Adds the event of a record of type HEADER_ATTR.

        Raises:
          DamagedFile: it is too short, or its records cannot be distinguished from others.
        """
        attribute = read_attribute(record, self.recording)
        self.all.append(attribute)
        layouts = {one.layout for one in self.all}
        if len(layouts) > 1 and not _distinct(layouts):
            raise DamagedFile(
                self.recording.name,
                record.offset,
                "events whose records differ in layout, without identifiers",
                "the same layout for all, or an identifier in each record",
                FIX,
            )
        self._by_id.update(dict.fromkeys(attribute.ids, attribute))

    def time_of(self, record: Record) -> int | None:
        """Returns the time (ns) of a record that is not a sample; None if perf synthesized it.

        Raises:
          DamagedFile: the record is too short, or comes before any event.
        """
        layout = self._first(record).layout
        body = record.body
        if layout.size > len(body):
            raise self.short(record)
        if layout.identified and len(self.all) > 1:
            attribute = self._by_id.get(self._word(body, len(body) - 8)[0])
            if attribute is None:
                return None
            layout = attribute.layout
            if layout.size > len(body):
                raise self.short(record)
        if layout.time is None:
            return None
        time: int = self._word(body, len(body) - layout.size + layout.time)[0]
        return time

    def of_sample(self, record: Record) -> Attribute:
        """Returns the event of a sample.

        Raises:
          DamagedFile: the record is too short, names no event, or comes before any.
        """
        first = self._first(record)
        at = first.layout.sample_id
        if len(self.all) == 1 or at is None:
            return first
        if at + 8 > len(record.body):
            raise self.short(record)
        number = self._word(record.body, at)[0]
        attribute = self._by_id.get(number)
        if attribute is None:
            raise DamagedFile(
                self.recording.name,
                record.offset,
                f"a sample of the event {number}",
                "an event of this recording",
                FIX,
            )
        return attribute

    def short(self, record: Record) -> DamagedFile:
        """Returns the error of a record that ends before what it should have."""
        return DamagedFile(
            self.recording.name,
            record.offset,
            f"a record of type {record.type} with only {len(record.body)} bytes",
            "all fields that records of this type have here",
            FIX,
        )

    def check(self) -> None:
        """Raises DamagedFile if there is no event at all; to be called at the end."""
        if not self.all:
            raise DamagedFile(
                self.recording.name, 0, "a recording without any event", "at least one", FIX
            )

    def _first(self, record: Record) -> Attribute:
        if not self.all:
            raise DamagedFile(
                self.recording.name,
                record.offset,
                f"a record of type {record.type} before any event is described",
                "the description of the events (HEADER_ATTR) first",
                FIX,
            )
        return self.all[0]


def sampled_event(file: BinaryIO, name: str) -> str:
    """Returns the name of the event by which a recording was made.

    perf adds a dummy to the events that were asked for; it is passed over.

    Raises:
      DamagedFile: it is not a recording, or has no event.
      OSError: it cannot be read.
    """
    recording = Recording(file, name)
    attributes = Attributes(recording)
    for record in recording.records(frozenset({HEADER_ATTR, FORK, COMM, MMAP2, SAMPLE})):
        if record.type != HEADER_ATTR:
            break
        attributes.add(record)
    attributes.check()
    names = [event_name(attribute) for attribute in attributes.all]
    return next((one for one in names if one.removesuffix(":u") != "dummy"), names[0])


def _distinct(layouts: set[Layout]) -> bool:
    """Returns whether the event of a record is known without knowing its layout."""
    return all(one.identified for one in layouts) and len({bool(one.size) for one in layouts}) == 1
