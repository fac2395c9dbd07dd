from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.elf.elf_files import AARCH64, X86_64, ElfImage
from tests.capture.elf.programs import compile_c
from tests.tools.archives.releases import deb, tar, tar_gz
from tools.archives import contents
from tools.archives.contents import Contents, ContentsError

GOOD = {"tool/codspeed": b"program", "tool/LICENSE": b"MIT"}


def check(
    folder: Path,
    content: bytes,
    kind: str = "tar.gz",
    binary: str = "codspeed",
    platform: str = "linux_x86_64",
) -> None:
    file = folder / "archive"
    file.write_bytes(content)
    Contents(file, kind, "tool", binary, platform).check()


def refused(
    folder: Path, content: bytes, kind: str = "tar.gz", platform: str = "linux_x86_64"
) -> str:
    with pytest.raises(ContentsError) as caught:
        check(folder, content, kind, platform=platform)
    # As a repository rule asks, with the standard library alone.
    command = [sys.executable, "-I", "-S", "-B", contents.__file__]
    arguments = [str(folder / "archive"), kind, "tool", "codspeed", platform]
    run = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert run.returncode == contents.UNREADABLE_HERE or (
        (run.returncode, run.stdout) == (contents.REFUSED, f"{caught.value}\n")
    )
    return str(caught.value)


def compressed(suffix: str, content: bytes) -> bytes:
    if suffix == "zst":
        return zstandard.compress(content)
    return gzip.compress(content) if suffix == "gz" else lzma.compress(content)


def with_entry(
    name: str, kind: bytes = tarfile.REGTYPE, target: str = "", before: bytes = b""
) -> bytes:
    stream = io.BytesIO(before or tar(GOOD))
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


# As `dist` builds the runner for both: static, for musl. The compiler's static programs have the
# same header.
PLATFORMS = {"linux_aarch64": AARCH64, "linux_x86_64": X86_64}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_program_of_the_platform(tmp_path: Path, platform: str) -> None:
    for of, machine in PLATFORMS.items():
        ElfImage(machine).write(tmp_path / "program")
        archive = tar_gz({**GOOD, "tool/codspeed": (tmp_path / "program").read_bytes()})
        if of == platform:
            check(tmp_path, archive, platform=platform)
        else:
            assert refused(tmp_path, archive, platform=platform) == (
                f"a program that is not for {platform}: ELF, class 2, byte order 1, "
                f"machine {machine}"
            )
        # Where the tables name no program, and for whoever asks for none.
        check(tmp_path, archive, binary="", platform=platform)
        check(tmp_path, archive, platform="")


@pytest.mark.parametrize(("is_64", "little"), [(False, True), (True, False)])
def test_program_of_the_other_width_or_byte_order(
    tmp_path: Path, is_64: bool, little: bool
) -> None:
    ElfImage(AARCH64, is_64, little).write(tmp_path / "program")
    archive = tar_gz({"tool/codspeed": (tmp_path / "program").read_bytes()})
    assert "that is not for linux_aarch64" in refused(tmp_path, archive, platform="linux_aarch64")


@pytest.mark.parametrize("size", [4, 19])
def test_program_that_is_cut_off(tmp_path: Path, size: int) -> None:
    archive = tar_gz({"tool/codspeed": b"\x7fELF".ljust(size, b"\2")})
    assert refused(tmp_path, archive) == "a program that is not for linux_x86_64: ELF, cut off"


