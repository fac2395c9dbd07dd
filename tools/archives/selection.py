"""Which rows of the table a mirror is filled with."""

from __future__ import annotations

from collections.abc import Sequence

from tools.archives.archive import TOOLS, Archive, build_of
from tools.archives.errors import ArchivesError
from tools.archives.table import Table
from tools.archives.versions import version_key

DEFAULT = "default"
ALL = "all"


def select(
    table: Table, tools: Sequence[str], version: str, platforms: Sequence[str]
) -> list[Archive]:
    """Returns the rows of some tools, versions and platforms.

    Args:
      table: the table.
      tools: names as in the table; all if empty.
      version: one of the table's, `default` or `all`. A build that lacks the default
        version, as Debian's Valgrind does, has its highest.
      platforms: names as in the table.

    Raises:
      ArchivesError: none of the tools has the version; the error lists what there is.
    """
    rows = [row for row in table.archives if row.tool in (tools or TOOLS)]
    chosen = [
        row
        for row in rows
        if version in (ALL, row.version) or (version == DEFAULT and _is_default(row, table))
    ]
    if not chosen:
        known = sorted({row.version for row in rows}, key=version_key)
        raise ArchivesError(
            f"no version {version} of {', '.join(tools) or 'any tool'}",
            repr(version),
            f"{DEFAULT}, {ALL} or one of {', '.join(known)}",
            "name one of those",
        )
    return [row for row in chosen if row.platform in platforms]


def _is_default(row: Archive, table: Table) -> bool:
    default = table.defaults[row.tool]
    versions = {
        other.version for other in table.archives if build_of(other)[:2] == build_of(row)[:2]
    }
    return row.version == (default if default in versions else max(versions, key=version_key))
