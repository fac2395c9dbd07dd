"""The builds of tools/archives.json: templates, and the hashes of each release.

Its JSON schema is generated from them. tools/archives/expansion.py explains what they stand for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from tools.archives.archive import PLATFORMS, SIMULATOR, SIMULATORS, STOCK, Platform, ToolName
from tools.archives.expansion import KINDS, base_name

VERSION = "^[0-9][0-9A-Za-z.-]{0,63}$"
_FEWEST_DIGITS = 10
_HASH_OF_NOTHING = hashlib.sha256(b"").hexdigest()


def _literal(text: str) -> str:
    return text.replace(".", r"\.")


# A part of a path does not start with a dot, so that no path leads upwards. Neither does what
# replaces a placeholder: a version starts with a digit, and a platform's name is a part itself.
_WORD = "[0-9A-Za-z_][0-9A-Za-z._+~-]*"
_PART = "[0-9A-Za-z_{][0-9A-Za-z._+~{}-]*"
_FOLDER = f"https://[0-9a-z][0-9a-z.-]*(/{_PART})*"
_FILE = rf"{_PART}\.({'|'.join(map(_literal, KINDS))})"
_PLACES = re.compile(r"\{(version|platform)\}")


def _no_placeholder(sha256: str) -> str:
    # A text that repeats itself is found again in the middle of its double. Of 16 digits, a hash
    # lacks more than 6 less than once in 10^9.
    repeated = sha256 in (sha256 + sha256)[1:-1]
    if repeated or len(set(sha256)) < _FEWEST_DIGITS or sha256 == _HASH_OF_NOTHING:
        raise ValueError("a placeholder, not the hash of a file")
    return sha256


def _for_all_platforms(values: dict[Platform, str]) -> dict[Platform, str]:
    missing = [platform for platform in PLATFORMS if platform not in values]
    if missing:
        raise ValueError(f"none for {' and '.join(missing)}")
    return values


def _known_places(template: str) -> str:
    rest = _PLACES.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("braces around something else than version or platform")
    return template


def _matching(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=f"^{pattern}$")


_PLACED = AfterValidator(_known_places)
_COMPLETE = AfterValidator(_for_all_platforms)
_ALL_PLATFORMS = Field(json_schema_extra={"required": [*PLATFORMS]})

Text = Annotated[str, StringConstraints(min_length=1)]
Version = Annotated[str, StringConstraints(pattern=VERSION)]
SimulatorName = Annotated[str, _matching(f"({'|'.join(map(_literal, SIMULATORS))})")]
Sha256 = Annotated[str, _matching("[0-9a-f]{64}"), AfterValidator(_no_placeholder)]
Word = Annotated[str, _matching(_WORD)]
InnerPath = Annotated[str, _matching(f"{_PART}(/{_PART})*"), _PLACED]
ArchiveName = Annotated[str, _matching(_FILE), _PLACED]
ArchiveAddress = Annotated[str, _matching(f"{_FOLDER}/{_FILE}"), _PLACED]
ScriptAddress = Annotated[str, _matching(rf"{_FOLDER}/{_PART}\.sh"), _PLACED]
Words = Annotated[dict[Platform, Word], _COMPLETE, _ALL_PLATFORMS]
Hashes = Annotated[dict[Platform, Sha256], _COMPLETE, _ALL_PLATFORMS]


class Strict(BaseModel):
    """Accepts known keys only. A key that may be absent is never null."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def stated(self) -> dict[str, Any]:
        """Returns what is stated, as JSON has it."""
        return self.model_dump(mode="json", exclude_unset=True)


class Names(Strict):
    """What a build states for all its releases, and a release where it deviates from that.

    `{version}` and `{platform}` stand for the release's version and the build's name of the
    platform.

    Attributes:
      urls: addresses of the archive, tried in order, all with the same base name.
      file: that name, where there is no address. Its suffix shows how the archive is packed.
      strip_prefix: folder in the archive that is unpacked.
      binary: path of the program below `strip_prefix`; not for Valgrind.
      installer_urls: addresses of the script that states the archives' hashes, tried in order.
      reported_version: Valgrind only: what `valgrind --version` prints, without `valgrind-`.
      provenance: where the hashes are confirmed.
    """

    urls: Annotated[tuple[ArchiveAddress, ...], Field(min_length=1)] = ()
    file: ArchiveName = ""
    strip_prefix: InnerPath = ""
    binary: InnerPath = ""
    installer_urls: Annotated[tuple[ScriptAddress, ...], Field(min_length=1)] = ()
    reported_version: Text = ""
    provenance: Text = ""


class Release(Names):
    """One version: its hashes, and what deviates from the build's names.

    Attributes:
      version: of the tool.
      sha256: the hash of each platform's archive.
      installer_sha256: in place of `sha256`, where only the hash of the installer is known.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in ("sha256", "installer_sha256")]}
    )

    version: Version
    sha256: Hashes = Field(default_factory=dict)
    installer_sha256: Sha256 = ""

    @model_validator(mode="after")
    def _pinned_once(self) -> Release:
        if bool(self.sha256) == bool(self.installer_sha256):
            raise ValueError("want exactly one of sha256 and installer_sha256")
        return self


class Build(Names):
    """A tool, or one of the builds that it comes in: templates, and its releases.

    Attributes:
      tool: name of the tool.
      simulator: Valgrind only: which build of it.
      platforms: the makers' name of each platform, for `{platform}`.
      releases: its versions.
    """

    tool: ToolName
    simulator: SimulatorName = ""
    platforms: Words
    releases: Annotated[tuple[Release, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Build:
        faults = [
            f"{release.version}: {fault}"
            for release in self.releases
            for fault in _faults({**self.stated(), **release.stated()})
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Package(Strict):
    """A Debian package of a root. Its file is `<package>_<version>_<platform>.deb`.

    Attributes:
      package: its name.
      version: without an epoch, which names of files leave out.
      folder: of its file in each of Debian's mirrors, below the folder of the archive.
      sha256: the hash of each platform's file.
    """

    package: Word
    version: Word
    folder: InnerPath
    sha256: Hashes


class Root(Strict):
    """A pinned root: Debian packages that stand for the libraries of the measuring machine.

    Attributes:
      root: its name.
      platforms: Debian's name of each platform.
      provenance: where the hashes are confirmed.
      packages: the lowest first.
    """

    root: Word
    platforms: Words
    provenance: Text
    packages: Annotated[tuple[Package, ...], Field(min_length=1)]


def _faults(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yields what is wrong with a release, given what it and its build state."""
    simulates = facts["tool"] == SIMULATOR
    # Debian's package has no lasting address: a --distdir supplies it.
    wanted = ["file" if facts.get("simulator") == STOCK else "urls", "strip_prefix", "provenance"]
    wanted += ["simulator", "reported_version"] if simulates else ["binary"]
    wanted += ["installer_urls"] if "installer_sha256" in facts else []
    yield from (f"no {key}" for key in wanted if key not in facts)
    unwanted = ["binary"] if simulates else ["simulator", "reported_version"]
    yield from (f"{key} of {facts['tool']}" for key in unwanted if key in facts)
    names = {facts.get("file"), *map(base_name, facts.get("urls", ()))} - {None}
    if len(names) > 1:
        yield f"several names of one file: {', '.join(sorted(map(str, names)))}"