def test_static_program_of_this_machine(tmp_path: Path) -> None:
    program = compile_c(tmp_path / "program", "-static")
    archive = tar_gz({"tool/codspeed": program.read_bytes()})
    platform = f"linux_{os.uname().machine}"
    check(tmp_path, archive, platform=platform)
    (other,) = PLATFORMS.keys() - {platform}
    assert f"a program that is not for {other}" in refused(tmp_path, archive, platform=other)


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


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        # Each of the two leads inside, one through the other outside.
        (
            [("x/y/z", tarfile.SYMTYPE, "../../t"), ("x/y/z/l", tarfile.SYMTYPE, "../../../etc")],
            "an entry below a file or a link: 'x/y/z'",
        ),
        (
            [("x/y/z", tarfile.SYMTYPE, "../../t"), ("l", tarfile.SYMTYPE, "x/y/z/../../../etc")],
            "a link that leads outside: l to",
        ),
        (
            [("x/y/z", tarfile.SYMTYPE, "../../t"), ("x/y/Z/l", tarfile.REGTYPE, "")],
            "an entry below a file or a link: 'x/y/Z'",
        ),
        (
            [("x/l/f", tarfile.REGTYPE, ""), ("x/l", tarfile.SYMTYPE, "../t")],
            "an entry that is there twice: 'x/l'",
        ),
        ([("x", tarfile.REGTYPE, ""), ("x/y", tarfile.REGTYPE, "")], "an entry below a file"),
        ([("x", tarfile.REGTYPE, ""), ("./x", tarfile.REGTYPE, "")], "an entry that is there tw"),
        ([("x", tarfile.REGTYPE, ""), ("X", tarfile.SYMTYPE, "t")], "a link in place of another"),
        ([("\xe9", tarfile.REGTYPE, ""), ("e\u0301", tarfile.SYMTYPE, "t")], "a link in place of"),
        ([("x", tarfile.SYMTYPE, "t"), ("X", tarfile.REGTYPE, "")], "an entry that is there twice"),
        ([("x", tarfile.LNKTYPE, "tool/none")], "a link to no file: x to 'tool/none'"),
        (
            [("t", tarfile.SYMTYPE, "tool"), ("x", tarfile.LNKTYPE, "t/codspeed")],
            "a link to no file",
        ),
    ],
)
def test_entries_that_lead_through_others(
    tmp_path: Path, entries: list[tuple[str, bytes, str]], fault: str
) -> None:
    content = tar(GOOD)
    for name, kind, target in entries:
        content = gzip.decompress(with_entry(name, kind, target, content))
    assert fault in refused(tmp_path, gzip.compress(content, mtime=0))


def test_names_that_differ_by_case_alone(tmp_path: Path) -> None:
    """Valgrind's package has FAQ.html and faq.html."""
    check(tmp_path, tar_gz(GOOD | {"tool/FAQ.html": b"", "tool/faq.html": b""}))


def pax(records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """Returns an extended header and the good entries."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = kind, len(records)
    return entry.tobuf(tarfile.USTAR_FORMAT) + records + bytes(-len(records) % 512) + tar(GOOD)


def test_names_of_extended_headers(tmp_path: Path) -> None:
    long = {"tool/" + "long/" * 50 + "f": b"", "tool/\xe9" + "x" * 200: b""}
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        check(tmp_path, gzip.compress(tar(GOOD | long, form), mtime=0))
    check(tmp_path, gzip.compress(pax(b"20 comment=anything\n", tarfile.XGLTYPE)))
    outside = gzip.compress(pax(b"22 path=../../outside\n"))
    assert "an entry outside of the archive" in refused(tmp_path, outside)


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        (b"22 GNU.sparse.major=1\n", "a file with holes"),
        (b"99 path=x\n", "a damaged extended header"),
        (b"3 path=x\n", "a damaged extended header"),
        (b"17 size=-5000000\n", "a damaged size"),
        (b"%d path=%s\n" % (50_009, b"x" * 49_996), "a name of 50008 bytes"),
    ],
)
def test_damaged_extended_headers(tmp_path: Path, records: bytes, fault: str) -> None:
    assert fault in refused(tmp_path, gzip.compress(pax(records), mtime=0))


@pytest.mark.parametrize("size", [b"-60       ", b"1_0       ", b"          ", b"x"])
def test_sizes_of_members(tmp_path: Path, size: bytes) -> None:
    """A negative size once led back to the same member, for ever."""
    content = b"!<arch>\n%-16s%-32s%-10s`\n" % (b"_gpgorigin", b"0", size)
    assert "a damaged header" in refused(tmp_path, content, "deb")


def test_two_members(tmp_path: Path) -> None:
    content = deb(tar_gz(GOOD))
    assert "more than one data.tar" in refused(tmp_path, content + content[8:], "deb")


def test_several_streams(tmp_path: Path) -> None:
    """Whoever unpacks them reads all of them."""
    content, middle = tar(GOOD), 512 * 3
    for suffix in ("gz", "xz", "zst"):
        outside = gzip.decompress(with_entry("../outside"))
        for whole, fault in [(content, ""), (outside, "an entry outside")]:
            packed = compressed(suffix, whole[:middle]) + compressed(suffix, whole[middle:])
            if fault:
                assert fault in refused(tmp_path, packed, f"tar.{suffix}")
            else:
                check(tmp_path, packed, f"tar.{suffix}")


def test_xz_that_asks_for_memory(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    packed = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=filters)
    content = packed.compress(tar(GOOD)) + packed.flush()
    assert "no tar.xz that can be read" in refused(tmp_path, content, "tar.xz")


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
