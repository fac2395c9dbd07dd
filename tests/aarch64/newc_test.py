"""The archives that the guest unpacks."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from newc import Archive, entries

_FILE = stat.S_IFREG | 0o644
_HEADER = 110


def listed(content: bytes) -> list[tuple[str, int, bytes]]:
    """Path, mode and content of each entry, by the format's definition."""
    found, at = [], 0
    while at < len(content):
        assert content[at : at + 6] == b"070701"
        fields = [int(content[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        name_end = at + _HEADER + fields[11]
        data = (name_end + 3) // 4 * 4
        name = content[at + _HEADER : name_end - 1].decode()
        found.append((name, fields[1], content[data : data + fields[6]]))
        at = (data + fields[6] + 3) // 4 * 4
    return found


def archived(*given: tuple[str, int, bytes]) -> bytes:
    stream = io.BytesIO()
    archive = Archive(stream)
    for entry in given:
        archive.add(*entry)
    archive.close()
    return stream.getvalue()


def test_folders_come_first_and_once() -> None:
    found = listed(archived(("a/b/one", _FILE, b"1"), ("a/two", _FILE, b"22")))
    folder = stat.S_IFDIR | 0o755
    assert found == [
        ("a", folder, b""),
        ("a/b", folder, b""),
        ("a/b/one", _FILE, b"1"),
        ("a/two", _FILE, b"22"),
        ("TRAILER!!!", 0, b""),
    ]


@pytest.mark.parametrize("size", range(6))
def test_what_follows_is_aligned(size: int) -> None:
    content = archived(("x" * size or "y", _FILE, b"z" * size), ("last", _FILE, b"!"))
    assert listed(content)[1] == ("last", _FILE, b"!")
    assert len(content) % 4 == 0


def test_tree(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("text")
    (tmp_path / "folder/file").chmod(0o755)
    (tmp_path / "link").symlink_to("folder/file")
    os.mkfifo(tmp_path / "fifo")
    found = {path: (mode, content) for path, mode, content in entries(tmp_path)}
    assert found.keys() == {"folder", "folder/file", "link"}
    assert found["folder/file"] == (stat.S_IFREG | 0o755, b"text")
    assert found["link"] == (stat.S_IFLNK | 0o777, b"folder/file")


def test_cpio_reads_it(tmp_path: Path) -> None:
    if not shutil.which("cpio"):
        pytest.skip("no cpio on this machine")
    content = archived(("a/file", _FILE, b"text"))
    subprocess.run(["cpio", "-id"], input=content, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "a/file").read_text() == "text"
