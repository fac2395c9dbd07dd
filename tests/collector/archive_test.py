from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.collector.archive import Limits, check_archive
from rules_codspeed.collector.errors import Refusal
from tests.collector.server import Server
from tests.collector.uploads import plain, simulation, tar, tar_gz


def _check(folder: Path, content: bytes, limits: Limits | None = None) -> None:
    file = folder / "archive"
    file.write_bytes(content)
    check_archive(file, content.startswith(b"\x1f\x8b"), limits)


def _refusal(folder: Path, content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        _check(folder, content, limits)
    assert caught.value.status == 422
    return caught.value.message


@pytest.mark.parametrize("pack", [tar, tar_gz])
def test_files_and_folders_pass(tmp_path: Path, pack: object) -> None:
    names = ["1.out", "a/b/c.json", "with space", "é", "n" * 300, ".hidden", "..."]
    files = {name: b"x" * len(name) for name in names}
    _check(tmp_path, tar(files) if pack is tar else tar_gz(files))
    _check(tmp_path, tar({}))


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "a/..", "/", "", "//a"])
def test_nothing_leaves_the_root(tmp_path: Path, name: str) -> None:
    assert "outside its root" in _refusal(tmp_path, tar({name: b"content"}))


def test_long_names_do_not_leave_it_either(tmp_path: Path) -> None:
    assert "outside its root" in _refusal(tmp_path, tar({"a/" * 100 + "../" * 101: b""}))
    assert "a name of" in _refusal(tmp_path, tar({"a/" * 3000: b""}))


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.LNKTYPE,
        tarfile.SYMTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
        tarfile.GNUTYPE_SPARSE,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.GNUTYPE_LONGLINK,
        b"?",
    ],
)
def test_links_devices_and_extensions_are_refused(tmp_path: Path, kind: bytes) -> None:
    assert "of type" in _refusal(tmp_path, tar({"a": b""}, type=kind, linkname="b"))


def test_an_entry_is_there_once(tmp_path: Path) -> None:
    twice = tar({"a/1.out": b"x", "./a//1.out": b"y"})
    assert "has an entry twice: './a//1.out'" in _refusal(tmp_path, twice)


def test_expansion_has_limits(tmp_path: Path) -> None:
    bomb = tar_gz({"a": bytes(3 << 20)})
    small = Limits(small=1 << 20)
    assert len(bomb) * small.max_ratio < 3 << 20
    assert "expands to more than" in _refusal(tmp_path, bomb, small)
    _check(tmp_path, bomb)
    assert "expands to more than" in _refusal(tmp_path, bomb, Limits(max_bytes=2 << 20))
    assert "more than 3 entries" in _refusal(
        tmp_path, tar({name: b"" for name in "abcd"}), Limits(max_entries=3)
    )


def test_a_header_cannot_ask_for_memory(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("long")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 8 << 30
    assert "a name of" in _refusal(tmp_path, entry.tobuf(tarfile.GNU_FORMAT))
    entry.type = tarfile.REGTYPE
    assert "damaged" in _refusal(tmp_path, entry.tobuf(tarfile.GNU_FORMAT))


def test_negative_sizes_are_damage(tmp_path: Path) -> None:
    header = bytearray(tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 12
    checksum = sum(header[:148]) + 8 * 32 + sum(header[156:])
    header[148:156] = b"%06o\0 " % checksum
    assert "negative size" in _refusal(tmp_path, bytes(header))


@pytest.mark.parametrize("content", [b"", b"no archive" * 99, bytes(512), gzip.compress(b"x")])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "damaged" in _refusal(tmp_path, content)


def test_data_after_the_end_is_refused(tmp_path: Path) -> None:
    assert "after its end" in _refusal(tmp_path, tar({}) + b"x" * 512)
    assert "one zero block" in _refusal(tmp_path, tar({})[:1024] + b"x" * 512)
    assert "damaged" in _refusal(tmp_path, tar_gz({}) + b"x")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 5119), compressed=st.booleans())
def test_a_part_of_an_archive_is_refused(tmp_path: Path, cut: int, compressed: bool) -> None:
    files = {"1.out": bytes(range(256)) * 8, "folder/2.out": b"x"}
    whole = tar_gz(files) if compressed else tar(files)[:5120]
    assert "damaged" in _refusal(tmp_path, whole[: cut % len(whole)])
    _check(tmp_path, whole)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 3000), value=st.binary(min_size=1, max_size=20))
def test_what_passes_is_safe_to_unpack(tmp_path: Path, place: int, value: bytes) -> None:
    content = bytearray(tar({"1.out": b"one", "n" * 120: b"two"}))
    content[place : place + len(value)] = value
    try:
        _check(tmp_path, bytes(content))
    except Refusal:
        return
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            assert entry.isfile() or entry.isdir()
            assert not entry.name.startswith("/")
            assert ".." not in entry.name.split("/")


class TestServer:
    """The same over HTTP: what is refused is not kept."""

    @pytest.mark.parametrize(
        "archive",
        [tar({"../up": b""}), tar({"a": b""}, type=tarfile.SYMTYPE), b"no archive"],
        ids=["traversal", "link", "garbage"],
    )
    def test_plain(self, shared: Server, archive: bytes) -> None:
        answer = plain(archive).put(shared.client)
        assert answer.status_code == 422
        assert "archive" in answer.text
        assert list((shared.data / "archives").iterdir()) == []

    def test_bomb(self, shared: Server) -> None:
        bomb = simulation({"1.out": bytes(80 << 20)})
        assert len(bomb.archive) < 1 << 18
        answer = bomb.put(shared.client)
        assert answer.status_code == 422
        assert "expands" in answer.text
        assert list((shared.data / "archives").iterdir()) == []
