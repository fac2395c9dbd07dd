"""The places of files in a mirror folder, for --distdir and for codspeed.mirror(url_templates)."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.archives.archive import Archive
from tools.archives.table import Table


class Layout:
    """The places of files below a mirror folder.

    `<host>/<path>` is for the template `{host}/{path}`, one for each address of a file.
    `<tool>/<version>/<file>` is for `--distdir=<folder>/<tool>/<version>`, and `<file>` for
    `--distdir=<folder>`. Installers of all versions have one name: the latter is that of the
    default version, whatever else a run fetched.
    """

    def __init__(self, table: Table) -> None:
        self._defaults = table.defaults
        self._releases: dict[str, set[tuple[str, str]]] = {}
        for row in table.archives:
            files = [row.file, *([row.installer.file] if row.installer else [])]
            for file in files:
                self._releases.setdefault(file, set()).add((row.tool, row.version))

    def places(self, row: Archive, file: str, urls: Sequence[str]) -> list[str]:
        """Returns where a file of a row is, relative to the folder.

        Args:
          row: the row.
          file: base name of its archive or installer.
          urls: addresses of that.
        """
        by_address = [url.partition("://")[2] for url in urls]
        by_release = f"{row.tool}/{row.version}/{file}"
        return [*by_address, by_release, *([file] if self.is_flat(row, file) else [])]

    def is_flat(self, row: Archive, file: str) -> bool:
        """Returns whether a file of a row is the one with its name in the folder itself."""
        return self._defaults[row.tool] == row.version or len(self._releases[file]) == 1


def link(source: Path, target: Path) -> None:
    """Puts a file at another place too, without a copy where the file system supports that."""
    if target.is_file() and filecmp.cmp(source, target, shallow=False):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Another process may be at it too.
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    try:
        os.link(source, new)
    except OSError:
        shutil.copyfile(source, new)
    new.replace(target)
