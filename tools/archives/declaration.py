"""A release as MODULE.bazel declares it, for workspaces whose rules do not have it yet."""

from __future__ import annotations

import json

from tools.archives.archive import Archive
from tools.archives.build import Release
from tools.archives.release import Draft


def declarations(draft: Draft, release: Release) -> str:
    """Returns a `codspeed.archive(…)` for each platform of a release.

    Args:
      draft: the release, whose addresses are known.
      release: the same with the archives' hashes.
    """
    hashes = release.sha256 or {}
    return "".join(_declaration(one, hashes.get(one.platform, "")) for one in draft.archives)


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
