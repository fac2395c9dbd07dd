"""The limits of the files that are read, most left by a program: docs/security.md has them."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """The largest file of a kind that is taken.

    Attributes:
      kind: what the file is to be, for people.
      size: bytes; holes count as what they read as.
    """

    kind: str
    size: int


DOCUMENT = Limit("a JSON document", 64 << 20)
RESULTS_DOCUMENT = Limit("a document of results", 256 << 20)
LOG = Limit("a log", 256 << 20)
PERF_MAP = Limit("a map of generated code", 512 << 20)
JIT_DUMP = Limit("a dump of generated code", 2 << 30)
PROFILE = Limit("a profile of Valgrind", 8 << 30)
OTHER = Limit("a file of the program's own", 1 << 30)
FOLDER = Limit("all files of a profile together", 16 << 30)
LIMITS = (DOCUMENT, RESULTS_DOCUMENT, LOG, PERF_MAP, JIT_DUMP, PROFILE, OTHER, FOLDER)
"""Every limit of size."""

MOST_LEVELS = 64
"""Folders within each other that are searched for files."""
MOST_ENTRIES = 100_000
"""Files and folders that one search may find."""
