"""Which framework a program is of, by the names in its file; it is not run for that.

Names are those of functions that a program defines, or that it takes from a shared library.
"""

from __future__ import annotations

import contextlib
import mmap
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from rules_codspeed.measure.stage.objects.elf import DAMAGE, sections

_TABLES = (b".dynstr", b".strtab")


class _Marks(NamedTuple):
    """Patterns of how names in programs of a framework start: one of `own`, none of `others`.

    `own` has `text` in it: a search for that is many times faster, and most programs lack it.
    """

    text: bytes
    own: bytes
    others: bytes


_OF_CODSPEED: Final = rb"_ZN\d*codspeed|_R\w{0,40}\dcodspeed|instrument_hooks_|measurement_start"

_FRAMEWORKS: Final[Mapping[str, _Marks]] = {
    # CodSpeed's fork has this function as well, and more.
    "google_benchmark": _Marks(
        b"StartKeepRunning", rb"_ZN9benchmark5State16StartKeepRunningEv", _OF_CODSPEED
    ),
    # A program of Go that runs tests; CodSpeed's integration brings its hooks.
    "go": _Marks(b"testing.MainStart", rb"testing\.MainStart\0", _OF_CODSPEED),
    # Both manglings of Rust.
    "criterion": _Marks(b"9criterion", rb"_ZN9criterion|_R\w{0,40}9criterion", _OF_CODSPEED),
    "divan": _Marks(b"5divan", rb"_ZN5divan|_R\w{0,40}5divan", _OF_CODSPEED),
}

# A command of a shell, and what rules_js writes.
_STARTS_NODE: Final = re.compile(rb"^\s*(?:exec\s+)?(?:\S*/)?node\s|\bJS_BINARY__", re.M)
_INTERPRETER: Final = re.compile(rb"#!.*\b(?:(node)|(?:ba|da|z)?sh)\b")
_MOST_SCRIPT = 1 << 16  # bytes


def starts_node(path: str) -> bool:
    """Returns whether a script starts Node, as far as its text shows."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        text = file.read(_MOST_SCRIPT)
        interpreter = _INTERPRETER.match(text)
        if interpreter:
            return interpreter[1] is not None or _STARTS_NODE.search(text) is not None
    return False


def recognised(path: str) -> str:
    """Returns the framework of a program without CodSpeed's hooks; nothing if it is unknown."""
    with (
        contextlib.suppress(OSError, ValueError, *DAMAGE),
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        tables = [
            (one.offset, one.offset + one.size) for one in sections(data) if one.name in _TABLES
        ]

        def has(start: bytes) -> bool:
            name = re.compile(rb"\0(?:%b)" % start)
            return any(name.search(data, first, end) for first, end in tables)

        def mentions(text: bytes) -> bool:
            return any(data.find(text, first, end) >= 0 for first, end in tables)

        for framework, marks in _FRAMEWORKS.items():
            if mentions(marks.text) and has(marks.own) and not has(marks.others):
                return framework
    return ""
