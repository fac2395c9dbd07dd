"""How the rows of a version get their hashes (spec: pins 11).

A chain of hashes starts at one that is confirmed: the table's own, or one that the
maintainer brings along with its source. Where there is none, the maintainer has to say that
what is there today is to be trusted, and the row's provenance says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.archives.archive import Archive
from tools.archives.errors import ArchivesError
from tools.archives.installer import NoChecksumError, archive_sha256
from tools.archives.release import Draft, Script
from tools.archives.release_files import ReleaseFiles


@dataclass(frozen=True, slots=True)
class Consent:
    """What the maintainer vouches for.

    Attributes:
      installer_sha256: hash of the installer, or empty.
      source: who else says that it is that.
      first_use: provenance of what is trusted as it is today; empty to trust none.
    """

    installer_sha256: str = ""
    source: str = ""
    first_use: str = ""


@dataclass(frozen=True, slots=True)
class _Chain:
    """A verified installer: its hash, its text, and who says that they are right."""

    script: Script
    sha256: str
    text: str
    provenance: str


def pin_release(
    drafts: Sequence[Draft], files: ReleaseFiles, consent: Consent, by_archive: bool
) -> list[Archive]:
    """Finds and verifies the hashes of a version; every archive is fetched once.

    Args:
      drafts: rows of one version, at least one.
      files: of the release.
      consent: what is trusted besides the table.
      by_archive: whether rows shall have the archive's hash rather than the installer.

    Returns:
      the rows.

    Raises:
      ArchivesError: a hash is not confirmed, or differs from the one that is known.
    """
    script = drafts[0].script
    chain = _verified(drafts[0], script, files, consent) if script else None
    return [_pinned(draft, chain, files, consent, by_archive) for draft in drafts]


def _verified(draft: Draft, script: Script, files: ReleaseFiles, consent: Consent) -> _Chain:
    """Fetches the installer of a release and verifies it."""
    known = draft.known.installer.sha256 if draft.known and draft.known.installer else ""
    if known and consent.installer_sha256 not in ("", known):
        raise ArchivesError(
            f"{draft.release} is in the table with another installer",
            f"--allow-new-installer-hash {consent.installer_sha256}",
            known,
            "leave the table as it is. The files of a version never change: if these did, ask "
            "the makers of the release",
        )
    confirmed = known or consent.installer_sha256
    text, sha256 = files.script(draft, script, confirmed)
    if not confirmed and not consent.first_use:
        raise ArchivesError(
            f"the installer of {draft.release} has no confirmed hash",
            f"{script.file} with SHA-256 {sha256}",
            "a hash that somebody else confirms, such as CodSpeed's action",
            f"add --allow-new-installer-hash {sha256} --source WHO_CONFIRMS_IT, or "
            "--trust-first-use",
        )
    provenance = draft.known.provenance if known and draft.known else consent.source
    return _Chain(script, sha256, text, provenance or consent.first_use)


def _pinned(
    draft: Draft, chain: _Chain | None, files: ReleaseFiles, consent: Consent, by_archive: bool
) -> Archive:
    if draft.known and draft.known.sha256:
        files.archive(draft, draft.known.sha256)
        return draft.known
    try:
        told = archive_sha256(chain.text, draft.file) if chain else ""
    except NoChecksumError:
        told = ""
    if not chain or not told:
        return _trusted(draft, files, consent)
    files.archive(draft, told)
    if by_archive:
        return draft.pinned(told, f"{chain.provenance}, from installer {chain.sha256}")
    return draft.known or draft.pinned_by(chain.script, chain.sha256, chain.provenance)


def _trusted(draft: Draft, files: ReleaseFiles, consent: Consent) -> Archive:
    """Takes the hash of what is there today, if the release itself does not contradict it."""
    if not consent.first_use:
        raise ArchivesError(
            f"{draft.file} of {draft.release} has no confirmed hash",
            "no installer that carries its SHA-256",
            "a chain of hashes that starts at a confirmed one",
            "add --trust-first-use to pin what the release has today",
        )
    sha256 = files.archive(draft)
    stated = files.stated(draft)
    if stated not in ("", sha256):
        raise ArchivesError(
            f"{draft.file} of {draft.release} is not what its checksum file states",
            f"SHA-256 {sha256}",
            stated,
            "check the network and the proxy, and ask the makers of the release",
        )
    source = "download and checksum file" if stated else "download"
    return draft.pinned(sha256, f"{source}, {consent.first_use}")
