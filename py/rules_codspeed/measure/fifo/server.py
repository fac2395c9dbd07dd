"""The runner's side of the FIFO protocol, driven by a poll loop (spec: hooks-fifo 6, 7)."""

from __future__ import annotations

import os
import select
import time
from array import array
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.measure.fifo import protocol
from rules_codspeed.measure.fifo.fifos import Fifos
from rules_codspeed.measure.fifo.frames import (
    Abandoned,
    Decoder,
    Frame,
    Oversized,
    Undecodable,
    Unreadable,
)
from rules_codspeed.measure.fifo.protocol import (
    Ack,
    AddMarker,
    Command,
    CurrentBenchmark,
    Err,
    GetIntegrationMode,
    IntegrationMode,
    IntegrationModeResponse,
    Marker,
    MarkerKind,
    PingPerf,
    SetIntegration,
    SetVersion,
    StartBenchmark,
    StopBenchmark,
)

_BLOCK: Final = 1 << 16  # bytes, what a pipe holds
_BLOCKS: Final = 16  # read in one go, so that a flood does not keep the caller from its clock
# Nanoseconds after which bytes start a new frame: half of what a client waits for an answer.
_SILENCE: Final = 500_000_000
_MAX_WARNINGS: Final = 100
_MAX_MARKERS: Final = 8 << 20
_MAX_URI_BYTES: Final = 64 << 20  # of all together


class Control(Protocol):
    """The instrument, which measures between two commands; each may raise CodSpeedError."""

    def enable(self) -> None:
        """Starts measuring."""

    def disable(self) -> None:
        """Stops measuring."""

    def ping(self) -> None:
        """Asks whether the instrument answers."""

    def name(self, uri: str) -> None:
        """Takes the name of what was measured since the last name."""


class NoProfiler:
    """A control where nothing but observers measures."""

    def enable(self) -> None:
        """Starts nothing."""

    def disable(self) -> None:
        """Stops nothing."""

    def ping(self) -> None:
        """Answers."""

    def name(self, uri: str) -> None:
        """Takes no name."""


class Observer(Protocol):
    """What else observes benchmarks, while their program waits; it raises nothing."""

    def opened(self) -> None:
        """A benchmark is about to start."""

    def closed(self) -> None:
        """A benchmark has stopped."""

    def named(self, uri: str) -> None:
        """Takes the name of what was measured since the last name."""


class UriAt(NamedTuple):
    """Names the windows that ended between the previous entry and this one.

    Attributes:
      at: nanoseconds of CLOCK_MONOTONIC.
      uri: of the benchmark.
    """

    at: int
    uri: str


