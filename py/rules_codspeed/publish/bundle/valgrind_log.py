"""Valgrind's log: lines start with the number of their process, as `==42==`, `--42--`, `**42**`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_MARKS = (b"==", b"--", b"**")
_START = re.compile(rb"\n(?:==|--|\*\*)\d+(?===|--|\*\*)")


def renumbered(numbers: Mapping[int, int], blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields a log with other numbers at the start of its lines, in blocks of bounded size.

    Args:
      numbers: the new number of each process; others stay as they are.
      blocks: the log.
    """
    starts = {
        b"\n%b%d" % (mark, old): b"\n%b%d" % (mark, new)
        for old, new in numbers.items()
        for mark in _MARKS
    }
    # A line of which less than this was read may start with an incomplete number.
    enough = max(map(len, starts), default=0) + len(b"==")

    def rewrite(text: bytes) -> bytes:
        return _START.sub(lambda found: starts.get(found[0], found[0]), text)

    # Every line has a newline before it; that of the first is left out in the end.
    left_out, kept = 1, b"\n"
    for block in blocks:
        text = kept + block
        line = text.rfind(b"\n", -enough)
        end = line if line >= 0 else len(text)
        kept = text[end:]
        if end:
            yield rewrite(text[:end])[left_out:]
            left_out = 0
    yield rewrite(kept)[left_out:]
