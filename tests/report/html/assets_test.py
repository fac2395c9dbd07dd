"""The vendored libraries are those of the lock, and the updater refuses any other."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from tools.update_assets import (
    LOCK,
    AssetError,
    Package,
    check,
    extract,
    integrity,
    lock_text,
    read_lock,
    update,
)

ROOT = Path(__file__).parents[3]
PACKAGE = Package("lib", "1.0.0", "MIT", "", {"LICENSE": "", "dist/lib.js": ""})


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


GOOD = archive({"LICENSE": b"free", "dist/lib.js": b"let lib;", "other.js": b"x"})


def give(monkeypatch: pytest.MonkeyPatch, folder: Path, package: bytes) -> None:
    """Puts an npm first on PATH that packs this file."""
    folder.mkdir()
    (folder / "packed").write_bytes(package)
    npm = folder / "npm"
    npm.write_text(f'#!/bin/sh\nexec cp "{folder}/packed" "$5/lib-1.0.0.tgz"\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_vendored_files_are_those_of_the_lock() -> None:
    assert check(ROOT) == []
    text = (ROOT / LOCK).read_text()
    assert lock_text(read_lock(text)) == text
    # What is in a report must leave its reader free; tests alone use the other one.
    assert {one.name: one.licence for one in read_lock(text)} == {
        "d3": "ISC",
        "axe-core": "MPL-2.0",
    }


def test_named_files_are_taken_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, tmp_path / "bin", GOOD)
    root = tmp_path / "root"
    taken = update(PACKAGE, root, known="")
    assert taken.integrity == integrity(GOOD)
    names = {path.name for path in (root / "third_party/lib").iterdir()}
    assert names == {"LICENSE", "lib.js", "package.json"}
    (root / LOCK).write_text(lock_text([taken]))
    assert check(root) == []
    (root / "third_party/lib/lib.js").write_text("let other;")
    (root / "third_party/lib/LICENSE").unlink()
    assert check(root) == [
        "third_party/lib/LICENSE is missing",
        "third_party/lib/lib.js is not the file of lib 1.0.0",
    ]


def test_a_released_version_with_other_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, tmp_path / "bin", GOOD)
    locked = dataclasses.replace(PACKAGE, integrity="sha512-other")
    with pytest.raises(AssetError, match=r"lib 1\.0\.0 was changed\. Got: sha512-.*Expected: sha5"):
        update(locked, tmp_path / "root", known="1.0.0")
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"LICENSE": b""}, "has no dist/lib.js"),
        ({"LICENSE": b"", "dist/lib.js": b"a</SCRIPT>b"}, "it ends a script"),
        ({"LICENSE": b"", "dist/lib.js": b"x" * 4_000_001}, "not a plain file of at most"),
    ],
)
def test_what_cannot_stand_in_a_page_is_refused(
    tmp_path: Path, files: dict[str, bytes], fault: str
) -> None:
    file = tmp_path / "lib.tgz"
    file.write_bytes(archive(files))
    with pytest.raises(AssetError, match=fault):
        extract(file, PACKAGE)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "no tar.gz that can be read"),
        (b"<!doctype html>", "no tar.gz that can be read"),
        (GOOD[: len(GOOD) // 2], "no tar.gz that can be read"),
        (archive({"../../outside": b""}), "an entry outside of the archive"),
        (gzip.compress(gzip.decompress(GOOD).replace(b"LICENSE", b"LICENC\xff")), "no tar.gz"),
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "lib.tgz"
    file.write_bytes(content)
    with pytest.raises(AssetError, match=f"lib 1.0.0 is not a package. Got: {fault}"):
        extract(file, PACKAGE)


def test_a_package_that_npm_does_not_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, tmp_path / "bin", b"")
    (tmp_path / "bin/npm").write_text("#!/bin/sh\necho no such version >&2\nexit 1\n")
    with pytest.raises(AssetError, match=r"npm does not give lib@1\.0\.0\. Got: no such version"):
        update(PACKAGE, tmp_path / "root", known="")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", json.dumps({"packages": {"a": {"version": "1"}}})]
)
def test_a_damaged_lock_is_reported(text: str) -> None:
    with pytest.raises(AssetError, match=rf"{LOCK} is not a lock\. Got: .* Fix: restore it\."):
        read_lock(text)
