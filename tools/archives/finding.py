"""Finds releases that are newer than the table, by the list that GitHub keeps of a repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules_codspeed.contract.strict_json import DocumentError, load_json
from tools.archives.build import VERSION
from tools.archives.download import Wanted
from tools.archives.errors import ArchivesError
from tools.archives.release_files import ReleaseFiles
from tools.archives.table import Table
from tools.archives.versions import version_key

_ADDRESS: Final = re.compile(r"https://github\.com/([^/]+/[^/]+)/releases/download/([^/]+)/")
_LIST: Final = "https://api.github.com/repos/{}/releases?per_page={}&page={}"
_ON_A_PAGE: Final = 100  # as many as there can be
_MOST_PAGES: Final = 20
_LIMIT: Final = 1 << 25  # bytes; a release with its notes and files has some 50 KB
_ADVICE: Final = (
    "check the network and the proxy. Where a rate limit is the reason, wait, or raise it by a "
    "token in the netrc file: machine, login, and the token as password"
)


def new_versions(table: Table, tool: str, files: ReleaseFiles) -> list[str] | None:
    """Returns the versions of a tool that are newer than all of the table, in order.

    Drafts and versions before a release, such as `5.3.0-beta.1`, are left out.

    Args:
      table: the table.
      tool: a tool of it.
      files: fetches the list.

    Returns:
      None where the tool's addresses do not say where its releases are listed.

    Raises:
      ArchivesError: the list cannot be fetched, or is none.
    """
    builds = [build for build in table.builds if build.tool == tool and build.urls]
    known = [release.version for build in builds for release in build.releases]
    place = next((_ADDRESS.match(url) for build in builds for url in build.urls), None)
    if not place:
        return None
    before, _, after = place[2].partition("{version}")
    newest = version_key(max(known, key=version_key))
    found = set()
    for tag in _tags(place[1], files):
        version = tag[len(before) : len(tag) - len(after)]
        is_ours = tag == f"{before}{version}{after}" and re.fullmatch(VERSION, version)
        if is_ours and not _is_early(version) and version_key(version) > newest:
            found.add(version)
    return sorted(found, key=version_key)


def _is_early(version: str) -> bool:
    """Returns whether a version comes before the release that it names, as `5.3.0-beta.1`."""
    return version_key(version) < version_key(version.partition("-")[0])


def _tags(repository: str, files: ReleaseFiles) -> Iterator[str]:
    """Yields the tags of the releases of a repository."""
    for page in range(1, _MOST_PAGES + 1):
        url = _LIST.format(repository, _ON_A_PAGE, page)
        title = f"the list of releases of {repository}, page {page}"
        wanted = Wanted(title, (url,), limit=_LIMIT, advice=_ADVICE)
        releases = _releases(title, files.document(wanted))
        yield from (tag for tag, is_draft in releases if not is_draft)
        if len(releases) < _ON_A_PAGE:
            return
    raise ArchivesError(
        f"the list of releases of {repository} is longer than any",
        f"more than {_ON_A_PAGE * _MOST_PAGES} releases",
        "a list that ends",
        "name the version that you want with --tool and --version",
    )


def _releases(title: str, content: bytes) -> list[tuple[str, bool]]:
    """Returns the tag of each release of a page, and whether it is a draft or early."""
    fault = "it is not a list of releases"
    try:
        document = load_json(content)
        if isinstance(document, list):
            return [
                (str(one["tag_name"]), bool(one.get("draft") or one.get("prerelease")))
                for one in document
            ]
    except (DocumentError, KeyError, TypeError, AttributeError) as error:
        fault = str(error).partition("\n")[0]
    raise ArchivesError(
        f"{title} cannot be read",
        fault,
        "GitHub's JSON: objects with tag_name, draft and prerelease",
        "check whether a proxy answers in its place",
    )
