"""Reads a checksum file of a release, `<archive>.sha256` (spec: pins 11, step 3)."""

from __future__ import annotations

import re

from tools.archives.errors import ArchivesError

_LINE = re.compile(r"([0-9a-f]{64})(?: [ *]?|\t)(\S+)")


def stated_sha256(text: str, archive: str) -> str:
    """Returns the SHA-256 of an archive that a checksum file states, in hexadecimal.

    Args:
      text: lines of a hash, a blank, a blank or `*`, and a file name, as sha256sum writes them.
      archive: file name of the archive.

    Raises:
      ArchivesError: it is not a checksum file, or does not state the archive's hash.
    """
    lines = [_LINE.fullmatch(line.strip()) for line in text.strip().splitlines()]
    hashes = {line[1] for line in lines if line and line[2] == archive}
    if len(hashes) != 1 or None in lines:
        raise ArchivesError(
            f"{archive}.sha256 does not state the hash of {archive}",
            repr(text[:200]),
            f"one line, a SHA-256 and {archive}",
            "ask the makers of the release",
        )
    return hashes.pop()
