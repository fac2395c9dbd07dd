"""Where a mirror has a file: the templates of codspeed.mirror(url_templates) (mirrors.bzl)."""

from __future__ import annotations

import httpx

from tools.archives.errors import ArchivesError
from tools.archives.transport import RefusedError, check_hop, shown


def checked_template(template: str) -> str:
    """Returns a template, after checking that it names a different address for each file.

    Args:
      template: an address with `{host}`, `{path}`, `{file}` or `{sha256}` in it.

    Raises:
      ArchivesError: it is not a template, or its addresses could be intercepted.
    """
    sample = expand(template, "https://host/path/file", "0")
    try:
        if "{" in sample or "}" in sample:
            raise ValueError("an unknown place")
        if not any(place in template for place in ("{path}", "{file}", "{sha256}")):
            raise ValueError("one address for all files")
        check_hop(None, httpx.URL(sample))
    except (ValueError, httpx.InvalidURL, RefusedError) as error:
        raise ArchivesError(
            "the mirror cannot be used",
            f"{shown(template)!r}: {error}",
            "https:// with {path}, {file} or {sha256}, and optionally {host}",
            'name one like "https://mirror.example/{host}/{path}"',
        ) from error
    return template


def expand(template: str, url: str, sha256: str) -> str:
    """Returns where a mirror has the file of an address.

    Args:
      template: template of the mirror.
      url: the file's own address.
      sha256: its hash, in hexadecimal.
    """
    host, _, path = url.partition("://")[2].partition("/")
    return (
        template.replace("{host}", host)
        .replace("{path}", path)
        .replace("{file}", url.rpartition("/")[2])
        .replace("{sha256}", sha256)
    )
