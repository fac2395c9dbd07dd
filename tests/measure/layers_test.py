"""Pinned roots: what is made of Debian packages and layers of images, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.root import AREAS
from rules_codspeed.measure.root.main import main, make_root
from rules_codspeed.measure.stage.root import unpack_root

LOADER = {"lib64/ld-linux-x86-64.so.2": b"loader"}
Content = dict[str, bytes | str | None]


def tar(content: Content, kinds: dict[str, bytes] | None = None) -> bytes:
    """An archive: a file for bytes, a link for a text, a folder for nothing."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, value in content.items():
            member = tarfile.TarInfo(name)
            member.mode, member.mtime, member.uid = 0o4751, 12345, 1000
            if isinstance(value, str):
                member.type, member.linkname = (kinds or {}).get(name, tarfile.SYMTYPE), value
            elif value is None:
                member.type = (kinds or {}).get(name, tarfile.DIRTYPE)
            else:
                member.size = len(value)
            archive.addfile(member, io.BytesIO(value if isinstance(value, bytes) else b""))
    return made.getvalue()


def package(name: str, data: bytes) -> bytes:
    """A Debian package whose data has this name in it."""
    found = b"!<arch>\n"
    for member, content in [("debian-binary", b"2.0\n"), ("control.tar", b"odd"), (name, data)]:
        found += f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        found += content + b"\n" * (len(content) % 2)
    return found


def made(folder: Path, *layers: bytes) -> Path:
    files = []
    for number, content in enumerate(layers):
        files.append(folder / f"layer{number}")
        files[-1].write_bytes(content)
    make_root("//:root", [str(file) for file in files], str(folder / "root.tar"))
    return folder / "root.tar"


def entries(archive: Path) -> dict[str, str | bytes | None]:
    """What is in an archive, as `tar` takes it."""
    with tarfile.open(archive, "r:") as opened:
        members = opened.getmembers()
        assert [one.name for one in members] == sorted(one.name for one in members)
        assert {(one.uid, one.gid, one.mtime, one.uname) for one in members} == {(0, 0, 0, "")}
        return {
            one.name: one.linkname
            if one.issym()
            else (None if one.isdir() else opened.extractfile(one).read())  # type: ignore[union-attr]
            for one in members
        }