class FifoServer:
    """Answers clients and keeps what they report.

    Only for a run with an instrument: without one there must be no FIFO, which to clients means
    "not instrumented" (spec: hooks-fifo 1).

    Attributes:
      uri_by_ts: benchmarks, in the order of their ends.
      bench_pids: processes that reported benchmarks.
      integration: name and version; the last that was reported.
      warnings: faults that do not affect the result, bounded in number.
      failure: why the run must be aborted; the caller kills it.
    """

    def __init__(
        self,
        fifos: Fifos,
        control: Control,
        clock: Callable[[], int] = time.monotonic_ns,
        mode: IntegrationMode = IntegrationMode.WALLTIME,
        observer: Observer | None = None,
    ) -> None:
        """Makes a server.

        Args:
          fifos: to serve.
          control: of the instrument.
          clock: returns nanoseconds of CLOCK_MONOTONIC.
          mode: what is measured.
          observer: sees when benchmarks start and stop, outside of what is measured.
        """
        self._mode = mode
        self._observer = observer
        self.uri_by_ts: list[UriAt] = []
        self.bench_pids: set[int] = set()
        self.integration: tuple[str, str] | None = None
        self.warnings: list[str] = []
        self.failure: CodSpeedError | None = None
        self._fifos = fifos
        self._control = control
        self._clock = clock
        self._decoder = Decoder()
        self._last_read = clock()
        self._is_open = False
        self._uri_bytes = 0
        # A benchmark that pauses its timer makes millions: nine bytes each.
        self._marker_kinds = bytearray()
        self._marker_times = array("Q")

    def fileno(self) -> int:
        """The descriptor that becomes readable when clients have written."""
        return self._fifos.ctl

    @property
    def markers(self) -> list[Marker]:
        """The runner's and the clients', in the order of arrival."""
        kinds = map(MarkerKind, self._marker_kinds)
        return [Marker(kind, at) for kind, at in zip(kinds, self._marker_times, strict=True)]

    def handle(self) -> None:
        """Reads what is there and answers; never waits for a client."""
        inside = self._decoder.is_inside_frame
        silent = inside and self._clock() - self._last_read >= _SILENCE
        for _ in range(_BLOCKS):
            if self.failure:
                return
            try:
                data = os.read(self._fifos.ctl, _BLOCK)
            except BlockingIOError:
                break
            for frame in self._decoder.feed(data, silent):
                self._take(frame)
            silent = False
        self._last_read = self._clock()

    def _take(self, frame: Frame) -> None:
        if self.failure:
            return
        if isinstance(frame, Undecodable):
            self._warn(f"a client wrote something that is not a command: {frame.reason}")
        elif isinstance(frame, Unreadable):
            # Without it, what was measured would be the next one's.
            self.failure = _unreadable(frame.name)
        elif isinstance(frame, Oversized):
            self._warn(f"a client wrote a command of {frame.length} bytes, which is too long")
        elif isinstance(frame, Abandoned):
            self._warn(f"a client stopped inside a command, after {frame.length} bytes")
        else:
            try:
                if answer := self._answer(frame):
                    self._send(answer)
            except CodSpeedError as error:
                self.failure = error

    def _answer(self, command: Command) -> Command | None:
        """Does what a command asks for; None where upstream does not answer."""
        if isinstance(command, PingPerf):
            return self._ping()
        if isinstance(command, GetIntegrationMode):
            return IntegrationModeResponse(self._mode)
        if isinstance(command, StartBenchmark):
            self._start()
        elif isinstance(command, StopBenchmark):
            self._stop()
        elif isinstance(command, CurrentBenchmark):
            self._name(command)
        elif isinstance(command, AddMarker):
            self._mark(command.marker.kind, command.marker.at)
        elif isinstance(command, SetIntegration):
            self.integration = (command.name, command.version)
        elif isinstance(command, SetVersion):
            _check_version(command.version, self._mode)
        else:
            self._warn(f"a client sent what only a runner may send: {type(command).__name__}")
            return Err()
        return Ack()

    def _ping(self) -> Command:
        try:
            self._control.ping()
        except CodSpeedError as error:
            self._warn(str(error))
            return Err()
        return Ack()

    def _start(self) -> None:
        if self._observer and not self._is_open:
            self._observer.opened()
        self._control.enable()
        if self._is_open:
            self._warn("a benchmark was started while another one ran")
            return
        self._is_open = True
        self._mark(MarkerKind.SAMPLE_START, self._clock())

    def _stop(self) -> None:
        if self._mode == IntegrationMode.ANALYSIS and self._has_unread_answer():
            raise _went_on()
        self._control.disable()
        if not self._is_open:
            self._warn("a benchmark was stopped although none ran")
            return
        self._is_open = False
        self._mark(MarkerKind.SAMPLE_END, self._clock())
        if self._observer:
            self._observer.closed()

    def _has_unread_answer(self) -> bool:
        """Returns whether there is an answer that no client has read yet."""
        poll = select.poll()
        poll.register(self._fifos.ack, select.POLLIN)
        return bool(poll.poll(0))

    def _name(self, command: CurrentBenchmark) -> None:
        self._uri_bytes += len(command.uri) + 64
        if self._uri_bytes > _MAX_URI_BYTES:
            raise _too_much("names of benchmarks", f"{_MAX_URI_BYTES} bytes")
        self._control.name(command.uri)
        if self._observer:
            self._observer.named(command.uri)
        self.uri_by_ts.append(UriAt(self._clock(), command.uri))
        self.bench_pids.add(command.pid)

    def _mark(self, kind: MarkerKind, at: int) -> None:
        if len(self._marker_times) >= _MAX_MARKERS:
            raise _too_much("markers", str(_MAX_MARKERS))
        self._marker_kinds.append(kind)
        self._marker_times.append(at)

    def _send(self, command: Command) -> None:
        try:
            # Shorter than PIPE_BUF: all of it or nothing.
            os.write(self._fifos.ack, protocol.encode(command))
        except BlockingIOError:
            self._warn("clients do not read the answers; one was dropped")

    def _warn(self, text: str) -> None:
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(text)


def _check_version(version: int, mode: IntegrationMode) -> None:
    """Raises CodSpeedError if a client speaks another protocol (spec: hooks-fifo 6)."""
    minimum = protocol.MINIMAL_VERSIONS[mode]
    got = f"version {version} of the FIFO protocol"
    expected = f"version {minimum} to {protocol.CURRENT_VERSION}"
    if version < minimum:
        raise BenchmarkError(
            "the benchmark's CodSpeed integration is too old for this runner",
            got=got,
            expected=expected,
            fix="please update the integration",
        )
    if version > protocol.CURRENT_VERSION:
        raise BenchmarkError(
            "this runner is too old for the benchmark's CodSpeed integration",
            got=got,
            expected=expected,
            fix="please update the runner, which is rules_codspeed, or use an older integration",
        )


def _went_on() -> CodSpeedError:
    """Returns the error of a client that did not wait for the answer to its start.

    The machine is at fault as a rule, so that this is not recorded: clients wait for a second
    (spec: hooks-fifo 8.2).
    """
    return CodSpeedError(
        "a benchmark began before it was measured",
        got="its end, while the answer to its start was still unread",
        expected="a client that waits for that answer, which must come within a second",
        fix="measure on a machine with less other work; if it fails again, let the program leave "
        "its limits (setrlimit) and signals alone",
    )


def _unreadable(name: str) -> CodSpeedError:
    return BenchmarkError(
        "the name of a benchmark cannot be read",
        got=name,
        expected="UTF-8",
        fix="give the benchmark a name in UTF-8, best in ASCII",
    )


def _too_much(what: str, limit: str) -> CodSpeedError:
    return BenchmarkError(
        f"the benchmark sent too many {what}",
        got=f"more than {limit}",
        expected="one command for a round or a benchmark",
        fix="make sure that the program does not send them in an endless loop",
    )
