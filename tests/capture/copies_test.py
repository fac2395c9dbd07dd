"""Copies that the kernel makes, and those that it refuses to make."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules_codspeed.capture.copies import copy_file


@pytest.mark.parametrize("size", [0, 1, 5 << 20])
def test_content_is_the_same(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "source").write_bytes(data)
    (tmp_path / "target").write_bytes(b"longer than one byte")
    with (tmp_path / "source").open("rb") as reading:
        copy_file(reading, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == data
    assert (tmp_path / "source").stat().st_nlink == 1


def test_what_the_kernel_cannot_copy(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with open(writer, "wb") as writing:
        writing.write(b"from a pipe")
    with open(reader, "rb") as reading:
        copy_file(reading, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"from a pipe"


def test_full_disk_is_an_error() -> None:
    with (
        open("/proc/version", "rb") as reading,
        pytest.raises(OSError, match="No space left"),
    ):
        copy_file(reading, Path("/dev/full"))