@pytest.mark.parametrize(
    "pack",
    [
        lambda data: data,
        gzip.compress,
        bz2.compress,
        lambda data: package("data.tar.xz", lzma.compress(data)),
        lambda data: package("data.tar.gz", gzip.compress(data)),
        lambda data: package("data.tar", data),
    ],
)
def test_packages_and_archives(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    layer = tar({"./": None, "./lib64/": None, "./lib64/ld-linux-x86-64.so.2": b"loader"})
    assert entries(made(tmp_path, pack(layer))) == {
        "lib64": "usr/lib64",
        "usr": None,
        "usr/lib64": None,
        "usr/lib64/ld-linux-x86-64.so.2": b"loader",
    }


def test_a_package_of_zstd(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    layer = zstandard.ZstdCompressor().compress(tar({**LOADER}))
    assert entries(made(tmp_path, package("data.tar.zst", layer)))
    for damaged in (layer[:-9], layer[:20] + b"xx" * 100):
        with pytest.raises(CodSpeedError, match="layer0 cannot be a layer of a root"):
            made(tmp_path, damaged)


@pytest.mark.parametrize("kind", ["gzip", "zstandard"])
def test_compressed_in_pieces(tmp_path: Path, kind: str) -> None:
    """Layers of images may have a piece for each file, for whoever fetches only some."""
    compress = pytest.importorskip(kind).compress
    layer = tar({**LOADER, "usr/a": b"a", "usr/b": b"b" * 100_000})
    pieces = [compress(layer[:1024]), compress(layer[1024:])]
    if kind == "zstandard":  # a frame that is skipped
        pieces.insert(1, struct.pack("<II", 0x184D2A50, 4) + b"more")
    assert entries(made(tmp_path, b"".join(pieces)))["usr/b"] == b"b" * 100_000


def test_usr_is_merged(tmp_path: Path) -> None:
    """Files move into /usr, and links still lead where they led; none leads to itself."""
    layer = tar(
        {
            "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": b"loader",
            "lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            "lib/x86_64-linux-gnu/libz.so.1": "libz.so.1.2",
            "lib/x86_64-linux-gnu/libz.so.1.2": b"z",
            "lib/far": "../usr/share/far",
            "usr/lib/x86_64-linux-gnu/libz.so.1.2": "/lib/x86_64-linux-gnu/libz.so.1.2",
            "bin": "usr/bin",
            "bin/sh": b"#!",
            "home/user": b"left out",
        }
    )
    found = entries(made(tmp_path, layer))
    assert {path: value for path, value in found.items() if value is not None} == {
        "bin": "usr/bin",
        "lib": "usr/lib",
        "lib64": "usr/lib64",
        "usr/bin/sh": b"#!",
        "usr/lib/far": "/usr/share/far",
        "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": b"loader",
        "usr/lib/x86_64-linux-gnu/libz.so.1": "/lib/x86_64-linux-gnu/libz.so.1.2",
        "usr/lib/x86_64-linux-gnu/libz.so.1.2": b"z",
        "usr/lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    }


def test_layers_of_an_image(tmp_path: Path) -> None:
    """An upper layer replaces, removes and hides; what it has itself stays."""
    lower: Content = {
        **LOADER,
        "etc/changed": b"old",
        "etc/removed": b"",
        "usr/hidden/file": b"",
        "usr/hidden/kept": b"old",
        "usr/whole/file": b"",
        "usr/to": "share",
        "usr/share": None,
    }
    upper: Content = {
        "etc/changed": b"new",
        "etc/.wh.removed": b"",
        "usr/hidden/kept": b"new",
        "usr/hidden/.wh..wh..opq": b"",
        "usr/.wh.whole": b"",
        "usr/to/file": b"behind a link",
        "usr/same": "usr/to/file",
    }
    kinds = {"usr/same": tarfile.LNKTYPE}
    found = entries(made(tmp_path, tar(lower), tar(upper, kinds)))
    assert found == {
        "etc": None,
        "etc/changed": b"new",
        "lib64": "usr/lib64",
        "usr": None,
        "usr/hidden": None,
        "usr/hidden/kept": b"new",
        "usr/lib64": None,
        "usr/lib64/ld-linux-x86-64.so.2": b"loader",
        "usr/same": b"behind a link",
        "usr/share": None,
        "usr/share/file": b"behind a link",
        "usr/to": "share",
    }


def test_links_that_lead_out(tmp_path: Path) -> None:
    """What is below them stays in the root, also where a link replaces a folder."""
    (tmp_path / "out/c").mkdir(parents=True)
    out = str(tmp_path / "out")
    lower = tar({**LOADER, "usr/x/file": b"", "usr/a": "b/c", "usr/b": out, "usr/a/file": b""})
    root = made(tmp_path, lower, tar({"usr/x": out}))
    unpack_root(str(root), str(tmp_path / "stage"), "root")
    assert list((tmp_path / "out").rglob("*")) == [tmp_path / "out/c"]
    assert (tmp_path / f"stage{out}/c/file").exists()
    assert (tmp_path / "stage/usr/x").readlink() == Path(out)


def test_what_replaces_another_kind(tmp_path: Path) -> None:
    lower = tar({"lib/ld-musl-x86_64.so.1": b"loader", "lib64": "lib", "usr/file": b""})
    upper = tar({"usr/file/below": b"", "usr/new": b"", "usr/.wh.new": b""})
    found = entries(made(tmp_path, lower, upper))
    assert found["usr/file"] is None
    assert found["usr/new"] == b""
    # Where it has no folder of its own.
    assert (found["lib64"], found["usr/lib64"]) == ("usr/lib64", "/lib")


def test_a_folder_stays_where_a_package_has_a_link(tmp_path: Path) -> None:
    """As dpkg leaves it; a layer of an image replaces the folder."""
    lower, upper = tar({**LOADER, "usr/share/doc/file": b""}), tar({"usr/share/doc": "other"})
    assert entries(made(tmp_path, lower, package("data.tar", upper)))["usr/share/doc/file"] == b""
    assert entries(made(tmp_path, lower, upper))["usr/share/doc"] == "other"


def test_the_same_bytes(tmp_path: Path) -> None:
    layers = [tar({**LOADER, "usr/b": b"b"}), tar({"usr/a": b"a"})]
    first = made(tmp_path, *layers).read_bytes()
    assert made(tmp_path, *reversed(layers)).read_bytes() == first


# The header of the second file is not as its checksum states.
DAMAGED = tar({"usr/a": b"a", "usr/b": b"b", "usr/c": b"c"}).replace(b"usr/b", b"usr/x")


@pytest.mark.parametrize(
    ("layer", "got"),
    [
        (tar({"../etc/passwd": b""}), "../etc/passwd, which leaves the root"),
        (tar({"usr/pipe": None}, {"usr/pipe": tarfile.FIFOTYPE}), "usr/pipe, a device or a pipe"),
        (tar({"usr/a": "usr/b"}, {"usr/a": tarfile.LNKTYPE}), "usr/a, a hard link to usr/b"),
        (tar({"usr/a": "b", "usr/b": "a", "usr/a/c": b""}), "usr/a, whose links lead in a circle"),
        (package("other.tar", b""), "a package without data.tar"),
        (b"!<arch>\n" + b" " * 48 + b"-60       `\n", "a member without a size"),
        (b"\x1f\x8bnothing", "layer0 cannot be a layer of a root"),
        (b"no archive", "layer0 cannot be a layer of a root"),
        (DAMAGED, "a tar archive that is damaged at byte 1,024"),
        (tar({"usr/a": b""})[:512], "a tar archive that is damaged at byte 512"),
        (tar({"usr/a": b""}) + tar({"usr/b": b""}), "a tar archive that is damaged at byte 512"),
    ],
)
def test_refused(tmp_path: Path, layer: bytes, got: str) -> None:
    with pytest.raises(CodSpeedError, match=re.escape(got)):
        made(tmp_path, layer)


def test_no_loader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer = tmp_path / "layer"
    layer.write_bytes(tar({"lib64/ld-linux-x86-64.so.2": "/nowhere", "usr/bin/ld.so": b""}))
    arguments = ["--label", "//:root", "--output", str(tmp_path / "root.tar"), str(layer)]
    assert main(arguments) == 1
    assert "the root //:root has no dynamic loader" in capsys.readouterr().err


def test_unpacked(tmp_path: Path) -> None:
    layer = tar({**LOADER, "etc/file": b"text", "usr/link": "/etc/file"})
    unpack_root(str(made(tmp_path, layer)), str(tmp_path / "stage"), "root")
    assert (tmp_path / "stage/etc/file").read_bytes() == b"text"
    assert (tmp_path / "stage/etc/file").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "stage/usr/link").readlink() == Path("/etc/file")
    assert (tmp_path / "stage/lib64/ld-linux-x86-64.so.2").read_bytes() == b"loader"


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_unreadable(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "root.tar"
    archive.write_bytes(content)
    with pytest.raises(CodSpeedError, match="the pinned root debian12 cannot be unpacked"):
        unpack_root(str(archive), str(tmp_path / "stage"), "debian12")


def test_the_kernel_has_the_same_folders() -> None:
    source = (Path(__file__).parents[2] / "rules/kernel/root.c").read_text()
    areas = source.partition("areas[] = {")[2].partition("}")[0]
    assert sorted(re.findall(r'"/(\w+)"', areas)) == sorted(AREAS)
