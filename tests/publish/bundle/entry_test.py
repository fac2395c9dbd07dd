"""The content of an entry, and files that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.errors import PublishError


@pytest.mark.parametrize(
    ("head", "start", "content"),
    [(b"", 0, b"pid: 1\nrest"), (b"pid: 22", 6, b"pid: 22\nrest"), (b"x", 99, b"x")],
)
def test_head_goes_before_the_rest_of_the_file(
    tmp_path: Path, head: bytes, start: int, content: bytes
) -> None:
    file = tmp_path / "1.out"
    file.write_bytes(b"pid: 1\nrest")
    entry = Entry("2.out", "//:b", head, file, start)
    assert b"".join(entry.blocks()) == content
    assert entry.size() == len(content)


def test_rewritten_content_is_made_block_by_block(tmp_path: Path) -> None:
    file = tmp_path / "1.log"
    file.write_bytes(bytes((2 << 20) + 1))
    entry = Entry("2.log", "//:b", b"head", file, rewrite=lambda some: (one[:2] for one in some))
    assert list(entry.blocks()) == [b"he", bytes(2), bytes(2), bytes(1)]
    assert entry.size() == 7


def test_blocks_are_bounded(tmp_path: Path) -> None:
    file = tmp_path / "1.out"
    file.write_bytes(bytes((2 << 20) + 1))
    entry = Entry("1.out", "//:b", file=file)
    assert [len(block) for block in entry.blocks()] == [1 << 20, 1 << 20, 1]


def test_missing_file_names_its_owner(tmp_path: Path) -> None:
    entry = Entry("1.out", "//:b", file=tmp_path / "gone")
    for read in (entry.size, lambda: list(entry.blocks())):
        with pytest.raises(PublishError, match=r"cannot read 1\.out of the profile of //:b\. Got"):
            read()
