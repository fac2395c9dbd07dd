"""Expands the templates of tools/archives.json to one archive for each release and platform.

rules/private/archives/archives.bzl does the same. Standard library only: the tables are generated
before there are wheels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tools.archives.archive import Archive, Installer

KINDS = ("deb", "tar.gz", "tar.xz", "tar.zst")


def expand(builds: Iterable[Mapping[str, Any]]) -> list[Archive]:
    """Returns the archives of all releases of some builds.

    Args:
      builds: valid elements of `builds` of tools/archives.json.
    """
    return [
        _archive(build, release, platform)
        for build in builds
        for release in build["releases"]
        for platform in build["platforms"]
    ]


def base_name(url: str) -> str:
    """Returns the last part of an address."""
    return url.rpartition("/")[2]


def _archive(build: Mapping[str, Any], release: Mapping[str, Any], platform: Any) -> Archive:
    # A fact of the release overrides that of its build.
    facts = {**build, **release}

    def filled(template: str) -> str:
        word = facts["platforms"][platform]
        return template.replace("{version}", facts["version"]).replace("{platform}", word)

    urls = (*map(filled, facts.get("urls", ())),)
    file = filled(facts["file"]) if "file" in facts else base_name(urls[0])
    installer = None
    if "installer_sha256" in facts:
        addresses = (*map(filled, facts["installer_urls"]),)
        installer = Installer(base_name(addresses[0]), facts["installer_sha256"], addresses)
    return Archive(
        tool=facts["tool"],
        version=facts["version"],
        platform=platform,
        kind=next(kind for kind in KINDS if file.endswith(f".{kind}")),
        file=file,
        strip_prefix=filled(facts["strip_prefix"]),
        urls=urls,
        provenance=facts["provenance"],
        simulator=facts.get("simulator", ""),
        reported_version=facts.get("reported_version", ""),
        binary=filled(facts.get("binary", "")),
        sha256=facts.get("sha256", {}).get(platform, ""),
        installer=installer,
    )
