"""The archive of a release, and what stops one, on repositories made for the test."""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from tools.release import release
from tools.release.release import (
    Archive,
    ReleaseError,
    changes_in,
    check_release,
    make_archive,
    notes,
    version_in,
)

CHANGELOG = """\
# Changelog

## [1.2.0] - 2026-01-31

### Added

- Something new.

## [1.1.0] - 2025-12-01

- Something old.

[keep]: https://example.com
"""

TREE = {
    ".bcr/metadata.template.json": '{"homepage": "https://example.com/somebody"}',
    ".gitattributes": "/secret export-ignore\n",
    "CHANGELOG.md": CHANGELOG,
    "CODEOWNERS": "* @somebody/maintainers\n",
    "rules/private/version.bzl": '"""The version."""\n\nVERSION = "1.2.0"\n',
    "run.sh": "#!/bin/sh\n",
    "secret": "left out",
}


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path, changed: dict[str, str]) -> Archive:
    """Commits files, and returns the archive of the commit."""
    for name, text in changed.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--allow-empty", "--message=change")
    return make_archive(root, "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with one commit that may be released."""
    root = tmp_path / "clone"
    root.mkdir()
    git(root, "init", "--quiet")
    commit(root, TREE)
    return root


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, release.__file__, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True)


def test_holds_the_commit_without_what_is_left_out(clone: Path) -> None:
    (clone / "run.sh").write_text("not committed", encoding="utf-8")
    archive = make_archive(clone, "HEAD")
    with tarfile.open(fileobj=BytesIO(archive.content)) as tar:
        files = [file for file in tar if file.isfile()]
        script = tar.extractfile("rules_codspeed-1.2.0/run.sh")
        assert script
        assert script.read() == b"#!/bin/sh\n"
    assert {file.mode for file in files} == {0o644}
    kept = {f"rules_codspeed-1.2.0/{name}" for name in TREE if name != "secret"}
    assert {file.name for file in files} == kept
    assert (archive.tag, archive.file_name) == ("v1.2.0", "rules_codspeed-v1.2.0.tar.gz")


def test_the_header_tells_neither_time_nor_place(clone: Path) -> None:
    content = make_archive(clone, "HEAD").content
    # RFC 1952: deflate, no flags, no time, slowest compression, unknown system.
    assert content[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    assert content == make_archive(clone, "HEAD").content
    assert git(clone, "rev-parse", "HEAD").strip().encode() in gzip.decompress(content)


def test_the_command_prints_what_a_user_pins(clone: Path, tmp_path: Path) -> None:
    run = command(
        "--root", clone, "--out", tmp_path / "out", "--tag=v1.2.0", "--notes", tmp_path / "n"
    )
    assert run.returncode == 0, run.stderr
    content = (tmp_path / "out/rules_codspeed-v1.2.0.tar.gz").read_bytes()
    printed = dict(line.split(maxsplit=1) for line in run.stdout.splitlines())
    assert list(printed) == ["file", "commit", "size", "sha256", "integrity"]
    assert printed["sha256"] == hashlib.sha256(content).hexdigest()
    text = (tmp_path / "n").read_text(encoding="utf-8")
    assert printed["integrity"] in text
    assert 'bazel_dep(name = "rules_codspeed", version = "1.2.0")' in text
    assert text.endswith("### Added\n\n- Something new.\n")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"CHANGELOG.md": CHANGELOG.replace("2026-01-31", "unreleased")},
            r"^CHANGELOG\.md does not date 1\.2\.0\. Got: unreleased\. Expected: the day",
        ),
        (
            {"CHANGELOG.md": "# Changelog\n"},
            r"^CHANGELOG\.md has no section `## \[1\.2\.0\] - <date>`\. Add it\.$",
        ),
        (
            {"rules/private/version.bzl": 'VERSION = "1.3.0"\n'},
            r"^the tag is not that of .*version\.bzl\. Got: v1\.2\.0\. Expected: v1\.3\.0\.",
        ),
        (
            {"CODEOWNERS": "* @OWNER/maintainers\n"},
            r"^CODEOWNERS still contains OWNER\. Write the ",
        ),
        (
            {".bcr/metadata.template.json": '{"repository": ["github:OWNER/rules_codspeed"]}'},
            r"^\.bcr/metadata\.template\.json still contains OWNER\.",
        ),
    ],
)
def test_what_may_not_be_released(clone: Path, changed: dict[str, str], message: str) -> None:
    archive = commit(clone, changed)
    with pytest.raises(ReleaseError, match=message):
        check_release(clone, archive, "v1.2.0")


def test_what_may_be_released(clone: Path) -> None:
    check_release(clone, make_archive(clone, "HEAD"), "v1.2.0")


def test_another_commit_than_the_newest(clone: Path) -> None:
    archive = make_archive(clone, "HEAD")
    commit(clone, {"rules/private/version.bzl": 'VERSION = "1.3.0"\n', "CHANGELOG.md": "# New\n"})
    assert make_archive(clone, "HEAD~1") == archive
    assert "Something new." in notes(clone, archive)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--commit=nope",),
            r"^release: `git rev-parse --verify nope\^\{commit\}` failed in .*:\nfatal",
        ),
        (("--tag=v2.0.0",), r"^release: the tag is not that of .*\. Got: v2\.0\.0\."),
    ],
)
def test_a_mistake_is_one_error(
    clone: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    run = command("--root", clone, "--out", tmp_path / "out", *arguments)
    assert run.returncode == 1
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    assert re.match(message, run.stderr)
    assert not (tmp_path / "out").exists()


def test_no_git(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReleaseError, match=r"^git is not installed\."):
        make_archive(clone, "HEAD")


@pytest.mark.parametrize(
    "text", ["", 'VERSION = ""', 'VERSION = "1.2"', 'VERSION = "1.2.0"\nVERSION = "1.2.0"', "V = 1"]
)
def test_no_version(text: str) -> None:
    with pytest.raises(ReleaseError, match=r"^rules/private/version\.bzl has no version\. Got: "):
        version_in(text)


def test_the_changes_of_one_version() -> None:
    assert changes_in(CHANGELOG, "1.2.0") == ("2026-01-31", "### Added\n\n- Something new.")
    assert changes_in(CHANGELOG, "1.1.0") == ("2025-12-01", "- Something old.")
    with pytest.raises(ReleaseError, match="no section"):
        changes_in(CHANGELOG, "1.2")
