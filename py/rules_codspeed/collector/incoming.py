"""An archive while it arrives."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.collector.archive import check_archive
from rules_codspeed.collector.durable import part_of
from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.index import Run


class Incoming:
    """Takes the bytes of an archive in pieces; holds none of them in memory.

    Attributes:
      file: where they are; temporary.
    """

    def __init__(self, file: Path, stream: BinaryIO) -> None:
        self.file = file
        self._stream = stream
        # Not for security: the protocol checks transfers by it.
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, data: bytes) -> None:
        """Takes the next bytes."""
        self._stream.write(data)
        self._md5.update(data)

    def finish(self, run: Run) -> None:
        """Checks that the bytes are the archive of a run, and syncs them to the disk.

        Raises:
          Refusal: 400, they are not what the metadata announced; 422, they are not an archive.
          OSError: the disk is full.
        """
        md5 = base64.b64encode(self._md5.digest()).decode()
        if md5 != run.profile_md5:
            raise Refusal(400, f"the MD5 of the archive is {md5}, expected {run.profile_md5}")
        self._stream.flush()
        check_archive(self.file, bool(run.compressed))
        os.fsync(self._stream.fileno())


@contextmanager
def receive(archive: Path) -> Iterator[Incoming]:
    """Opens a temporary file beside `archive`; it is gone at the end, unless it was moved."""
    file = part_of(archive)
    try:
        with file.open("xb") as stream:
            yield Incoming(file, stream)
    finally:
        file.unlink(missing_ok=True)
