"""The table of pinned archives, tools/archives.json: its rows, and reading and writing it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.json_schema import GenerateJsonSchema

from tools.archives.archive import (
    PLATFORMS,
    Archive,
    ProgramName,
    SimulatorName,
    Strict,
    Version,
    build_of,
    title,
)
from tools.archives.errors import ArchivesError
from tools.archives.versions import Key, version_key

TABLE = "tools/archives.json"
SCHEMA = "tools/archives.schema.json"
UPDATE_COMMAND = "bazel run //tools:update_archives"

# The order of a row's keys in the file.
_KEYS = (
    *("tool", "version", "platform", "simulator", "reported_version", "kind", "file"),
    *("strip_prefix", "binary", "urls", "sha256", "installer", "provenance"),
)
_ARCHIVE: TypeAdapter[Archive] = TypeAdapter(Archive)


class Table(Strict):
    """All pinned archives.

    Attributes:
      schema_address: where the file's own schema is.
      defaults: the version of each tool that is used unless a workspace says otherwise.
      archives: the rows.
    """

    schema_address: Literal["./archives.schema.json"] = Field(alias="$schema")
    defaults: dict[Literal[ProgramName, SimulatorName], Version]
    archives: tuple[Archive, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Table:
        faults = [*_contradictions(self.archives), *_gaps(self.archives, self.defaults)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _contradictions(rows: Iterable[Archive]) -> Iterator[str]:
    """Yields where two rows say what only one may."""
    owners: dict[str, object] = {}
    for row in rows:
        facts: dict[str, object] = {f"the row of {title(row)}": object()}
        facts |= dict.fromkeys([*row.urls, row.sha256], title(row))
        if row.installer:
            # Both platforms share it.
            facts |= dict.fromkeys([*row.installer.urls, row.installer.sha256], build_of(row))
        for fact, owner in facts.items():
            if fact and owners.setdefault(fact, owner) != owner:
                yield f"{fact} twice"


def _gaps(rows: Iterable[Archive], defaults: Mapping[Any, str]) -> Iterator[str]:
    """Yields which rows and defaults are missing."""
    platforms: dict[tuple[str, str, str], set[str]] = {}
    for row in rows:
        platforms.setdefault(build_of(row), set()).add(row.platform)
    for build, there in platforms.items():
        for missing in sorted({*PLATFORMS} - there):
            yield f"no row of {' '.join(filter(None, build))} for {missing}"
    versions = {(tool, version) for tool, _, version in platforms}
    for tool in sorted({*defaults} | {tool for tool, _ in versions}):
        if (tool, defaults.get(tool)) not in versions:
            yield f"no default of {tool} that has a row"


def new_row(fields: dict[str, Any]) -> Archive:
    """Validates a row that is made here.

    Raises:
      ArchivesError: it is none, such as for the hash of an empty file.
    """
    try:
        return _ARCHIVE.validate_python(fields)
    except ValidationError as error:
        raise ArchivesError(
            f"no such row can be in {TABLE}",
            _faults(error),
            "a row as the schema describes it",
            "compare the release's files with those of another version",
        ) from error


def parse_table(text: str | bytes, name: str = TABLE) -> Table:
    """Parses and validates the table.

    Args:
      text: JSON.
      name: of the file, for errors.

    Raises:
      ArchivesError: it is no table; every fault is named.
    """
    try:
        return Table.model_validate_json(text)
    except ValidationError as error:
        raise ArchivesError(
            f"{name} is no table of archives",
            _faults(error),
            f"what {SCHEMA} describes, one row an archive, each with its hash",
            f"correct {name}",
        ) from error


def read_table(file: Path) -> Table:
    """Reads the table.

    Raises:
      ArchivesError: there is none that can be read, or it is no table.
    """
    try:
        return parse_table(file.read_bytes(), str(file))
    except OSError as error:
        raise ArchivesError(
            f"cannot read {file}",
            error.strerror or str(error),
            "the table of archives of rules_codspeed",
            "start the command in a checkout of rules_codspeed; in another workspace add an "
            "archive with codspeed.archive(…)",
        ) from error


def with_rows(table: Table, rows: Iterable[Archive]) -> Table:
    """Returns the table with rows added, or in place of those of the same archive.

    Raises:
      ArchivesError: the table would contradict itself.
    """
    by_key = {(build_of(row), row.platform): row for row in (*table.archives, *rows)}
    return parse_table(table_text(table.model_copy(update={"archives": (*by_key.values(),)})))


def table_text(table: Table) -> str:
    """Returns the file's text: rows sorted by tool, build, version and platform."""
    document = {
        "$schema": table.schema_address,
        "defaults": dict(sorted(table.defaults.items())),
        "archives": [_plain(row) for row in sorted(table.archives, key=_place)],
    }
    return json.dumps(document, indent=1) + "\n"


def _plain(row: Archive) -> dict[str, Any]:
    fields = row.model_dump(mode="json", exclude_unset=True)
    return {key: fields[key] for key in _KEYS if key in fields}


def _place(row: Archive) -> tuple[str, str, Key, str]:
    tool, simulator, version = build_of(row)
    return tool, simulator, version_key(version), row.platform


def schema_text() -> str:
    """Returns the JSON schema of the table, as tools/archives.schema.json holds it."""
    schema = Table.model_json_schema()
    schema = {
        "$schema": GenerateJsonSchema.schema_dialect,
        **schema,
        "title": "rules_codspeed archives",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'table'}: {fault['msg']}"
        for fault in error.errors(include_url=False)[:10]
    )
