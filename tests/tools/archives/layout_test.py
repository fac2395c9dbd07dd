"""No two files of our own table want the same place in a mirror."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from tools.archives import layout
from tools.archives.layout import Layout
from tools.archives.table import read_table

assert layout.__file__
TABLE = read_table(Path(layout.__file__).parents[1] / "archives.json")


def test_places_are_apart_and_inside() -> None:
    owners: dict[str, tuple[str, ...]] = {}
    for row in TABLE.archives:
        files = [(row.file, row.urls)]
        if row.installer:
            files.append((row.installer.file, row.installer.urls))
        for file, urls in files:
            for place in Layout(TABLE).places(row, file, urls):
                assert owners.setdefault(place, urls) == urls
                assert not {"", "..", "/"} & {*PurePosixPath(place).parts}
    folders = {str(parent) for place in owners for parent in PurePosixPath(place).parents}
    assert not folders & {*owners}
