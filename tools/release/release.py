#!/usr/bin/env python3
"""Makes the source archive of a release, the same bytes in every clone of a commit.

The archive is what `git archive` makes of the commit: .gitattributes states what is left out.
Its name and folder follow from the version in rules/private/version.bzl;
.bcr/source.template.json names the same.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "rules_codspeed"
VERSION_FILE = "rules/private/version.bzl"
CHANGELOG = "CHANGELOG.md"
# Stands for the organisation that will own the public repository, until it is known.
PLACEHOLDER = "OWNER"
PLACEHOLDER_FILES = ("CODEOWNERS", ".bcr/metadata.template.json")

# What a configuration of git could change in the bytes of an archive, set to one value. The
# command line wins over every configuration file.
_FIXED = (
    *("-c", "tar.umask=0022"),
    *("-c", "core.autocrlf=false"),
    *("-c", "core.eol=lf"),
    *("-c", f"core.attributesFile={os.devnull}"),
)


class ReleaseError(Exception):
    """No release can be made; the message states why, and what to do."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A source archive.

    Attributes:
        version: of the rules, such as `1.2.3`.
        commit: what it was made of.
        content: the bytes of the `.tar.gz` file.
    """

    version: str
    commit: str
    content: bytes

    @property
    def tag(self) -> str:
        """The tag of the release."""
        return f"v{self.version}"

    @property
    def file_name(self) -> str:
        """The base name of the file."""
        return f"{NAME}-{self.tag}.tar.gz"

    @property
    def sha256(self) -> str:
        """The hash of the content, as hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def integrity(self) -> str:
        """The hash of the content as Bazel's attribute `integrity` takes it."""
        return f"sha256-{base64.b64encode(hashlib.sha256(self.content).digest()).decode()}"


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *_FIXED, *arguments],
            cwd=root,
            env={**os.environ, "GIT_ATTR_NOSYSTEM": "1"},
            capture_output=True,
            check=True,
        )
    except FileNotFoundError:
        raise ReleaseError("git is not installed. Install it, then run this again.") from None
    except subprocess.CalledProcessError as error:
        output = error.stderr.decode(errors="replace").strip()
        raise ReleaseError(f"`git {' '.join(arguments)}` failed in {root}:\n{output}") from None
    return done.stdout


def _file(root: Path, commit: str, path: str) -> str:
    return _git(root, "show", f"{commit}:{path}").decode()


def _compressed(content: bytes) -> bytes:
    """Compresses by gzip, without a time, a file name or a system in the header.

    Not by git, whose configuration can name any program; nor by `gzip.compress`, whose header
    differs between versions of Python. What is left is zlib: another implementation of it may
    compress the same tar file to other bytes.
    """
    compressed = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=compressed, mtime=0) as file:
        file.write(content)
    return compressed.getvalue()


def version_in(text: str) -> str:
    """Reads the version from the text of rules/private/version.bzl.

    Raises:
        ReleaseError: there is not exactly one, or it is not of the form `1.2.3`.
    """
    found: list[str] = re.findall(r'^VERSION = "(.*)"$', text, re.M)
    if len(found) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?", found[0]):
        raise ReleaseError(
            f"{VERSION_FILE} has no version. Got: {found}. "
            'Expected: one line such as VERSION = "1.2.3".'
        )
    return found[0]


def changes_in(text: str, version: str) -> tuple[str, str]:
    """Reads from the text of CHANGELOG.md what a version changed.

    Args:
        text: the whole file.
        version: such as `1.2.3`.

    Returns:
        the date of the version, `unreleased` before it has one, and the lines below its heading.

    Raises:
        ReleaseError: it has no section of that version.
    """
    section = re.search(
        rf"^## \[{re.escape(version)}\] - (\S+)\n(.*?)(?=^## |^\[|\Z)", text, re.M | re.S
    )
    if not section:
        raise ReleaseError(f"{CHANGELOG} has no section `## [{version}] - <date>`. Add it.")
    return section[1], section[2].strip()


