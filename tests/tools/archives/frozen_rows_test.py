"""What is pinned stays pinned: Python and Starlark expand the table to the rows of frozen_rows.txt.

A line is a row's name and the SHA-256 of the row as JSON, keys sorted, without spaces. The rows
are those that tools/archives.json had before it had templates; a later one needs no line. A line
changes only with a row that is pinned anew (`update_archives --pin`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tools.archives import table
from tools.archives.archive import Archive
from tools.archives.table import read_table

assert table.__file__
HERE = Path(__file__).parent
FROZEN = dict(
    line.rsplit(" ", 1) for line in (HERE / "frozen_rows.txt").read_text("utf-8").splitlines()
)


def name(row: dict[str, Any]) -> str:
    parts = [row["tool"], row.get("simulator"), row["version"], row["platform"]]
    return " ".join(filter(None, parts))


def plain(archive: Archive) -> dict[str, Any]:
    """Returns an archive as Starlark has it: what it has not is left out."""
    fields = dataclasses.asdict(archive)
    return {key: value for key, value in fields.items() if value or key == "urls"}


def of_python() -> list[dict[str, Any]]:
    archives = read_table(Path(table.__file__ or "").parents[1] / "archives.json").archives
    return [plain(archive) for archive in archives]


def of_starlark() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((HERE / "starlark_rows.json").read_text("utf-8"))
    return rows


def text(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("rows", [of_python(), of_starlark()], ids=["Python", "Starlark"])
def test_every_frozen_row_is_there_unchanged(rows: list[dict[str, Any]]) -> None:
    texts = {name(row): text(row) for row in rows}
    hashes = {row: hashlib.sha256(text.encode()).hexdigest() for row, text in texts.items()}
    changed = {row: texts.get(row, "gone") for row in FROZEN if hashes.get(row) != FROZEN[row]}
    assert not changed
    assert len(FROZEN) == 192
    assert len(texts) == len(rows)


def test_both_have_the_same_rows() -> None:
    both = (of_python(), of_starlark())
    python, starlark = ({name(row): text(row) for row in rows} for rows in both)
    assert python == starlark
