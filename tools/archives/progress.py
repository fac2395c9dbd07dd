"""Shows on standard error what is fetched: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rules_codspeed.contract.escaping import printable_lines
from rules_codspeed.contract.printing import print_text


class Progress(Protocol):
    """Receives what happens during downloads."""

    def begin(self, name: str, done: int, total: int | None) -> None:
        """Reports that a file is being fetched.

        Args:
          name: name of the file.
          done: bytes that are there already.
          total: bytes of the whole file, if known.
        """

    def advance(self, size: int) -> None:
        """Reports that more bytes have arrived."""

    def note(self, text: str) -> None:
        """Reports anything else."""


class Lines:
    """Writes a line for each event."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, name: str, done: int, total: int | None) -> None:
        """Writes what is fetched, its size, and how much of it is there."""
        size = "" if total is None else f", {megabytes(total)}"
        resumed = f", going on after {megabytes(done)}" if done else ""
        self.note(f"fetching {name}{size}{resumed}")

    def advance(self, size: int) -> None:
        """Writes nothing: a log needs no bar."""

    def note(self, text: str) -> None:
        """Writes a line."""
        print_text(text, self._stream)


class Bar:
    """Draws a bar for the file that is being fetched."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
        from rich.progress import Progress as Bars

        self.bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=Console(file=stream),
            transient=True,
        )

    def begin(self, name: str, done: int, total: int | None) -> None:
        """Draws the bar of another file."""
        for task in self.bars.task_ids:
            self.bars.remove_task(task)
        self.bars.add_task(name, completed=done, total=total)

    def advance(self, size: int) -> None:
        """Moves the bar."""
        for task in self.bars.task_ids:
            self.bars.advance(task, size)

    def note(self, text: str) -> None:
        """Writes a line above the bar."""
        self.bars.console.print(
            printable_lines(text), markup=False, highlight=False, soft_wrap=True
        )


@contextmanager
def open_progress(stream: TextIO) -> Iterator[Progress]:
    """Yields the progress that fits a stream: a bar or lines."""
    if not stream.isatty():
        yield Lines(stream)
        return
    bar = Bar(stream)
    with bar.bars:
        yield bar


def megabytes(size: int) -> str:
    """Returns a number of bytes in readable form."""
    return f"{size / 1e6:.1f} MB" if size >= 50_000 else f"{size} bytes"
