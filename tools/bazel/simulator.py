"""What the set-up Bazel measures with: CodSpeed's Valgrind where GitHub answers, else Debian's."""

from __future__ import annotations

import http.client
import shutil
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apt import PrivateApt
from download import Progress, fetch
from errors import BootstrapError

_ARCHITECTURES = {"linux_x86_64": "amd64", "linux_aarch64": "arm64"}
_PROBE_TIMEOUT_S = 4


def github_answers(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Asks once for the head of a simulator that would be fetched."""
    url = next(url for row in rows for url in row["urls"])
    try:
        head = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(head, timeout=_PROBE_TIMEOUT_S):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        # Whatever it is, Bazel's downloader would fare no better.
        return False


def fill_distdir(
    rows: Sequence[Mapping[str, Any]], downloads: Path, distdir: Path, progress: Progress
) -> None:
    """Fetches Debian 12's Valgrind for both architectures, pinned by tools/archives.json.

    Raises:
      BootstrapError: it cannot be fetched, or is not the pinned one.
    """
    stock = [row for row in rows if row.get("simulator") == "stock"]
    apt = PrivateApt(downloads / "bookworm", "bookworm", list(_ARCHITECTURES.values()))
    apt.update()
    packages = apt.described(
        [f"valgrind:{_ARCHITECTURES[row['platform']]}=1:{row['version']}" for row in stock]
    )
    files = {package.sha256: package.file for package in packages}
    for row in stock:
        if row["sha256"] not in files:
            raise BootstrapError(
                f"Debian's archive has no {row['file']} with SHA-256 {row['sha256']} any more. "
                "Pin another version in tools/archives.json."
            )
    fetch(apt, packages, downloads / "valgrind", progress)
    distdir.mkdir()
    for row in stock:
        shutil.copyfile(downloads / "valgrind" / files[row["sha256"]], distdir / row["file"])
