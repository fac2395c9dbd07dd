"""What the driver and the program print, kept in one file of bounded size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import BinaryIO

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.instruments.redaction import Redaction

_HEAD = 1 << 20  # bytes of a run that are always kept
_TAIL = 1 << 16  # bytes of its end that are kept when there is more


class RunLog:
    """Writes the output of several runs to a stream."""

    def __init__(self, stream: BinaryIO, secrets: Mapping[str, str] | None = None) -> None:
        """Makes a log.

        Args:
          stream: to write to.
          secrets: value by name, which is written in place of it.
        """
        self._stream = stream
        self._redaction = Redaction(secrets or {})
        self._written = 0
        self._dropped = 0
        self._started = 0.0
        self.tail = b""

    def start(self, title: str) -> None:
        """Starts the output of one run."""
        self._stream.write(f"# {printable(title)}\n".encode())
        self._written = self._dropped = 0
        self._started = time.monotonic()
        self.tail = b""

    def note(self, text: str) -> None:
        """Writes a remark of the driver, between runs; it may quote what the program reported."""
        self._stream.write(f"# {printable(self._redaction.text(text))}\n".encode())

    def write(self, data: bytes) -> None:
        """Takes what the program printed."""
        self._keep(self._redaction.feed(data))

    def _keep(self, data: bytes) -> None:
        kept = data[: max(0, _HEAD - self._written)]
        self._stream.write(kept)
        self._written += len(kept)
        self._dropped += len(data) - len(kept)
        self.tail = (self.tail + data)[-_TAIL:]

    def end(self, note: str) -> None:
        """Ends the output of one run; the note states how the run ended."""
        self._keep(self._redaction.end())
        seconds = time.monotonic() - self._started
        if self._dropped:
            skipped = max(0, self._dropped - len(self.tail))
            self._stream.write(f"\n# {skipped} bytes left out\n".encode())
            self._stream.write(self.tail[-self._dropped :])
        self._stream.write(f"\n# {printable(note)} after {seconds:.3f} s\n".encode())
        self._stream.flush()
