"""One pinned archive: what a release of a tool has for a platform. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tools.archives.errors import ArchivesError

ToolName = Literal[
    "codspeed-exec-harness",
    "codspeed-go-runner",
    "codspeed-memtrack",
    "codspeed-runner",
    "mongo-tracer",
    "valgrind",
]
Platform = Literal["linux_aarch64", "linux_x86_64"]

TOOLS: tuple[ToolName, ...] = get_args(ToolName)
PLATFORMS: tuple[Platform, ...] = get_args(Platform)

SIMULATOR = "valgrind"
"""The tool that comes in several builds."""

STOCK = "stock"
"""The build of it that has no address: a --distdir supplies Debian's package."""

SIMULATORS = ("codspeed", "codspeed-ubuntu-24.04", STOCK)
"""Its builds."""


@dataclass(frozen=True, slots=True)
class Installer:
    """A script of dist that states the archive's SHA-256; it is never run (spec: pins 11).

    Attributes:
      file: its base name.
      sha256: its hash, in hexadecimal; empty before it is known.
      urls: addresses, tried in order. The first ends in `file`, all name a shell script.
    """

    file: str
    sha256: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive.

    Attributes:
      tool: name of the tool, one of TOOLS.
      version: of the tool.
      platform: what the tool runs on.
      kind: how the archive is packed: `deb`, `tar.gz`, `tar.xz` or `tar.zst`.
      file: its base name.
      strip_prefix: folder in the archive that is unpacked.
      urls: addresses, tried in order, each ending in `file`; none for Debian's Valgrind.
      provenance: where the hash is confirmed.
      simulator: which build of Valgrind; empty for programs.
      reported_version: what `valgrind --version` prints, without `valgrind-`; empty for programs.
      binary: path of the program below `strip_prefix`; empty for Valgrind.
      sha256: its hash, in hexadecimal; empty where only the installer's is known.
      installer: what states its hash; None where that is known.
    """

    tool: ToolName
    version: str
    platform: Platform
    kind: str
    file: str
    strip_prefix: str
    urls: tuple[str, ...]
    provenance: str
    simulator: str = ""
    reported_version: str = ""
    binary: str = ""
    sha256: str = ""
    installer: Installer | None = None

    @property
    def release(self) -> str:
        """Tool and version, for messages."""
        return f"{self.tool} {self.version}"


def build_of(archive: Archive) -> tuple[str, str, str]:
    """Returns tool, simulator (empty for programs) and version: what both platforms share."""
    return archive.tool, archive.simulator, archive.version


def title(archive: Archive) -> str:
    """Returns the name of an archive for messages."""
    build = f" ({archive.simulator})" if archive.simulator else ""
    return f"{archive.release}{build} for {archive.platform}"


def tool_named(name: str) -> ToolName:
    """Returns the tool with a name, which may leave out `codspeed-`.

    Raises:
      ArchivesError: there is none.
    """
    for tool in TOOLS:
        if name.replace("_", "-") in (tool, tool.removeprefix("codspeed-")):
            return tool
    raise ArchivesError(
        "unknown tool", repr(name), f"one of {', '.join(TOOLS)}", "name one of those"
    )
