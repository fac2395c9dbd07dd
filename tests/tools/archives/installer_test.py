"""Installers: the hash of the right archive is read, and an installer without one is recognised."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.archives.releases import installer
from tools.archives.installer import (
    InstallerError,
    NoChecksumError,
    NotNamedError,
    archive_sha256,
)

# The tests of rules/private/archives/installer.bzl read them too.
VECTORS = Path(__file__).parent / "installers"
EXPECTED: dict[str, dict[str, dict[str, str]]] = json.loads((VECTORS / "expected.json").read_text())
CASES = [(file, name) for file, archives in EXPECTED.items() for name in archives]
PROBLEMS = {"not_named": NotNamedError, "no_checksum": NoChecksumError}

HASH = "4ea0e3b0425e01498ff1b70fba78228eedb4dd58efb6093360776fc6e4eae1a9"

names = st.from_regex(r"[a-z][a-z0-9_-]{0,12}\.tar\.(gz|xz)", fullmatch=True)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)


def test_every_vector_is_used() -> None:
    assert {file.name for file in VECTORS.glob("*.sh")} == {*EXPECTED}


@pytest.mark.parametrize(("file", "archive"), CASES)
def test_vector(file: str, archive: str) -> None:
    script = (VECTORS / file).read_text(encoding="utf-8")
    expected = EXPECTED[file][archive]
    if "sha256" in expected:
        assert archive_sha256(script, archive) == expected["sha256"]
    else:
        with pytest.raises(PROBLEMS[expected["problem"]]):
            archive_sha256(script, archive)


@pytest.mark.parametrize(
    ("checksum", "printed"),
    [
        (None, "Got: an installer that carries no checksum of it."),
        (("sha512", HASH * 2), "Got: an installer that carries a sha512 checksum of it."),
        (("sha3-256", HASH), "Got: an installer that carries a sha3-256 checksum of it."),
        (("sha256", HASH.upper()), f"Got: an installer whose checksum is {HASH.upper()}."),
        (("sha256", "$(id)"), "Got: an installer whose checksum is $(id)."),
    ],
)
def test_the_error_names_the_fault_and_the_next_step(
    checksum: tuple[str, str] | None, printed: str
) -> None:
    with pytest.raises(NoChecksumError) as raised:
        archive_sha256(installer({"a.tar.gz": checksum}), "a.tar.gz")
    assert printed in str(raised.value)
    assert "Fix: pin the archive by its own hash; the release has it in a.tar.gz.sha256." in str(
        raised.value
    )


def test_the_error_lists_the_archives_that_there_are() -> None:
    script = installer({"b.tar.gz": ("sha256", HASH), "a.tar.xz": None})
    with pytest.raises(NotNamedError, match=r"Got: an installer for a\.tar\.xz, b\.tar\.gz\."):
        archive_sha256(script, "c.tar.gz")
    with pytest.raises(NotNamedError, match=r"Got: an installer for no archive\."):
        archive_sha256("", "c.tar.gz")


def test_a_style_of_the_script_itself_is_not_the_archives() -> None:
    script = installer({"a.tar.gz": None}) + f'_checksum_style="sha256"\n_checksum_value="{HASH}"\n'
    with pytest.raises(NoChecksumError, match="no checksum"):
        archive_sha256(script, "a.tar.gz")


@given(st.dictionaries(names, hashes, min_size=1, max_size=5))
def test_each_archive_has_its_own(checksums: dict[str, str]) -> None:
    script = installer({name: ("sha256", value) for name, value in checksums.items()})
    assert {name: archive_sha256(script, name) for name in checksums} == checksums


@given(st.dictionaries(names, st.none() | hashes, min_size=1, max_size=5), names)
def test_no_archive_has_another_ones(checksums: dict[str, str | None], name: str) -> None:
    script = installer(
        {other: value and ("sha256", value) for other, value in checksums.items()}  # type: ignore[misc]
    )
    if checksums.get(name):
        assert archive_sha256(script, name) == checksums[name]
    else:
        problem = NoChecksumError if name in checksums else NotNamedError
        with pytest.raises(problem):
            archive_sha256(script, name)


PIECES = ('"a.tar.gz")', ";;", "\n", '_checksum_style="', '_checksum_value="', "sha256", HASH, '"')


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3)))
def test_any_script_is_read_or_refused(pieces: list[str]) -> None:
    with contextlib.suppress(InstallerError):
        assert archive_sha256("".join(pieces), "a.tar.gz") == HASH
