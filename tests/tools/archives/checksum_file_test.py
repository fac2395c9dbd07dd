"""Checksum files: what sha256sum writes is read, all else is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.archives.checksum_file import stated_sha256
from tools.archives.errors import ArchivesError

NAME = "runner-x86_64.tar.gz"
HASH = "4ea0e3b0425e01498ff1b70fba78228eedb4dd58efb6093360776fc6e4eae1a9"
OTHER = HASH[::-1]


@pytest.mark.parametrize(
    "text",
    [
        f"{HASH} *{NAME}\n",
        f"{HASH}  {NAME}\n",
        f"{HASH} {NAME}",
        f"{HASH}\t{NAME}\r\n",
        f"{OTHER} *other.tar.gz\n{HASH} *{NAME}\n",
    ],
)
def test_what_is_read(text: str) -> None:
    assert stated_sha256(text, NAME) == HASH


@pytest.mark.parametrize(
    "text",
    [
        "",
        HASH,
        f"{HASH} *other.tar.gz\n",
        f"{HASH[:-1]} *{NAME}\n",
        f"{HASH.upper()} *{NAME}\n",
        f"{HASH} *{NAME}\n{OTHER} *{NAME}\n",
        f"<html>{HASH} *{NAME}</html>",
        f"<html>\n{HASH} *{NAME}\n</html>",
        f"{HASH}0 *{NAME}\n",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ArchivesError, match=rf"{NAME}\.sha256 does not state the hash .* Fix: ask"):
        stated_sha256(text, NAME)


@given(st.text(st.sampled_from(f"{HASH[0]}{NAME} *\n"), max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ArchivesError):
        assert stated_sha256(text, NAME) in text
