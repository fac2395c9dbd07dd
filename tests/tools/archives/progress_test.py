"""A log gets lines; a terminal gets a bar."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator

from tools.archives.progress import Lines, megabytes, open_progress


def test_a_log_has_a_line_for_each_file() -> None:
    stream = io.StringIO()
    with open_progress(stream) as progress:
        assert isinstance(progress, Lines)
        progress.begin("a.tar.gz", 0, None)
        progress.advance(10)
        progress.begin("b.tar.gz", 12_300_000, 98_760_000)
        progress.note("[b] asking again")
    assert stream.getvalue().splitlines() == [
        "fetching a.tar.gz",
        "fetching b.tar.gz, 98.8 MB, going on after 12.3 MB",
        "[b] asking again",
    ]


def test_a_terminal_has_a_bar() -> None:
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal, open_progress(terminal) as progress:
        progress.begin("[a].tar.gz", 500_000, 1_000_000)
        progress.advance(250_000)
        progress.note("[b] asking again")
        progress.begin("second", 0, None)
    shown = b"".join(_blocks(ours)).decode()
    os.close(ours)
    assert "[b] asking again" in shown
    assert "second" in shown


def _blocks(terminal: int) -> Iterator[bytes]:
    """Yields what was written to a terminal that is closed: a read may end anywhere before."""
    with contextlib.suppress(OSError):
        while block := os.read(terminal, 4096):
            yield block


def test_sizes_are_for_people() -> None:
    assert [megabytes(size) for size in (0, 49_999, 50_000, 10**9)] == [
        "0 bytes",
        "49999 bytes",
        "0.1 MB",
        "1000.0 MB",
    ]