def make_archive(root: Path, commit: str) -> Archive:
    """Makes the archive of a commit.

    Args:
        root: the repository's folder.
        commit: anything that git can resolve to a commit.

    Raises:
        ReleaseError: git fails, the commit has no version, or this clone overrides .gitattributes.
    """
    commit = _git(root, "rev-parse", "--verify", f"{commit}^{{commit}}").decode().strip()
    overrides = root / _git(root, "rev-parse", "--git-path", "info/attributes").decode().strip()
    if overrides.is_file() and overrides.stat().st_size:
        raise ReleaseError(
            f"{overrides} overrides .gitattributes in this clone. Empty it, then run this again."
        )
    version = version_in(_file(root, commit, VERSION_FILE))
    tar = _git(root, "archive", "--format=tar", f"--prefix={NAME}-{version}/", commit)
    return Archive(version, commit, _compressed(tar))


def check_release(root: Path, archive: Archive, tag: str) -> None:
    """Checks that an archive may be published.

    Args:
        root: the repository's folder.
        archive: from `make_archive`.
        tag: the tag that names the release.

    Raises:
        ReleaseError: the tag is not the version's, the changelog has no date of the release, or
            a placeholder is left.
    """
    if tag != archive.tag:
        raise ReleaseError(
            f"the tag is not that of {VERSION_FILE}. Got: {tag}. Expected: {archive.tag}. "
            "Move the tag to a commit with the right version."
        )
    date, _ = changes_in(_file(root, archive.commit, CHANGELOG), archive.version)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        raise ReleaseError(
            f"{CHANGELOG} does not date {archive.version}. Got: {date}. "
            "Expected: the day of the release, such as 2026-01-31."
        )
    for path in PLACEHOLDER_FILES:
        if re.search(rf"\b{PLACEHOLDER}\b", _file(root, archive.commit, path)):
            raise ReleaseError(
                f"{path} still contains {PLACEHOLDER}. Write the organisation or user there that "
                "owns the public repository."
            )


def notes(root: Path, archive: Archive) -> str:
    """Returns the text of the release as Markdown: how to depend on it, and what changed."""
    _, changes = changes_in(_file(root, archive.commit, CHANGELOG), archive.version)
    return f"""\
In `MODULE.bazel`:

```starlark
bazel_dep(name = "{NAME}", version = "{archive.version}")
```

In `WORKSPACE`, and with `archive_override`, of `{archive.file_name}`:

```starlark
    strip_prefix = "{NAME}-{archive.version}",
    integrity = "{archive.integrity}",
```

{changes}
"""


def main() -> int:
    """Makes the archive and prints its size and hashes; returns 0, or 1 when it cannot."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--commit", default="HEAD", help="what to archive (default: HEAD)")
    parser.add_argument("--out", required=True, type=Path, help="the folder for the archive")
    parser.add_argument("--root", default=ROOT, type=Path, help="the clone (default: this one)")
    parser.add_argument("--tag", help="also check that this tag may be released")
    parser.add_argument("--notes", type=Path, help="also write the text of the release there")
    arguments = parser.parse_args()
    try:
        archive = make_archive(arguments.root, arguments.commit)
        if arguments.tag is not None:
            check_release(arguments.root, archive, arguments.tag)
        text = notes(arguments.root, archive) if arguments.notes else ""
        file = arguments.out / archive.file_name
        arguments.out.mkdir(parents=True, exist_ok=True)
        file.write_bytes(archive.content)
        if arguments.notes:
            arguments.notes.write_text(text, encoding="utf-8")
    except (OSError, ReleaseError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(f"file       {file}")
    print(f"commit     {archive.commit}")
    print(f"size       {len(archive.content):,} bytes")
    print(f"sha256     {archive.sha256}")
    print(f"integrity  {archive.integrity}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
