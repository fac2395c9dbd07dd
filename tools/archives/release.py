"""What a version's rows look like before their hashes are known: those of another version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tools.archives.archive import VERSION, Archive
from tools.archives.errors import ArchivesError
from tools.archives.table import Table, new_row
from tools.archives.versions import version_key


@dataclass(frozen=True, slots=True)
class Script:
    """An installer whose hash may not be known yet: its base name and addresses."""

    file: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A row without its hash.

    Attributes:
      fields: of the row, all but hash and provenance.
      script: the installer that may tell the hash, if there is one.
      known: the row, if the table has it already.
    """

    fields: dict[str, Any]
    script: Script | None
    known: Archive | None

    @property
    def file(self) -> str:
        """Base name of the archive."""
        return str(self.fields["file"])

    @property
    def urls(self) -> tuple[str, ...]:
        """Addresses of the archive."""
        return tuple(self.fields["urls"])

    @property
    def release(self) -> str:
        """Tool and version."""
        return f"{self.fields['tool']} {self.fields['version']}"

    def pinned(self, sha256: str, provenance: str) -> Archive:
        """Returns the row with the archive's hash."""
        return new_row({**self.fields, "sha256": sha256, "provenance": provenance})

    def pinned_by(self, script: Script, sha256: str, provenance: str) -> Archive:
        """Returns the row with the installer that tells the archive's hash, and its hash."""
        installer = {"file": script.file, "sha256": sha256, "urls": script.urls}
        return new_row({**self.fields, "installer": installer, "provenance": provenance})


def draft_release(table: Table, tool: str, version: str) -> list[Draft]:
    """Drafts the rows of a version: those that the table has, else after the newest version's.

    Args:
      table: the table.
      tool: a tool of it.
      version: any version.

    Raises:
      ArchivesError: the version is none.
    """
    if not re.fullmatch(VERSION, version):
        raise ArchivesError(
            f"no such version of {tool}", repr(version), "one such as 5.0.2", "correct --version"
        )
    rows = [row for row in table.archives if row.tool == tool and row.urls]
    known = [row for row in rows if row.version == version]
    if known:
        return [_draft(row, version, known=row) for row in known]
    # A row that is pinned by the archive's hash no longer tells where its installer was.
    patterns = [row for row in rows if row.installer] or rows
    newest = max((row.version for row in patterns), key=version_key)
    return [_draft(row, version) for row in patterns if row.version == newest]


def _draft(pattern: Archive, version: str, known: Archive | None = None) -> Draft:
    def renewed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(renewed, value))
        return value.replace(pattern.version, version)

    fields = pattern.model_dump(exclude_unset=True, exclude={"sha256", "installer", "provenance"})
    fields = {key: renewed(value) for key, value in fields.items()}
    if "reported_version" in fields:
        # CodSpeed's Valgrind tells 3.26.0.codspeed6 of 3.26.0-0codspeed6.
        fields["reported_version"] = version.replace("-0codspeed", ".codspeed")
    script = None
    if pattern.installer:
        script = Script(renewed(pattern.installer.file), renewed(pattern.installer.urls))
    return Draft(fields, script, known)
