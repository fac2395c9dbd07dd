"""Lines of a large text file in bounded blocks, with the place of each for errors."""

from __future__ import annotations

from typing import BinaryIO

BLOCK_SIZE = 1 << 20
MAX_LINE = 1 << 20

# A record of two lines, whose second line must be in the same block.
TWO_LINE_RECORDS = (b"calls=", b"jump=", b"jcnd=")


class CallgrindError(ValueError):
    """A file is not a complete, consistent callgrind profile.

    Whoever reads a profile catches it, and adds whose it is; a report goes on without.

    Attributes:
      file: name of the file, as given to the reader.
      line: number of the line, from 1.
      offset: bytes before that line.
      problem: one sentence.
    """

    def __init__(self, file: str, line: int, offset: int, problem: str) -> None:
        """Makes the error that reports `problem` at one place of `file`."""
        super().__init__(f"{file}:{line}: {problem} (byte {offset})")
        self.file = file
        self.line = line
        self.offset = offset
        self.problem = problem


class LineSource:
    """Reads lines from a binary stream, singly or in blocks of at most about 2 MiB.

    Attributes:
      name: name of the stream in errors.
      line: number of the next line, from 1.
      offset: bytes before the next line.
    """

    def __init__(self, stream: BinaryIO, name: str, block_size: int = BLOCK_SIZE) -> None:
        """Starts at the stream's position; nothing is read yet."""
        self.name = name
        self.line = 1
        self.offset = 0
        self._stream = stream
        self._block_size = block_size
        self._buffer = b""  # complete lines
        self._at = 0  # bytes of the buffer already taken
        self._rest = b""  # what follows the buffer, incomplete

    def error(self, problem: str) -> CallgrindError:
        """Returns an error at the next line."""
        return CallgrindError(self.name, self.line, self.offset, problem)

    def fill(self) -> bool:
        """Ensures that at least one line can be taken; returns False at the end of the stream.

        Raises:
          CallgrindError: a NUL byte, an over-long line, or an incomplete last line.
        """
        if self._at < len(self._buffer):
            return True
        self._buffer, self._at = b"", 0
        while not self._buffer:
            data = self._stream.read(self._block_size)
            if b"\0" in data:
                line = self._rest + data[: data.index(b"\0")]
                raise CallgrindError(
                    self.name,
                    self.line + line.count(b"\n"),
                    self.offset + line.rfind(b"\n") + 1,
                    "a NUL byte; the file is damaged or not a callgrind profile",
                )
            text = self._rest + data
            end = _end_of_records(text)
            if not data:
                if text:
                    raise self.error("the file ends within a record; it is truncated")
                return False
            self._buffer, self._rest = text[:end], text[end:]
            if len(self._rest) > MAX_LINE:
                raise self.error(f"a line of more than {MAX_LINE} bytes")
        return True

    def peek_line(self) -> bytes:
        """Returns the next line without its line end. `fill` must have been true."""
        line = self._buffer[self._at : self._buffer.index(b"\n", self._at)]
        return line[:-1] if line.endswith(b"\r") else line

    def take_line(self) -> None:
        """Takes the next line. `fill` must have been true."""
        self._advance(self._buffer.index(b"\n", self._at) + 1, 1)

    def take_until(self, prefix: bytes) -> bytes:
        """Takes the buffered lines, if any, before the next one that starts with `prefix`."""
        if self._buffer.startswith(prefix, self._at):
            return b""
        end = self._buffer.find(b"\n" + prefix, self._at) + 1 or len(self._buffer)
        block = self._buffer[self._at : end]
        self._advance(end, block.count(b"\n"))
        return block

    def _advance(self, end: int, lines: int) -> None:
        self.offset += end - self._at
        self.line += lines
        self._at = end


def _end_of_records(text: bytes) -> int:
    """Returns where the last complete record of `text` ends."""
    end = text.rfind(b"\n") + 1
    last_line = text.rfind(b"\n", 0, max(end - 1, 0)) + 1
    return last_line if text.startswith(TWO_LINE_RECORDS, last_line) else end
