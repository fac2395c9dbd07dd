"""Adds a version of a tool to tools/archives.json, with its hashes (spec: pins 11).

Without --tool it sorts the table, and writes its schema and what is generated from it.
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

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.printing import print_text
from tools.archives.archive import ToolName, tool_named
from tools.archives.build import Release
from tools.archives.command import open_downloader, run, workspace
from tools.archives.errors import ArchivesError
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


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog=f"{UPDATE_COMMAND} --", description=__doc__)
    parser.add_argument("--tool", help="such as runner")
    parser.add_argument("--version", help="such as 5.0.2")
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
    options = parser.parse_args(arguments)
    if bool(options.tool) != bool(options.version):
        parser.error("--tool and --version belong together")
    if bool(options.allow_new_installer_hash) != bool(options.source):
        parser.error("--allow-new-installer-hash and --source belong together")
    if not re.fullmatch("([0-9a-f]{64})?", options.allow_new_installer_hash):
        parser.error("--allow-new-installer-hash: want 64 hexadecimal digits, in lower case")
    if "{sha256}" in options.template:
        parser.error("--from: {sha256} is not known before a file is fetched")
    return options


def _pinned(
    table: Table, tool: ToolName, options: argparse.Namespace
) -> list[tuple[Draft, Release]]:
    """Finds the version that was asked for, of each build of the tool, and verifies it."""
    template = checked_template(options.template) if options.template else ""
    seen = f"first seen on {date.today()}{' on a mirror' if template else ''}, not confirmed"
    consent = Consent(
        options.allow_new_installer_hash, options.source, seen if options.trust_first_use else ""
    )
    drafts = draft_release(table, tool, options.version)
    with tempfile.TemporaryDirectory() as folder, open_downloader() as downloader:
        files = ReleaseFiles(downloader, Path(folder), template)
        return [(draft, pin(draft, files, consent, options.pin)) for draft in drafts]


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


def _update(options: argparse.Namespace) -> int:
    root = workspace()
    # Held while hashes are fetched: two runs at once would each lose the other's.
    with _locked(root / "tools"):
        table = read_table(root / TABLE)
        if options.tool:
            tool = tool_named(options.tool)
            pinned = _pinned(table, tool, options)
            verified = sum(len(draft.archives) for draft, _ in pinned)
            written = sum(draft.known != release for draft, release in pinned)
            table = with_releases(table, [(draft.build, release) for draft, release in pinned])
            print_text(
                f"{tool} {options.version}: {verified} archives verified; releases written: "
                f"{written}. The default is {table.defaults[tool]}."
            )
        _write(root, table)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parse(arguments)
    return run(lambda: _update(options))


if __name__ == "__main__":
    sys.exit(main())
