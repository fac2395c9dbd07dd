"""What the set-up Bazel measures with: CodSpeed's Valgrind where GitHub answers, else Debian's."""

from __future__ import annotations

import http.client
import shutil
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apt import PrivateApt
from download import Progress, fetch
from errors import BootstrapError

_PROBE_TIMEOUT_S = 4


@dataclass(frozen=True, slots=True)
class StockPackage:
    """A pinned Debian package of Valgrind.

    Attributes:
      version: of the package.
      architecture: Debian's word for it.
      file: the name that a --distdir needs.
      sha256: its hash, in hexadecimal.
    """

    version: str
    architecture: str
    file: str
    sha256: str


def stock_packages(table: Mapping[str, Any]) -> list[StockPackage]:
    """Returns Debian's Valgrind of each platform, as tools/archives.json pins it."""
    (build,) = (one for one in table["builds"] if one.get("simulator") == "stock")
    return [
        StockPackage(
            release["version"],
            architecture,
            _filled(build["file"], release["version"], architecture),
            release["sha256"][platform],
        )
        for release in build["releases"]
        for platform, architecture in build["platforms"].items()
    ]


def probe_address(table: Mapping[str, Any]) -> str:
    """Returns the address of a simulator that builds would fetch from GitHub."""
    build = next(one for one in table["builds"] if one.get("simulator") == "codspeed")
    architecture = next(iter(build["platforms"].values()))
    return _filled(build["urls"][0], table["defaults"][build["tool"]], architecture)


def _filled(template: str, version: str, platform: str) -> str:
    # tools/archives/expansion.py says what templates stand for; a setup has this folder alone.
    return template.replace("{version}", version).replace("{platform}", platform)


def answers(url: str) -> bool:
    """Asks once for the head of a file."""
    try:
        head = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(head, timeout=_PROBE_TIMEOUT_S):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        # Whatever it is, Bazel's downloader would fare no better.
        return False


def fill_distdir(
    stock: Sequence[StockPackage], downloads: Path, distdir: Path, progress: Progress
) -> None:
    """Fetches Debian 12's Valgrind for both architectures, pinned by tools/archives.json.

    Raises:
      BootstrapError: it cannot be fetched, or is not the pinned one.
    """
    architectures = sorted({package.architecture for package in stock})
    apt = PrivateApt(downloads / "bookworm", "bookworm", architectures)
    apt.update()
    packages = apt.described(
        [f"valgrind:{package.architecture}=1:{package.version}" for package in stock]
    )
    files = {package.sha256: package.file for package in packages}
    for package in stock:
        if package.sha256 not in files:
            raise BootstrapError(
                f"Debian's archive has no {package.file} with SHA-256 {package.sha256} any more. "
                "Pin another version in tools/archives.json."
            )
    fetch(apt, packages, downloads / "valgrind", progress)
    distdir.mkdir()
    for package in stock:
        shutil.copyfile(downloads / "valgrind" / files[package.sha256], distdir / package.file)
