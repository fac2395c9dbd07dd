"""A file of the profile folder that is uploaded: its path there, and where its bytes are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.publish.errors import PublishError

Rewrite = Callable[[Iterator[bytes]], Iterator[bytes]]
"""Makes the blocks of a content from those of another; each time the same."""

_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A future file: `head`, then `file` from `start` on, all of it passed through `rewrite`.

    A big file, or the beginning of one, can thus be rewritten without copying the file.

    Attributes:
      path: where it goes, relative, with `/`.
      owner: what it belongs to, for messages: a Bazel label.
      head: the first bytes.
      file: the file with the other bytes; None where there are no more.
      start: bytes of `file` that are left out.
      rewrite: makes the content of what is named above; None where it stays as it is.
    """

    path: str
    owner: str
    head: bytes = b""
    file: Path | None = None
    start: int = 0
    rewrite: Rewrite | None = None

    def size(self) -> int:
        """Returns the size in bytes; rewritten content is read to find it.

        Raises:
          PublishError: the file's size cannot be read.
        """
        if self.rewrite:
            return sum(map(len, self.blocks()))
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
        blocks = self._stored_blocks()
        return self.rewrite(blocks) if self.rewrite else blocks

    def _stored_blocks(self) -> Iterator[bytes]:
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
            f"cannot read {self.path} of the profile of {self.owner}",
            got=error.strerror,
            expected="a file as Bazel made it",
            fix="build the suite again with 'bazel run'",
        )
