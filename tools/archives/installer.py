"""Reads the SHA-256 of an archive from the installer that would fetch it. Never runs it.

Installers of dist have a branch of a `case` for each archive, named after it, that assigns
`_checksum_style` and `_checksum_value` (spec: pins 11; axodotdev/cargo-dist:
cargo-dist/templates/installer/installer.sh.j2). rules/private/archives/installer.bzl does the same.
"""

from __future__ import annotations

import re

from tools.archives.errors import ArchivesError

_ARCHIVE_NAME = re.compile(r'"([0-9A-Za-z._-]+\.(?:tar\.(?:gz|xz|zst)|zip))"')
_SHA256 = re.compile("[0-9a-f]{64}")


class InstallerError(ArchivesError):
    """An installer does not state the SHA-256 of an archive."""

    def __init__(self, archive: str, got: str) -> None:
        super().__init__(
            f"the installer does not state the hash of {archive}",
            got,
            f"an installer of dist with a sha256 checksum of {archive}",
            f"pin the archive by its own hash; the release has it in {archive}.sha256",
        )


class NotNamedError(InstallerError):
    """The installer is for other archives."""


class NoChecksumError(InstallerError):
    """The installer is for the archive, and has no SHA-256 of it."""


def archive_sha256(script: str, archive: str) -> str:
    """Returns the SHA-256 that an installer demands of an archive, in hexadecimal.

    Args:
      script: text of the installer, which must have been verified.
      archive: file name of the archive.

    Raises:
      NotNamedError: the script does not know the archive; the error lists those it knows.
      NoChecksumError: it has no checksum of the archive, one of another style, or several.
    """
    branches = re.findall(rf'"{re.escape(archive)}"\)(.*?);;', script, re.S)
    values = _assigned("_checksum_value", branches)
    styles = _assigned("_checksum_style", branches)
    if not values:
        known = sorted(set(_ARCHIVE_NAME.findall(script)))
        if not branches and archive not in known:
            raise NotNamedError(archive, f"an installer for {', '.join(known) or 'no archive'}")
        raise NoChecksumError(archive, "an installer that carries no checksum of it")
    if styles != ["sha256"]:
        style = " and ".join(styles) or "nameless"
        raise NoChecksumError(archive, f"an installer that carries a {style} checksum of it")
    if len(values) > 1 or not _SHA256.fullmatch(values[0]):
        raise NoChecksumError(archive, f"an installer whose checksum is {' and '.join(values)}")
    return values[0]


def _assigned(variable: str, branches: list[str]) -> list[str]:
    """Returns the different values that branches assign to a variable."""
    assignment = re.compile(rf'^\s*{variable}="([^"\n]+)"', re.M)
    return sorted({value for branch in branches for value in assignment.findall(branch)})
