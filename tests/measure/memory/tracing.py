"""Runs programs with the library of memory mode preloaded, and reads what comes of it."""

from __future__ import annotations

import io
import struct
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rules_codspeed.measure.memory.channel import (
    VARIABLE,
    Channel,
    FoldLibrary,
    Mark,
    Note,
    Timeline,
    Totals,
)
from rules_codspeed.measure.memory.recorder import Recorder
from rules_codspeed.results.memtrack.artifact import read_events
from rules_codspeed.results.memtrack.fold import Memory, fold_benchmarks

_MOST_STEPS = 256  # rules/memory/fold.h


class Libraries(NamedTuple):
    """The library that is preloaded, and the one that folds."""

    preload: Path
    fold: Path


@dataclass
class Traced:
    """What a run left."""

    status: int
    totals: Totals
    artifact: bytes
    notes: list[Note]
    heaps: list[str]
    recorder: Recorder

    def events(self) -> list[dict[str, Any]]:
        """The events of the artifact."""
        return read_artifact(self.artifact)

    def summary(self) -> tuple[int, int, int]:
        """Peak, total and calls."""
        return self.totals.peak, self.totals.total, self.totals.calls


def read_artifact(content: bytes) -> list[dict[str, Any]]:
    """Returns the events of an artifact, in one or several frames."""
    return list(read_events(io.BytesIO(content)))


def _checked(recorder: Recorder, artifact: bytes) -> Totals:
    """Returns the totals of the one name, which are those that CodSpeed's fold gives."""
    (totals,), (named,) = recorder.totals, recorder.named_at
    found = fold_benchmarks(read_artifact(artifact), [(named, "one")], recorder.markers)
    assert found == {"one": Memory(totals.peak, totals.total, totals.calls)}
    (timeline,) = recorder.timelines
    assert len(timeline.live) <= _MOST_STEPS
    assert max(timeline.live, default=0) == totals.peak
    return totals


class Tracer:
    """Runs programs, each with a channel of its own."""

    def __init__(self, libraries: Libraries, folder: Path) -> None:
        self._libraries = libraries
        self._folder = folder
        self._count = 0

    def run(
        self, *command: str | Path, capacity: int = 1 << 12, env: Mapping[str, str] | None = None
    ) -> Traced:
        """Runs a program as a whole in one window."""
        channel = self._channel(capacity)
        artifact = io.BytesIO()
        recorder = Recorder(channel, artifact)
        variables = self._variables(channel)
        with recorder.running():
            channel.mark(Mark.START)
            ended = subprocess.run(
                list(map(str, command)),
                env={**variables, **(env or {})},
                stdout=subprocess.DEVNULL,
                timeout=120,
            )
            channel.mark(Mark.STOP)
            channel.mark(Mark.NAME)
        notes, heaps = channel.notes(), channel.runtimes()
        channel.close()
        totals = _checked(recorder, artifact.getvalue())
        return Traced(ended.returncode, totals, artifact.getvalue(), notes, heaps, recorder)

    def steps(
        self, program: Path, steps: Iterable[Mark | tuple[int, int, int]]
    ) -> tuple[Totals, Timeline]:
        """Runs steps.c; returns what the windows among its steps, which get one name, counted.

        Args:
          program: steps.c, compiled.
          steps: kind, slot and size of each call, and the marks between them.
        """
        channel = self._channel(256)
        artifact = io.BytesIO()
        recorder = Recorder(channel, artifact)
        with (
            recorder.running(),
            subprocess.Popen(
                [program],
                env=self._variables(channel),
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            ) as child,
        ):
            assert child.stdin
            assert child.stdout
            for step in steps:
                if isinstance(step, Mark):
                    channel.mark(step)
                else:
                    child.stdin.write(struct.pack("=3I", *step))
                    assert child.stdout.read(1) == b"."
            channel.mark(Mark.NAME)
            child.stdin.close()
        channel.close()
        return _checked(recorder, artifact.getvalue()), recorder.timelines[0]

    def _channel(self, capacity: int) -> Channel:
        self._count += 1
        path = self._folder / f"channel{self._count}"
        return Channel(FoldLibrary(str(self._libraries.fold)), str(path), capacity)

    def _variables(self, channel: Channel) -> dict[str, str]:
        variables = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", VARIABLE: channel.path}
        return {**variables, "LD_PRELOAD": str(self._libraries.preload)}
