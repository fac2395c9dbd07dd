"""One pinned archive: a row of tools/archives.json, as its JSON schema publishes it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from tools.archives.errors import ArchivesError

ProgramName = Literal[
    "codspeed-exec-harness",
    "codspeed-go-runner",
    "codspeed-memtrack",
    "codspeed-runner",
    "mongo-tracer",
]
SimulatorName = Literal["valgrind"]
Platform = Literal["linux_aarch64", "linux_x86_64"]

TOOLS: tuple[str, ...] = (*get_args(ProgramName), *get_args(SimulatorName))
PLATFORMS: tuple[str, ...] = get_args(Platform)

VERSION = "^[0-9][0-9A-Za-z.-]{0,63}$"
_FEWEST_DIGITS = 10
_HASH_OF_NOTHING = hashlib.sha256(b"").hexdigest()


def _no_placeholder(sha256: str) -> str:
    # A text that repeats itself is found again in the middle of its double. Of 16 digits, a hash
    # lacks more than 6 less than once in 10^9.
    repeated = sha256 in (sha256 + sha256)[1:-1]
    if repeated or len(set(sha256)) < _FEWEST_DIGITS or sha256 == _HASH_OF_NOTHING:
        raise ValueError("a placeholder, not the hash of a file")
    return sha256


def _without_default(schema: dict[str, Any]) -> None:
    del schema["default"]


Text = Annotated[str, StringConstraints(min_length=1)]
# Relative, without dots at the start of a part: nothing above it can be meant.
InnerPath = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z_][0-9A-Za-z._+~-]*(/[0-9A-Za-z_][0-9A-Za-z._+~-]*)*$"),
]
Version = Annotated[str, StringConstraints(pattern=VERSION)]
FileName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_][0-9A-Za-z._+~-]*$")]
Sha256 = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), AfterValidator(_no_placeholder)
]
Address = Annotated[
    str,
    StringConstraints(pattern=r"^https://[0-9a-z][0-9a-z.-]*(/[0-9A-Za-z_][0-9A-Za-z._+~-]*)+$"),
]


class Strict(BaseModel):
    """Takes what it knows and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Installer(Strict):
    """A script of dist that tells the archive's SHA-256; it is never run (spec: pins 11).

    Attributes:
      file: its base name.
      sha256: its hash.
      urls: addresses, tried in order. The first ends in `file`, all name a shell script.
    """

    file: FileName
    sha256: Sha256
    urls: Annotated[tuple[Address, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _named_as_addressed(self) -> Installer:
        if _base_name(self.urls[0]) != self.file:
            raise ValueError(f"the first address ends in {_base_name(self.urls[0])}")
        if not all(url.endswith(".sh") for url in self.urls):
            raise ValueError("an address that names no shell script")
        return self


class _Archive(Strict):
    """One archive: what every row tells.

    Attributes:
      version: version of the tool.
      platform: what the tool runs on.
      kind: how the archive is packed.
      file: its base name.
      strip_prefix: folder in the archive that is unpacked.
      urls: addresses, tried in order, each ending in `file`.
      sha256: its hash; absent where only the installer's is known.
      installer: what tells its hash; absent where that is known.
      provenance: who says that the hash is right.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["sha256"]}, {"required": ["installer"]}]}
    )

    version: Version
    platform: Platform
    kind: Literal["deb", "tar.gz", "tar.xz", "tar.zst"]
    file: FileName
    strip_prefix: InnerPath
    urls: tuple[Address, ...]
    # Absent is empty, never null: what is given must be a hash.
    sha256: Sha256 = Field(default="", json_schema_extra=_without_default)
    installer: Installer | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default
    )
    provenance: Text

    @model_validator(mode="after")
    def _pinned_once(self) -> _Archive:
        pins = self.model_fields_set & {"sha256", "installer"}
        if len(pins) != 1 or not (self.sha256 or self.installer):
            raise ValueError("want exactly one of sha256 and installer")
        if any(_base_name(url) != self.file for url in self.urls):
            raise ValueError(f"an address that does not end in {self.file}")
        if not self.file.endswith(f".{self.kind}"):
            raise ValueError(f"{self.file} is no {self.kind}")
        return self


class ProgramArchive(_Archive):
    """An archive with a program.

    Attributes:
      tool: name of the tool.
      binary: path of the program below `strip_prefix`.
      urls: at least one.
    """

    tool: ProgramName
    binary: InnerPath
    urls: Annotated[tuple[Address, ...], Field(min_length=1)]


class SimulatorArchive(_Archive):
    """A package of Valgrind.

    Attributes:
      tool: always `valgrind`.
      simulator: which build.
      reported_version: what `valgrind --version` prints, without `valgrind-`.
    """

    tool: SimulatorName
    simulator: Literal["codspeed", "codspeed-ubuntu-24.04", "stock"]
    reported_version: Text

    @model_validator(mode="after")
    def _addressed_unless_stock(self) -> SimulatorArchive:
        # Debian's package has no lasting address: a --distdir supplies it.
        if not self.urls and self.simulator != "stock":
            raise ValueError("no address")
        return self


Archive = Annotated[ProgramArchive | SimulatorArchive, Field(discriminator="tool")]


def build_of(row: Archive) -> tuple[str, str, str]:
    """Returns tool, simulator (empty for programs) and version: what both platforms share."""
    return row.tool, getattr(row, "simulator", ""), row.version


def title(row: Archive) -> str:
    """Returns the name of a row for people."""
    simulator = getattr(row, "simulator", "")
    build = f" ({simulator})" if simulator else ""
    return f"{row.tool} {row.version}{build} for {row.platform}"


def _base_name(url: str) -> str:
    return url.rpartition("/")[2]


def tool_named(name: str) -> str:
    """Returns the tool that people may also call without `codspeed-`.

    Raises:
      ArchivesError: there is none.
    """
    for tool in TOOLS:
        if name.replace("_", "-") in (tool, tool.removeprefix("codspeed-")):
            return tool
    raise ArchivesError(
        "unknown tool", repr(name), f"one of {', '.join(TOOLS)}", "name one of those"
    )
