"""Adds a version of a tool to tools/archives.json, with its hashes (spec: pins 11).

With --find it adds all that are newer than the table; with --print it writes nothing, and prints
what MODULE.bazel needs. Without options it sorts the table, and writes its schema and what is
generated from it.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.printing import print_message, print_text
from tools.archives.archive import ToolName, tool_named
from tools.archives.build import Release
from tools.archives.command import open_downloader, run, workspace
from tools.archives.errors import ArchivesError
from tools.archives.finding import new_versions
from tools.archives.pinning import Consent, pin
from tools.archives.release import Draft, draft_release
from tools.archives.release_files import ReleaseFiles
from tools.archives.table import (
    SCHEMA,
    TABLE,
    UPDATE_COMMAND,
    Table,
    read_table,
    schema_text,
    table_text,
    with_releases,
)
from tools.archives.templates import checked_template

_GENERATOR = "tools/generate_tables.py"
_OWN_TABLE = Path(__file__).parent.parent / "archives.json"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = CommandParser(prog=f"{UPDATE_COMMAND} --", description=__doc__)
    parser.add_argument("--tool", help="such as runner")
    parser.add_argument("--version", help="such as 5.0.2")
    parser.add_argument(
        "--find",
        action="store_true",
        help="add every version that is newer than the table, of all tools or of --tool",
    )
    parser.add_argument(
        "--allow-new-installer-hash",
        metavar="SHA256",
        default="",
        help="hash of a new version's installer, from the place that --source names",
    )
    parser.add_argument("--source", metavar="WHO", default="", help="who confirms that hash")
    parser.add_argument(
        "--trust-first-use",
        action="store_true",
        help="pin what the release has today where no source confirms it",
    )
    parser.add_argument(
        "--pin",
        action="store_true",
        help="write the archives' own hashes, so that builds need no installer",
    )
    parser.add_argument(
        "--from",
        dest="template",
        metavar="URL_TEMPLATE",
        default="",
        help="fetch from a mirror, for example https://mirror.example/{host}/{path}",
    )
    parser.add_argument(
        "--print",
        dest="prints",
        action="store_true",
        help="print what MODULE.bazel needs for the version, in place of writing the table",
    )
    options = parser.parse_args(arguments)
    if options.find and (options.version or options.source):
        parser.error("--find adds versions that nobody has named: leave out --version and --source")
    if not options.find and bool(options.tool) != bool(options.version):
        parser.error("--tool and --version belong together")
    if bool(options.allow_new_installer_hash) != bool(options.source):
        parser.error("--allow-new-installer-hash and --source belong together")
    if not re.fullmatch("([0-9a-f]{64})?", options.allow_new_installer_hash):
        parser.error("--allow-new-installer-hash: want 64 hexadecimal digits, in lower case")
    if "{sha256}" in options.template:
        parser.error("--from: {sha256} is not known before a file is fetched")
    return options


@contextlib.contextmanager
def _files(options: argparse.Namespace) -> Iterator[ReleaseFiles]:
    """Yields what fetches the files of one release."""
    template = checked_template(options.template) if options.template else ""
    with tempfile.TemporaryDirectory() as folder, open_downloader() as downloader:
        yield ReleaseFiles(downloader, Path(folder), template)


def _pinned(
    table: Table, tool: ToolName, version: str, options: argparse.Namespace
) -> list[tuple[Draft, Release]]:
    """Finds a version of each build of a tool, and verifies it."""
    seen = f"first seen on {date.today()}{' on a mirror' if options.template else ''}"
    consent = Consent(
        options.allow_new_installer_hash,
        options.source,
        f"{seen}, not confirmed" if options.trust_first_use else "",
    )
    drafts = draft_release(table, tool, version)
    with _files(options) as files:
        by_archive = options.pin or options.prints
        return [(draft, pin(draft, files, consent, by_archive)) for draft in drafts]


def _with_version(table: Table, tool: ToolName, version: str, options: argparse.Namespace) -> Table:
    """Returns the table with a version of a tool, verified."""
    pinned = _pinned(table, tool, version, options)
    if options.prints:
        print_text(
            "\n".join(draft.declarations(release) for draft, release in pinned).removesuffix("\n")
        )
        return table
    verified = sum(len(draft.archives) for draft, _ in pinned)
    written = sum(draft.known != release for draft, release in pinned)
    print_text(
        f"{tool} {version}: {verified} archives verified; releases written: {written}. The "
        f"default is {table.defaults[tool]}."
    )
    return with_releases(table, [(draft.build, release) for draft, release in pinned])


def _with_found(table: Table, options: argparse.Namespace) -> tuple[Table, int]:
    """Returns the table with all newer versions that could be verified; prints why others not.

    Returns:
      the table, and how many lists and versions failed.
    """
    failed = 0
    tools = [tool_named(options.tool)] if options.tool else list(table.defaults)
    for tool in tools:
        try:
            with _files(options) as files:
                found = new_versions(table, tool, files)
        except ArchivesError as error:
            failed += 1
            print_message(f"rules_codspeed: {error}")
            continue
        if found is None:
            print_text(f"{tool}: its releases are listed nowhere.")
        elif not found:
            print_text(f"{tool}: nothing is newer than the table.")
        for version in found or []:
            try:
                table = _with_version(table, tool, version, options)
            except ArchivesError as error:
                failed += 1
                print_message(f"rules_codspeed: {error}")
    return table, failed


def _write(root: Path, table: Table) -> None:
    """Writes the table and all that is made from it."""
    for name, text in {TABLE: table_text(table), SCHEMA: schema_text()}.items():
        new = root / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(root / name)
    generated = subprocess.run(
        [sys.executable, root / _GENERATOR], cwd=root, capture_output=True, text=True
    )
    if generated.returncode:
        raise ArchivesError(
            f"{TABLE} is written, and what is generated from it is not",
            generated.stderr.strip()[-1000:],
            "no error",
            f"run python3 {_GENERATOR}",
        )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds a lock on a folder, which leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _changed(table: Table, options: argparse.Namespace) -> tuple[Table, int]:
    """Returns the table with what the options ask for, and how much of it failed."""
    if options.find:
        return _with_found(table, options)
    if options.tool:
        return _with_version(table, tool_named(options.tool), options.version, options), 0
    return table, 0


def _update(options: argparse.Namespace) -> int:
    if options.prints:
        # Started in any workspace.
        _, failed = _changed(read_table(_OWN_TABLE), options)
        return 1 if failed else 0
    root = workspace()
    # Held while hashes are fetched: two runs at once would each lose the other's.
    with _locked(root / "tools"):
        table, failed = _changed(read_table(root / TABLE), options)
        _write(root, table)
    return 1 if failed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parse(arguments)
    return run(lambda: _update(options))


if __name__ == "__main__":
    sys.exit(main())
