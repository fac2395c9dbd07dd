"""The opener of what programs left: a regular file of their own, or nothing."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract import untrusted
from rules_codspeed.contract.file_limits import LIMITS, MOST_ENTRIES, MOST_LEVELS, Limit
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder, blocks, blocks_of_lines

SMALL = Limit("a text", 10)
LARGE = Limit("a text", 1 << 30)


@pytest.fixture
def left(tmp_path: Path) -> Iterator[UntrustedFolder]:
    """The folder `left` of the test's folder."""
    (tmp_path / "left").mkdir()
    with UntrustedFolder(str(tmp_path / "left"), str(tmp_path)) as folder:
        yield folder
    # Deeper than pytest, which removes the test's folder some time, can go.
    subprocess.run(["rm", "-rf", str(tmp_path / "left")], check=True)


def at(left: UntrustedFolder) -> Path:
    return Path(left.path, "x")


def refused(left: UntrustedFolder, name: str = "x", limit: Limit = LARGE) -> str:
    with pytest.raises(Refused) as error:
        left.read(name, limit)
    assert error.value.place.startswith(left.path)
    return error.value.reason


def deep(folder: Path, levels: int) -> None:
    """Makes folders within each other; their path may be longer than the kernel takes."""
    back = os.getcwd()
    os.chdir(folder)
    for _ in range(levels):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(back)


def test_a_regular_file(left: UntrustedFolder) -> None:
    at(left).write_bytes(b"content")
    assert left.read("x", SMALL) == b"content"
    with pytest.raises(FileNotFoundError):
        left.read("y", SMALL)


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        # The path of a socket has 107 bytes at most.
        os.chdir(path.parent)
        made.bind(path.name)


KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link": (lambda path: path.symlink_to("/etc/passwd"), "a symbolic link"),
    "link to a device": (lambda path: path.symlink_to("/dev/zero"), "a symbolic link"),
    "link to itself": (lambda path: path.symlink_to(path), "a symbolic link"),
    "link to nothing": (lambda path: path.symlink_to("nothing"), "a symbolic link"),
    "FIFO": (os.mkfifo, "a FIFO"),
    "folder": (Path.mkdir, "a folder"),
    "socket": (bind, "a socket"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_regular_file(left: UntrustedFolder, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, name = KINDS[kind]
    monkeypatch.chdir("/")
    make(at(left))
    assert refused(left) == f"it is not a regular file but {name}"


def test_link_to_a_fifo(left: UntrustedFolder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    at(left).symlink_to(tmp_path / "fifo")
    assert refused(left) == "it is not a regular file but a symbolic link"


def test_a_device(left: UntrustedFolder) -> None:
    try:
        os.mknod(at(left), 0o20644, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")
    assert refused(left) == "it is not a regular file but a device"


def test_fifo_that_took_the_place_after_the_look(
    left: UntrustedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.stat

    def replaced(name: str, **options: Any) -> os.stat_result:
        status = look(name, **options)
        if name == "x":
            at(left).unlink()
            os.mkfifo(at(left))
        return status

    def waited(*_: object) -> None:
        pytest.fail("it waits for one who writes")

    at(left).write_bytes(b"content")
    monkeypatch.setattr(os, "stat", replaced)
    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(10)
    try:
        assert refused(left) == "it is not a regular file but a FIFO"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_what_is_mounted_in_the_folder() -> None:
    with UntrustedFolder("/") as root, pytest.raises(Refused) as error:
        root.names("proc")
    assert error.value.reason == "another file system is mounted there"


def test_hard_link(left: UntrustedFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    os.link(tmp_path / "secret", at(left))
    assert "it is a hard link" in refused(left)


def test_file_of_another_user(left: UntrustedFolder) -> None:
    at(left).touch()
    other = 65533 if os.geteuid() == 65534 else 65534
    try:
        os.chown(at(left), other, -1)
    except OSError as error:  # also root of a name space of users
        pytest.skip(f"no file can be given away: {error}")
    with pytest.raises(Refused) as caught:
        left.read("x", LARGE)
    assert caught.value.reason == f"it belongs to user id {other}"
    assert caught.value.foreign


def test_unreadable_file(left: UntrustedFolder) -> None:
    if not os.geteuid():
        pytest.skip("root reads all files")
    at(left).touch(0)
    assert refused(left) == "Permission denied"


def test_size_counts_holes(left: UntrustedFolder) -> None:
    at(left).touch()
    os.truncate(at(left), 10)
    assert left.read("x", SMALL) == bytes(10)
    os.truncate(at(left), 11)
    assert refused(left, limit=SMALL) == "it has 11 bytes"
    os.truncate(at(left), 3 << 30)
    with pytest.raises(Refused) as error:
        left.read("x", SMALL)
    assert "it has 3,221,225,472 bytes" in str(error.value)
    assert "Expected: a regular file, a text of at most 10 bytes." in str(error.value)


@pytest.mark.parametrize("name", ["x/passwd", "a/x/passwd", "x/a/passwd"])
def test_link_on_the_way(left: UntrustedFolder, name: str) -> None:
    folder, _, _ = name.rpartition("/x")
    (Path(left.path) / folder).mkdir(exist_ok=True) if folder != name else None
    link = Path(left.path, name[: name.index("x") + 1])
    link.symlink_to("/etc")
    assert refused(left, name) == "it is not a folder but a symbolic link"
    with pytest.raises(Refused):
        left.names(os.path.dirname(name))
    with pytest.raises(Refused):
        list(left.files(os.path.dirname(name)))
    with pytest.raises(Refused):
        left.create(name)
    with pytest.raises(Refused):
        left.remove(name)


def test_folder_that_was_replaced(tmp_path: Path) -> None:
    (tmp_path / "stage").symlink_to("/etc")
    for path in ("stage", "stage/ssl"):
        with pytest.raises(Refused, match="not a folder but a symbolic link"):
            UntrustedFolder(str(tmp_path / path), str(tmp_path))
    with pytest.raises(FileNotFoundError):
        UntrustedFolder(str(tmp_path / "nothing"), str(tmp_path))


def test_a_folder_stays_the_one_that_was_opened(left: UntrustedFolder) -> None:
    at(left).write_text("mine")
    os.rename(left.path, f"{left.path}.old")
    os.mkdir(left.path)
    at(left).write_text("other")
    assert left.read("x", LARGE) == b"mine"


def test_files_are_sorted_and_links_are_listed(left: UntrustedFolder) -> None:
    root = Path(left.path)
    for name in ("b/z", "b/y", "a/c/x", "n"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "a" / "link").symlink_to("/etc")
    assert list(left.files()) == ["n", "a/link", "a/c/x", "b/y", "b/z"]
    assert list(left.files("b")) == ["b/y", "b/z"]
    assert left.names() == ["a", "b", "n"]


@pytest.mark.parametrize("levels", [1100, 3000])
def test_deep_folders(left: UntrustedFolder, levels: int) -> None:
    deep(Path(left.path), MOST_LEVELS)
    assert list(left.files()) == []
    os.rename(f"{left.path}/d", f"{left.path}/shallow")
    deep(Path(left.path), levels)
    with pytest.raises(Refused, match="it is too deep") as error:
        list(left.files())
    assert f"Expected: up to {MOST_LEVELS} levels." in str(error.value)


def test_many_files(left: UntrustedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted, "MOST_ENTRIES", 5)
    for folder in ("a", "b"):
        os.mkdir(f"{left.path}/{folder}")
        for name in "xy":
            Path(left.path, folder, name).touch()
    assert left.names("a") == ["x", "y"]
    with pytest.raises(Refused, match="it holds too much"):
        list(left.files())


def test_what_is_made_replaces_and_follows_nothing(left: UntrustedFolder, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    os.mkdir(f"{left.path}/a")
    Path(left.path, "a/x").symlink_to(tmp_path / "mine")
    with left.create("a/x") as file:
        file.write(b"new")
    with left.create("b/c/x") as file:
        file.write(b"newer")
    assert (tmp_path / "mine").read_text() == "mine"
    assert left.read("a/x", SMALL) == b"new"
    assert left.read("b/c/x", SMALL) == b"newer"
    with pytest.raises(Refused, match="Is a directory"):
        left.create("b/c")
    left.remove("a/x")
    left.remove("a")
    assert left.names() == ["b"]


def test_blocks_end_at_the_limit() -> None:
    assert b"".join(blocks(io.BytesIO(b"x" * 11), SMALL)) == b"x" * 10


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a",
        b"a\nb\n",
        b"a\n" * 2_000_000,
        b"x" * (5 << 20),
        b"y\n" + b"x" * (3 << 20) + b"\nz",
    ],
)
def test_blocks_of_lines_hold_whole_lines(content: bytes) -> None:
    found = list(blocks_of_lines(io.BytesIO(content), LARGE))
    assert b"".join(found) == content
    assert all(found)
    if b"x" not in content:
        assert all(block.endswith(b"\n") for block in found[:-1])


def test_documented_limits() -> None:
    text = Path("docs/security.md").read_text(encoding="utf-8")
    for limit in LIMITS:
        assert f"| {limit.kind.removeprefix('a ')} | {limit.size:,} bytes |" in text
    assert f"| levels of folders | {MOST_LEVELS} |" in text
    assert f"| files and folders of one search | {MOST_ENTRIES:,} |" in text


def test_a_name_is_no_line_of_its_own(left: UntrustedFolder) -> None:
    os.mkfifo(Path(left.path, "x\n::error::hi"))
    with pytest.raises(Refused) as caught:
        left.read("x\n::error::hi", LARGE)
    assert "\n" not in str(caught.value)
    assert r"x\n::error::hi" in str(caught.value)
