"""The files of a release, for the command that pins them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.archives.archive import Archive, Installer
from tools.archives.checksum_file import stated_sha256
from tools.archives.contents import Contents, ContentsError
from tools.archives.download import SCRIPT_LIMIT, Downloader, FetchError, Wanted
from tools.archives.errors import ArchivesError
from tools.archives.part_file import file_sha256

_ADVICE = (
    "check the network and the proxy. The files of a version never change: if these did, leave "
    "the table as it is and ask the makers of the release"
)


@dataclass(frozen=True, slots=True)
class ReleaseFiles:
    """Fetches files of a release.

    Attributes:
      downloader: what fetches them.
      folder: where they are kept.
      template: of the mirror that has them; empty for their own addresses.
    """

    downloader: Downloader
    folder: Path
    template: str = ""

    def archive(self, archive: Archive, sha256: str = "") -> str:
        """Fetches an archive; returns its SHA-256.

        Args:
          archive: what is fetched.
          sha256: the hash that it must have; empty for any.

        Raises:
          FetchError: it cannot be fetched, or has another hash.
          ArchivesError: it must not be unpacked.
        """
        title = f"{archive.file} of {archive.release}"
        file = self._fetch(Wanted(title, archive.urls, sha256, advice=_ADVICE), archive.file)
        try:
            words = (archive.kind, archive.strip_prefix, archive.binary, archive.platform)
            Contents(file, *words).check()
        except ContentsError as error:
            raise ArchivesError(
                f"{title} must not be pinned",
                str(error),
                "an archive of files, folders and links between them, with the platform's program",
                "ask the makers of the release",
            ) from error
        return file_sha256(file)

    def script(self, release: str, script: Installer, sha256: str = "") -> tuple[str, str]:
        """Fetches an installer; returns its text and its SHA-256.

        Args:
          release: tool and version, for errors.
          script: what is fetched.
          sha256: the hash that it must have; empty for any.

        Raises:
          FetchError: it cannot be fetched, or has another hash.
        """
        name = f"{script.file} of {release}"
        wanted = Wanted(name, script.urls, sha256, SCRIPT_LIMIT, _ADVICE)
        file = self._fetch(wanted, script.file)
        return file.read_text(encoding="utf-8", errors="replace"), file_sha256(file)

    def stated(self, archive: Archive) -> str:
        """Returns the hash that the checksum file beside an archive states; empty without one.

        Raises:
          ArchivesError: it states no hash, or cannot be fetched.
        """
        name = f"{archive.file}.sha256"
        urls = tuple(f"{url}.sha256" for url in archive.urls)
        try:
            file = self._fetch(Wanted(f"{name} of {archive.release}", urls, "", SCRIPT_LIMIT), name)
        except FetchError as error:
            if error.absent:
                return ""
            raise
        return stated_sha256(file.read_text(encoding="utf-8", errors="replace"), archive.file)

    def document(self, wanted: Wanted) -> bytes:
        """Fetches a document that is no file of a release; returns its bytes.

        Raises:
          FetchError: it cannot be fetched.
        """
        return self._fetch(wanted, "document").read_bytes()

    def _fetch(self, wanted: Wanted, name: str) -> Path:
        target = self.folder / name
        self.downloader.fetch(wanted.at_mirror(self.template), target)
        return target
