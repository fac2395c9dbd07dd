"""Which Valgrind the private Bazel measures with: CodSpeed's if GitHub answers, else Debian's."""

from __future__ import annotations

import http.client
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apt import PrivateApt
from download import Progress, fetch
from errors import INSTALL_BAZEL, BootstrapError

_ARCHITECTURES = ["amd64", "arm64"]
_PROBE_TIMEOUT_S = 4


def github_answers(url: str) -> bool:
    """Asks once for the head of a simulator that would be fetched."""
    try:
        head = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(head, timeout=_PROBE_TIMEOUT_S):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        # Whatever the reason is, Bazel's downloader would fail too.
        return False


def fill_distdir(
    wanted: Mapping[str, Any], downloads: Path, distdir: Path, progress: Progress
) -> None:
    """Fetches Debian's Valgrind for both architectures, where Bazel looks for it.

    The files get the names that they have in Debian's pool and in
    tools/archives.json, without the epoch of the version. Bazel takes only what
    has the hash that is pinned there.

    Args:
      wanted: the `suite`, and the `packages` as `name:architecture=version`.
      downloads: folder of what is fetched.
      distdir: folder to make.
      progress: shows what is done.

    Raises:
      BootstrapError: a package cannot be fetched, or Debian no longer has it.
    """
    apt = PrivateApt(downloads / wanted["suite"], wanted["suite"], _ARCHITECTURES)
    apt.update()
    packages = apt.described(wanted["packages"])
    if len(packages) != len(wanted["packages"]):
        raise BootstrapError(
            f"Debian's archive no longer has all of {', '.join(wanted['packages'])}. "
            f"{INSTALL_BAZEL} And report this."
        )
    fetch(apt, packages, downloads / "distdir", progress)
    distdir.mkdir()
    for package in packages:
        shutil.copyfile(downloads / "distdir" / package.file, distdir / package.pool_file)
