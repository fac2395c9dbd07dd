"""Headers, as another reader of tar sees them."""

from __future__ import annotations

import io
import os
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.bundle import tar_format


@given(st.binary(min_size=1, max_size=300).filter(lambda name: not set(name) & {0, ord("/")}))
def test_any_name_is_read_back(name: bytes) -> None:
    content = tar_format.file_header(name, 3) + b"abc" + tar_format.padding(3) + tar_format.END
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        (member,) = tar.getmembers()
    assert (os.fsencode(member.name), member.size) == (name, 3)


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 1 << 50])
def test_any_size_is_read_back(size: int) -> None:
    header = tarfile.TarInfo.frombuf(tar_format.file_header(b"x", size), "utf-8", "strict")
    assert header.size == size


@given(st.integers(min_value=0, max_value=5000))
def test_padding_fills_a_block(size: int) -> None:
    assert (size + len(tar_format.padding(size))) % tar_format.BLOCK == 0
    assert len(tar_format.padding(size)) < tar_format.BLOCK
