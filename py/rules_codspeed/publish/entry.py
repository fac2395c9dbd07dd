"""A file of the profile folder that is uploaded: its path there, and where its bytes are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.publish.errors import PublishError

_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be; its content is `head`, then `file` from `start` on.

    So that the beginning of a big file can be rewritten without copying the file.

    Attributes:
      path: where it goes, relative, with `/`.
      owner: what it is of, for people: a Bazel label.
      head: the first bytes.
      file: the file with the other bytes; None where there are no more.
      start: bytes of `file` that are left out.
    """

    path: str
    owner: str
    head: bytes = b""
    file: Path | None = None
    start: int = 0

    def size(self) -> int:
        """Returns the size in bytes.

        Raises:
          PublishError: the file cannot be looked at.
        """
        if self.file is None:
            return len(self.head)
        try:
            return len(self.head) + max(0, self.file.stat().st_size - self.start)
        except OSError as error:
            raise self._unreadable(error) from error

    def blocks(self) -> Iterator[bytes]:
        """Yields the content in blocks of bounded size.

        Raises:
          PublishError: the file cannot be read.
        """
        if self.head:
            yield self.head
        if self.file is None:
            return
        try:
            with self.file.open("rb") as file:
                file.seek(self.start)
                while block := file.read(_BLOCK):
                    yield block
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> PublishError:
        return PublishError(
            f"cannot read {self.path} of the profile of {self.owner}. Got: {error.strerror}. "
            "Expected: a file as Bazel made it. Fix: build the suite again with 'bazel run'."
        )
