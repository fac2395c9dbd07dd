"""How a release gets its hashes (spec: pins 11).

A chain of hashes starts at one that is confirmed: the table's own, or one that the
maintainer passes together with its source. Where there is none, the maintainer has to state
that today's files are to be trusted, and the release's provenance records this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.archives.archive import Archive, Installer, Platform
from tools.archives.build import Release
from tools.archives.errors import ArchivesError
from tools.archives.installer import NoChecksumError, archive_sha256
from tools.archives.release import Draft
from tools.archives.release_files import ReleaseFiles


@dataclass(frozen=True, slots=True)
class Consent:
    """What the maintainer vouches for.

    Attributes:
      installer_sha256: hash of the installer, or empty.
      source: who else confirms that hash.
      first_use: provenance of what is trusted as it is today; empty to trust nothing.
    """

    installer_sha256: str = ""
    source: str = ""
    first_use: str = ""


@dataclass(frozen=True, slots=True)
class _Chain:
    """A verified installer: its hash, its text, and its provenance."""

    sha256: str
    text: str
    provenance: str


def pin(draft: Draft, files: ReleaseFiles, consent: Consent, by_archive: bool) -> Release:
    """Finds and verifies the hashes of a release; every archive is fetched once.

    Args:
      draft: the release.
      files: the files of the release.
      consent: what is trusted in addition to the table.
      by_archive: whether the release gets the archives' hashes rather than the installer's.

    Raises:
      ArchivesError: a hash is not confirmed, or differs from the one that is known.
    """
    if draft.known and draft.known.sha256:
        for archive in draft.archives:
            files.archive(archive, archive.sha256)
        return draft.known
    installer = draft.installer
    chain = _verified(draft, installer, files, consent) if installer else None
    stated = {archive.platform: _stated(chain, archive) for archive in draft.archives}
    if not chain or not all(stated.values()):
        return _trusted(draft, stated, files, consent)
    for archive in draft.archives:
        files.archive(archive, stated[archive.platform])
    if by_archive:
        return draft.pinned(stated, f"{chain.provenance}, from installer {chain.sha256}")
    return draft.known or draft.pinned_by(chain.sha256, chain.provenance)


def _verified(draft: Draft, installer: Installer, files: ReleaseFiles, consent: Consent) -> _Chain:
    """Fetches the installer of a release and verifies it."""
    known = installer.sha256
    if known and consent.installer_sha256 not in ("", known):
        raise ArchivesError(
            f"{draft.title} is in the table with another installer",
            f"--allow-new-installer-hash {consent.installer_sha256}",
            known,
            "leave the table as it is. The files of a version never change: if these did, ask "
            "the makers of the release",
        )
    confirmed = known or consent.installer_sha256
    text, sha256 = files.script(draft.title, installer, confirmed)
    if not confirmed and not consent.first_use:
        raise ArchivesError(
            f"the installer of {draft.title} has no confirmed hash",
            f"{installer.file} with SHA-256 {sha256}",
            "a hash that another source confirms, for example CodSpeed's action",
            f"add --allow-new-installer-hash {sha256} --source WHO_CONFIRMS_IT, or "
            "--trust-first-use",
        )
    provenance = draft.provenance or consent.source or consent.first_use
    return _Chain(sha256, text, provenance)


def _stated(chain: _Chain | None, archive: Archive) -> str:
    """Returns the hash of an archive that the installer states; empty where it states none."""
    try:
        return archive_sha256(chain.text, archive.file) if chain else ""
    except NoChecksumError:
        return ""


def _trusted(
    draft: Draft, stated: Mapping[Platform, str], files: ReleaseFiles, consent: Consent
) -> Release:
    """Takes the hashes of what is there today, if the release itself does not contradict them."""
    if not consent.first_use:
        unknown = next(archive for archive in draft.archives if not stated[archive.platform])
        raise ArchivesError(
            f"{unknown.file} of {draft.title} has no confirmed hash",
            "no installer that states its SHA-256",
            "a chain of hashes that starts at a confirmed one",
            "add --trust-first-use to pin what the release has today",
        )
    hashes = {}
    confirmed = True
    for archive in draft.archives:
        sha256 = files.archive(archive, stated[archive.platform])
        beside = files.stated(archive)
        if beside not in ("", sha256):
            raise ArchivesError(
                f"{archive.file} of {draft.title} is not what its checksum file states",
                f"SHA-256 {sha256}",
                beside,
                "check the network and the proxy, and ask the makers of the release",
            )
        confirmed = confirmed and bool(beside)
        hashes[archive.platform] = sha256
    source = "download and checksum file" if confirmed else "download"
    return draft.pinned(hashes, f"{source}, {consent.first_use}")
