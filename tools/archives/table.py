"""The table of pinned archives, tools/archives.json: reading and writing it, and its archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tools.archives.archive import Archive, ToolName, build_of, title
from tools.archives.build import Build, Release, Root, Strict, Version
from tools.archives.errors import ArchivesError
from tools.archives.expansion import expand
from tools.archives.notation import json_text
from tools.archives.versions import version_key

TABLE = "tools/archives.json"
SCHEMA = "tools/archives.schema.json"
UPDATE_COMMAND = "bazel run //tools:update_archives"

# The order of keys in the file.
_BUILD_KEYS = (
    *("tool", "simulator", "platforms", "urls", "file", "strip_prefix", "binary"),
    *("installer_urls", "reported_version", "provenance", "releases"),
)
_RELEASE_KEYS = ("version", "sha256", "installer_sha256", *_BUILD_KEYS)


class Table(Strict):
    """All pinned archives.

    Attributes:
      schema_address: where the file's own schema is.
      defaults: the version of each tool that is used unless a workspace asks for another.
      builds: templates and releases.
      roots: what stands for the libraries of measuring machines, where a target asks for it.
    """

    schema_address: Literal["./archives.schema.json"] = Field(alias="$schema")
    defaults: dict[ToolName, Version]
    builds: tuple[Build, ...]
    roots: tuple[Root, ...] = ()

    @cached_property
    def archives(self) -> tuple[Archive, ...]:
        """The archives of all releases, one for each platform."""
        return (*expand(build.stated() for build in self.builds),)

    @model_validator(mode="after")
    def _consistent(self) -> Table:
        faults = [*_contradictions(self.archives), *_gaps(self.archives, self.defaults)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _contradictions(archives: Iterable[Archive]) -> Iterator[str]:
    """Yields what two archives state although only one may."""
    owners: dict[str, object] = {}
    for archive in archives:
        facts: dict[str, object] = {f"the archive of {title(archive)}": object()}
        facts |= dict.fromkeys([*archive.urls, archive.sha256], title(archive))
        if archive.installer:
            # Both platforms share it.
            installer = [*archive.installer.urls, archive.installer.sha256]
            facts |= dict.fromkeys(installer, build_of(archive))
        for fact, owner in facts.items():
            if fact and owners.setdefault(fact, owner) != owner:
                yield f"{fact} twice"


def _gaps(archives: Iterable[Archive], defaults: Mapping[Any, str]) -> Iterator[str]:
    """Yields which defaults are missing, and which are of no release."""
    versions = {(archive.tool, archive.version) for archive in archives}
    for tool in sorted({*defaults} | {tool for tool, _ in versions}):
        if (tool, defaults.get(tool)) not in versions:
            yield f"no default of {tool} that has a release"


def new_release(fields: Mapping[str, Any]) -> Release:
    """Validates a release that is made here.

    Raises:
      ArchivesError: it is not valid; for example its hash is that of an empty file.
    """
    try:
        return Release.model_validate_json(json_text(fields))
    except ValidationError as error:
        raise ArchivesError(
            f"no such release can be in {TABLE}",
            _faults(error),
            "a release as the schema describes it",
            "compare the release's files with those of another version",
        ) from error


def parse_table(text: str | bytes, name: str = TABLE) -> Table:
    """Parses and validates the table.

    Args:
      text: JSON.
      name: name of the file, for errors.

    Raises:
      ArchivesError: it is not a table; every fault is named.
    """
    try:
        return Table.model_validate_json(text)
    except ValidationError as error:
        raise ArchivesError(
            f"{name} is not a table of archives",
            _faults(error),
            f"what {SCHEMA} describes: one record for each release, with its hashes",
            f"correct {name}",
        ) from error


def read_table(file: Path) -> Table:
    """Reads the table.

    Raises:
      ArchivesError: it cannot be read, or is not a table.
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


def with_releases(table: Table, releases: Iterable[tuple[Build, Release]]) -> Table:
    """Returns the table with releases added to builds; one replaces a release of the same version.

    Args:
      table: the table.
      releases: each with its build, one of the table.

    Raises:
      ArchivesError: the table would contradict itself.
    """
    builds = list(table.builds)
    for build, release in releases:
        at = next(at for at, other in enumerate(builds) if _place(other) == _place(build))
        others = [other for other in builds[at].releases if other.version != release.version]
        builds[at] = builds[at].model_copy(update={"releases": (*others, release)})
    return parse_table(table_text(table.model_copy(update={"builds": (*builds,)})))


def table_text(table: Table) -> str:
    """Returns the file's text: builds by tool and simulator, their releases by version."""
    document = {
        "$schema": table.schema_address,
        "defaults": dict(sorted(table.defaults.items())),
        "builds": [_plain(build) for build in sorted(table.builds, key=_place)],
    }
    roots = [root.stated() for root in table.roots]
    return json_text({**document, **({"roots": roots} if roots else {})})


def _place(build: Build) -> tuple[str, str]:
    return build.tool, build.simulator


def _plain(build: Build) -> dict[str, Any]:
    """Returns a build as the file has it: a release does not repeat what its build states."""
    facts = build.stated()
    releases = sorted(facts["releases"], key=lambda release: version_key(release["version"]))
    facts["platforms"] = dict(sorted(facts["platforms"].items()))
    facts["releases"] = [_deviations(release, facts) for release in releases]
    return {key: facts[key] for key in _BUILD_KEYS if key in facts}


def _deviations(release: Mapping[str, Any], build: Mapping[str, Any]) -> dict[str, Any]:
    facts = {key: value for key, value in release.items() if build.get(key) != value}
    if "sha256" in facts:
        facts["sha256"] = dict(sorted(facts["sha256"].items()))
    return {key: facts[key] for key in _RELEASE_KEYS if key in facts}


class _Schema(GenerateJsonSchema):
    """Leaves out what the schema does not need: defaults of absent keys, and titles."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_text() -> str:
    """Returns the JSON schema of the table, as tools/archives.schema.json holds it."""
    schema = Table.model_json_schema(schema_generator=_Schema)
    return json_text(
        {"$schema": _Schema.schema_dialect, **schema, "title": "rules_codspeed archives"}
    )


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'table'}: {fault['msg']}"
        for fault in error.errors(include_url=False)[:10]
    )
