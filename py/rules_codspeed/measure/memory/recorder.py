"""Folds and records what comes through a channel, in a thread, while the program runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.memory.channel import (
    Channel,
    Detail,
    Mark,
    Timeline,
    Totals,
    Weight,
)
from rules_codspeed.measure.memory.marks import ProgramMarks
from rules_codspeed.measure.stage.threads import start_without_signals

_LEVEL = -5  # as memtrack (spec: memory 6.1)


class Recorder:
    """Writes the artifact, and keeps the totals of benchmarks and the times of their windows.

    Attributes:
      totals: of each name, in the order of the names.
      timelines: how many bytes were live, likewise.
      weights: what its call stacks allocated, likewise; empty where none are looked for.
      named_at: time of each name.
      markers: kind and time of the start and end of each window.
      marks: what a program that opens its windows itself has marked.
    """

    def __init__(self, channel: Channel, artifact: BinaryIO, detail: Detail = Detail.NONE) -> None:
        # Not in the standard library, so the driver starts without it.
        import zstandard

        self.totals: list[Totals] = []
        self.timelines: list[Timeline] = []
        self.weights: list[list[Weight]] = []
        self.named_at: list[int] = []
        self.markers: list[tuple[str, int]] = []
        self.marks = ProgramMarks(channel)
        self._detail = detail
        self._channel = channel
        channel.look_for(detail)
        self._artifact = artifact
        self._compressor = zstandard.ZstdCompressor(_LEVEL, write_content_size=False).compressobj()
        self._failure: BaseException | None = None
        self._is_open = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Records until the end of a `with` statement, at which no process is left.

        Raises:
          CodSpeedError: events were lost.
          OSError: the artifact cannot be written.
        """
        start_without_signals(self._thread)
        try:
            yield
        finally:
            self._channel.mark(Mark.END)
            self._thread.join()
        if self._failure:
            raise self._failure
        if lost := self._channel.lost():
            raise BenchmarkError(
                "not all allocations were recorded",
                got=f"{lost:,} that a killed process had begun to record",
                expected="processes that end by themselves, or outside of what is measured",
                fix="let the program wait for its processes rather than kill them",
            )

    def _run(self) -> None:
        while True:
            records, mark = self._channel.fold()
            try:
                if not self._failure:
                    self._take(records, mark)
            except BaseException as error:  # kept for the thread that waits
                self._failure = error
            self.marks.take(mark)
            if mark is Mark.END:
                return

    def _take(self, records: memoryview, mark: Mark) -> None:
        # How records are cut depends on them alone, so equal ones give equal bytes.
        self._artifact.write(self._compressor.compress(records))
        at = self._channel.time()
        if mark is Mark.START and not self._is_open:
            self.markers.append(("SampleStart", at))
        elif mark is Mark.STOP and self._is_open:
            self.markers.append(("SampleEnd", at))
        if mark in (Mark.START, Mark.STOP):
            self._is_open = mark is Mark.START
        elif mark is Mark.NAME:
            self.named_at.append(at)
            self.totals.append(self._channel.totals())
            self.timelines.append(self._channel.timeline())
            self.weights.append(self._channel.weights() if self._detail else [])
        elif mark is Mark.END:
            self._artifact.write(self._compressor.flush())
