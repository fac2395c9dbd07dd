"""The files of a release, as a maintainer's command needs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.archives.checksum_file import stated_sha256
from tools.archives.contents import Contents, ContentsError
from tools.archives.download import SCRIPT_LIMIT, Downloader, FetchError, Wanted
from tools.archives.errors import ArchivesError
from tools.archives.part_file import file_sha256
from tools.archives.release import Draft, Script

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

    def archive(self, draft: Draft, sha256: str = "") -> str:
        """Fetches an archive; returns its SHA-256.

        Args:
          draft: what is fetched.
          sha256: the hash that it must have; empty for any.

        Raises:
          FetchError: it cannot be had, or has another hash.
          ArchivesError: nobody should unpack it.
        """
        title = f"{draft.file} of {draft.release}"
        file = self._fetch(Wanted(title, draft.urls, sha256, advice=_ADVICE), draft.file)
        fields = draft.fields
        binary = fields.get("binary", "")
        try:
            Contents(file, fields["kind"], fields["strip_prefix"], binary).check()
        except ContentsError as error:
            raise ArchivesError(
                f"{title} must not be pinned",
                str(error),
                "an archive of files, folders and links between them, with the program in it",
                "ask the makers of the release",
            ) from error
        return file_sha256(file)

    def script(self, draft: Draft, script: Script, sha256: str = "") -> tuple[str, str]:
        """Fetches an installer; returns its text and its SHA-256.

        Args:
          draft: of the release.
          script: what is fetched.
          sha256: the hash that it must have; empty for any.

        Raises:
          FetchError: it cannot be had, or has another hash.
        """
        name = f"{script.file} of {draft.release}"
        wanted = Wanted(name, script.urls, sha256, SCRIPT_LIMIT, _ADVICE)
        file = self._fetch(wanted, script.file)
        return file.read_text(encoding="utf-8", errors="replace"), file_sha256(file)

    def stated(self, draft: Draft) -> str:
        """Returns the hash that the checksum file beside an archive states; empty without one.

        Raises:
          ArchivesError: there is one that states nothing, or none can be had.
        """
        name = f"{draft.file}.sha256"
        urls = tuple(f"{url}.sha256" for url in draft.urls)
        try:
            file = self._fetch(Wanted(f"{name} of {draft.release}", urls, "", SCRIPT_LIMIT), name)
        except FetchError as error:
            if error.absent:
                return ""
            raise
        return stated_sha256(file.read_text(encoding="utf-8", errors="replace"), draft.file)

    def _fetch(self, wanted: Wanted, name: str) -> Path:
        target = self.folder / name
        self.downloader.fetch(wanted.at_mirror(self.template), target)
        return target
