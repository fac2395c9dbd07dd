"""Fills a folder with the archives of the table, verified, for --distdir or a mirror server.

A second run fetches only what is missing or damaged.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.printing import print_text
from tools.archives.archive import PLATFORMS, Archive, title, tool_named
from tools.archives.command import open_downloader, run, user_path
from tools.archives.download import SCRIPT_LIMIT, Downloader, FetchError, Wanted
from tools.archives.installer import InstallerError, archive_sha256
from tools.archives.layout import Layout, link
from tools.archives.selection import select
from tools.archives.table import read_table
from tools.archives.templates import checked_template

_TABLE = Path(__file__).parent.parent / "archives.json"


@dataclass(slots=True)
class Summary:
    """What a run did.

    Attributes:
      fetched: places of the files that were fetched.
      replaced: those of them that replaced a damaged file.
      present: places of the files that were there.
      distdirs: folders that --distdir needs, below the mirror's, which is `.`.
      unaddressed: rows whose archive has no address.
      failures: what could not be fetched.
    """

    fetched: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    distdirs: set[str] = field(default_factory=set)
    unaddressed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A folder that is filled.

    Attributes:
      folder: its path.
      layout: the places of files in it.
      downloader: fetches files.
      template: of the mirror to fetch from; empty for the files' own addresses.
      summary: what was done.
    """

    folder: Path
    layout: Layout
    downloader: Downloader
    template: str = ""
    summary: Summary = field(default_factory=Summary)

    def add(self, row: Archive) -> None:
        """Makes sure that the files of a row are there; notes in the summary what is not."""
        if not row.urls:
            self.summary.unaddressed.append(f"{title(row)}: {row.file}, SHA-256 {row.sha256}")
            return
        try:
            self._file(row, Wanted(row.file, row.urls, self._sha256(row)))
        except (FetchError, InstallerError) as error:
            self.summary.failures.append(f"{title(row)}: {error}")

    def _sha256(self, row: Archive) -> str:
        """Returns the archive's hash; fetches the installer that states it, if one does."""
        installer = row.installer
        if not installer:
            return row.sha256
        wanted = Wanted(installer.file, installer.urls, installer.sha256, SCRIPT_LIMIT)
        file = self._file(row, wanted)
        return archive_sha256(file.read_text(encoding="utf-8", errors="replace"), row.file)

    def _file(self, row: Archive, wanted: Wanted) -> Path:
        """Makes sure that a file is at all its places; returns the first."""
        name = wanted.urls[0].rpartition("/")[2]
        first, *others = self.layout.places(row, name, wanted.urls)
        file = self.folder / first
        was_there = file.exists()
        fetched = self.downloader.fetch(wanted.at_mirror(self.template), file)
        for other in others:
            link(file, self.folder / other)
        if fetched:
            self.summary.fetched.add(first)
            self.summary.replaced |= {first} if was_there else set()
        elif first not in self.summary.fetched:
            self.summary.present.add(first)
        flat = self.layout.is_flat(row, name)
        self.summary.distdirs.add("." if flat else f"{row.tool}/{row.version}")
        return file


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = CommandParser(prog="bazel run //tools:mirror --", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to fill")
    parser.add_argument("--tool", action="append", help="for example runner; default: all")
    parser.add_argument(
        "--version",
        default="default",
        help="a version of the table, `default` (the default) or `all`",
    )
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="all by default")
    parser.add_argument(
        "--from",
        dest="template",
        metavar="URL_TEMPLATE",
        default="",
        help="fetch from another mirror, for example https://mirror.example/{host}/{path}",
    )
    parser.add_argument(
        "--table", type=Path, default=_TABLE, metavar="FILE", help="another table than our own"
    )
    return parser.parse_args(arguments)


def _told(mirror: Mirror) -> list[str]:
    """Returns the lines that are printed at the end."""
    summary = mirror.summary
    lines = [
        f"{mirror.folder}: {len(summary.fetched)} files fetched, {len(summary.replaced)} of them "
        f"replaced damaged ones; {len(summary.present)} were there and are as pinned.",
    ]
    if summary.distdirs:
        flags = [f"--distdir={mirror.folder / folder}" for folder in sorted(summary.distdirs)]
        lines.append(
            f"Use the folder with {' '.join(flags)}, or serve it and name it in codspeed.mirror."
        )
    lines += [
        f"No address: put it into {mirror.folder} yourself, for --distdir or a mirror of {{file}}: "
        f"{text}"
        for text in summary.unaddressed
    ]
    lines += [f"Failed: {text}" for text in summary.failures]
    return lines


def _fill(options: argparse.Namespace) -> int:
    table = read_table(user_path(options.table))
    template = checked_template(options.template) if options.template else ""
    tools = [tool_named(name) for name in options.tool or ()]
    rows = select(table, tools, options.version, options.platform or PLATFORMS)
    with open_downloader() as downloader:
        mirror = Mirror(user_path(options.out), Layout(table), downloader, template)
        for row in rows:
            mirror.add(row)
    print_text("\n".join(_told(mirror)))
    return 1 if mirror.summary.failures else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parse(arguments)
    return run(lambda: _fill(options))


if __name__ == "__main__":
    sys.exit(main())
