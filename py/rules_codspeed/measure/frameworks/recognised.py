"""Which framework a program is of, by the names in its file; it is not run for that.

Names are those of functions that a program defines, or that it takes from a shared library.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rules_codspeed.measure.stage.objects.elf import DAMAGE, sections

_TABLES = (b".dynstr", b".strtab")


class _Marks(NamedTuple):
    """Names in the programs of a framework: all of `own`, and none that starts as `others`."""

    own: Sequence[bytes]
    others: Sequence[bytes]


_OF_CODSPEED: Final = (b"_ZN8codspeed", b"instrument_hooks_", b"measurement_start")

_FRAMEWORKS: Final[Mapping[str, _Marks]] = {
    # CodSpeed's fork has these functions as well, and more.
    "google_benchmark": _Marks((b"_ZN9benchmark5State16StartKeepRunningEv",), _OF_CODSPEED),
}


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

        def has(name: bytes) -> bool:
            return any(data.find(b"\0" + name, start, end) >= 0 for start, end in tables)

        for framework, marks in _FRAMEWORKS.items():
            if all(map(has, marks.own)) and not any(map(has, marks.others)):
                return framework
    return ""
