"""Drafts a version before its hashes are known, from another version."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.archives.archive import Archive, Installer, Platform
from tools.archives.build import VERSION, Build, Release
from tools.archives.errors import ArchivesError
from tools.archives.expansion import expand
from tools.archives.table import Table, new_release
from tools.archives.versions import version_key

_PINS = {"sha256", "installer_sha256", "provenance"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A release of a build without its hashes.

    Attributes:
      build: the build that it is a release of.
      names: its version, and what deviates from the build's names.
      archives: one for each platform; their hashes, and their installer's, are those of `known`.
      known: the release, if the table has it already.
    """

    build: Build
    names: Mapping[str, Any]
    archives: tuple[Archive, ...]
    known: Release | None

    @property
    def title(self) -> str:
        """Tool and version."""
        return self.archives[0].release

    @property
    def installer(self) -> Installer | None:
        """The installer that may state the archives' hashes, if there is one."""
        return self.archives[0].installer

    @property
    def provenance(self) -> str:
        """The provenance of the known hashes; empty where there are none."""
        return self.archives[0].provenance

    def declarations(self, release: Release) -> str:
        """Returns a `codspeed.archive(…)` of MODULE.bazel for each platform.

        Args:
          release: this one with the archives' hashes.
        """
        hashes = release.sha256 or {}
        return "".join(_declaration(one, hashes.get(one.platform, "")) for one in self.archives)

    def pinned(self, sha256: Mapping[Platform, str], provenance: str) -> Release:
        """Returns the release with the archives' hashes, by platform."""
        return new_release({**self.names, "sha256": {**sha256}, "provenance": provenance})

    def pinned_by(self, installer_sha256: str, provenance: str) -> Release:
        """Returns the release with the hash of the installer that states the archives' hashes."""
        pin = {"installer_sha256": installer_sha256, "provenance": provenance}
        return new_release({**self.names, **pin})


def draft_release(table: Table, tool: str, version: str) -> list[Draft]:
    """Drafts a version of all builds of a tool: the table's own, or else one like the newest.

    Args:
      table: the table.
      tool: a tool of it.
      version: any version.

    Raises:
      ArchivesError: the text is not a version.
    """
    if not re.fullmatch(VERSION, version):
        raise ArchivesError(
            f"no such version of {tool}", repr(version), "one such as 5.0.2", "correct --version"
        )
    releases = [
        (build, release)
        for build in table.builds
        if build.tool == tool and build.urls
        for release in build.releases
    ]
    known = [_known(build, release) for build, release in releases if release.version == version]
    newest = max((release.version for _, release in releases), key=version_key)
    return known or [
        _new(build, release, version) for build, release in releases if release.version == newest
    ]


def _declaration(archive: Archive, sha256: str) -> str:
    values = {
        "tool": archive.tool,
        "version": archive.version,
        "platform": archive.platform,
        "simulator": archive.simulator,
        "reported_version": archive.reported_version,
        "urls": list(archive.urls),
        "sha256": sha256,
        "strip_prefix": archive.strip_prefix,
        "binary": archive.binary,
    }
    # Strings and lists of JSON are those of Starlark.
    lines = [f"    {name} = {json.dumps(value)},\n" for name, value in values.items() if value]
    return f"codspeed.archive(\n{''.join(lines)})\n"


def _known(build: Build, release: Release) -> Draft:
    return Draft(build, _names(release), _archives(build, release.stated()), release)


def _new(build: Build, pattern: Release, version: str) -> Draft:
    names = {**_names(pattern), "version": version}
    if "reported_version" in names:
        # CodSpeed's Valgrind prints 3.26.0.codspeed6 for 3.26.0-0codspeed6.
        names["reported_version"] = version.replace("-0codspeed", ".codspeed")
    unknown = {"provenance": "", **({"installer_sha256": ""} if build.installer_urls else {})}
    return Draft(build, names, _archives(build, {**names, **unknown}), None)


def _names(release: Release) -> dict[str, Any]:
    return {key: value for key, value in release.stated().items() if key not in _PINS}


def _archives(build: Build, release: Mapping[str, Any]) -> tuple[Archive, ...]:
    return (*expand([{**build.stated(), "releases": [release]}]),)
