from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.archives.releases import deb, tar, tar_gz
from tools.archives import contents
from tools.archives.contents import Contents, ContentsError

GOOD = {"tool/codspeed": b"program", "tool/LICENSE": b"MIT"}


def check(folder: Path, content: bytes, kind: str = "tar.gz", binary: str = "codspeed") -> None:
    file = folder / "archive"
    file.write_bytes(content)
    Contents(file, kind, "tool", binary).check()


def refused(folder: Path, content: bytes, kind: str = "tar.gz") -> str:
    with pytest.raises(ContentsError) as caught:
        check(folder, content, kind)
    # As a repository rule asks, with the standard library alone.
    command = [sys.executable, "-I", "-S", "-B", contents.__file__]
    arguments = [str(folder / "archive"), kind, "tool", "codspeed"]
    run = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert run.returncode == contents.UNREADABLE_HERE or (
        (run.returncode, run.stdout) == (contents.REFUSED, f"{caught.value}\n")
    )
    return str(caught.value)


def compressed(suffix: str, content: bytes) -> bytes:
    if suffix == "zst":
        return zstandard.compress(content)
    return gzip.compress(content) if suffix == "gz" else lzma.compress(content)


def with_entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    stream = io.BytesIO(tar(GOOD))
    with tarfile.open(fileobj=stream, mode="a") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return gzip.compress(stream.getvalue(), mtime=0)


def test_an_archive_as_they_are(tmp_path: Path) -> None:
    check(tmp_path, tar_gz(GOOD))
    check(tmp_path, tar_gz({f"./{name}": content for name, content in GOOD.items()}))
    check(tmp_path, with_entry("tool/inside", tarfile.SYMTYPE, "../tool/codspeed"))
    check(tmp_path, with_entry("tool/hard", tarfile.LNKTYPE, "tool/codspeed"))


@pytest.mark.parametrize("suffix", ["gz", "xz", "zst"])
def test_packages(tmp_path: Path, suffix: str) -> None:
    good = compressed(suffix, tar({f"./{name}": content for name, content in GOOD.items()}))
    check(tmp_path, deb(good, f"data.tar.{suffix}"), "deb")
    assert "no file below tool/" in refused(
        tmp_path, deb(compressed(suffix, tar({})), f"data.tar.{suffix}"), "deb"
    )
    assert "no deb that can be read" in refused(
        tmp_path, deb(good[: len(good) // 2], f"data.tar.{suffix}"), "deb"
    )
    assert "no data.tar" in refused(tmp_path, deb(b"", "_gpgorigin"), "deb")
    assert "a member that no package has" in refused(tmp_path, deb(good, "../../data.tar"), "deb")
    assert "no ar archive" in refused(tmp_path, good, "deb")


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "tool/../../outside", "tool/../.."])
def test_entries_outside(tmp_path: Path, name: str) -> None:
    assert "an entry outside of the archive" in refused(tmp_path, with_entry(name))


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "/etc"),
        (tarfile.SYMTYPE, "../../outside"),
        (tarfile.LNKTYPE, "../outside"),
        (tarfile.LNKTYPE, "/etc/passwd"),
    ],
)
def test_links_outside(tmp_path: Path, kind: bytes, target: str) -> None:
    assert "a link that leads outside" in refused(tmp_path, with_entry("tool/link", kind, target))


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices(tmp_path: Path, kind: bytes) -> None:
    assert "neither file nor folder" in refused(tmp_path, with_entry("tool/device", kind))


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_BYTES", 1 << 20)
    with pytest.raises(ContentsError, match="more than 1 MiB"):
        check(tmp_path, tar_gz(GOOD | {"tool/big": bytes(2 << 20)}))
    monkeypatch.setattr(contents, "MOST_ENTRIES", 10)
    with pytest.raises(ContentsError, match="10 entries"):
        check(tmp_path, tar_gz(GOOD | {f"tool/{number}": b"" for number in range(20)}))


def test_html(tmp_path: Path) -> None:
    assert "no tar.gz that can be read" in refused(tmp_path, b"<!doctype html>")


@given(st.integers(0, 400), st.binary(max_size=8), st.sampled_from(["tar.gz", "deb"]))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_told_or_harmless(
    tmp_path: Path, position: int, damage: bytes, kind: str
) -> None:
    content = tar_gz(GOOD) if kind == "tar.gz" else deb(tar_gz(GOOD))
    content = content[:position] + damage + content[position + len(damage) :]
    with contextlib.suppress(ContentsError):
        check(tmp_path, content, kind)
