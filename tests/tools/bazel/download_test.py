"""Only whole, verified files are ever used, and progress is printed."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from apt import Package, PrivateApt
from download import Progress, fetch, is_whole, size_of
from errors import BootstrapError
from hypothesis import given
from hypothesis import strategies as st


class FolderApt(PrivateApt):
    """Fetches from a folder instead of the network, and notes what it was asked for."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.asked: list[str] = []

    def download(self, wanted: Sequence[Package], folder: Path) -> None:
        self.asked += [package.file for package in wanted]
        for package in wanted:
            (folder / package.file).write_bytes(self.content[package.file])

    def resume(self, package: Package, folder: Path) -> None:
        self.asked.append(f"rest of {package.file}")
        with (folder / package.file).open("ab") as file:
            file.write(self.content[package.file][file.tell() :])
        if not is_whole(package, folder):
            raise BootstrapError("another file")


CONTENT = {"a_1_all.deb": b"first" * 1000, "b_1%3a2_amd64.deb": b"second"}


def listed(content: dict[str, bytes]) -> list[Package]:
    return [Package(f, len(c), hashlib.sha256(c).hexdigest()) for f, c in content.items()]


def test_an_empty_folder_is_filled_and_asks_no_more(tmp_path: Path) -> None:
    apt = FolderApt(CONTENT)
    for _ in range(2):
        fetch(apt, listed(CONTENT), tmp_path / "new", Progress())
    assert apt.asked == list(CONTENT)
    assert {f.name: f.read_bytes() for f in (tmp_path / "new").iterdir()} == CONTENT


@pytest.mark.parametrize("damage", [b"", b"First" + b"first" * 999, b"first" * 2000])
def test_a_damaged_file_is_fetched_again(tmp_path: Path, damage: bytes) -> None:
    for file, content in CONTENT.items():
        (tmp_path / file).write_bytes(content)
    (tmp_path / "a_1_all.deb").write_bytes(damage)
    apt = FolderApt(CONTENT)
    fetch(apt, listed(CONTENT), tmp_path, Progress())
    assert apt.asked == ["a_1_all.deb"]
    assert (tmp_path / "a_1_all.deb").read_bytes() == CONTENT["a_1_all.deb"]


def test_a_start_is_resumed(tmp_path: Path) -> None:
    apt = FolderApt(CONTENT)
    for start, asked in [
        (b"first" * 999, ["rest of a_1_all.deb"]),
        (b"First" * 999, ["rest of a_1_all.deb", "a_1_all.deb"]),
    ]:
        for file, content in CONTENT.items():
            (tmp_path / file).write_bytes(content)
        (tmp_path / "a_1_all.deb").write_bytes(start)
        apt.asked.clear()
        fetch(apt, listed(CONTENT), tmp_path, Progress())
        assert apt.asked == asked
        assert (tmp_path / "a_1_all.deb").read_bytes() == CONTENT["a_1_all.deb"]


def test_a_start_stays_when_the_rest_cannot_be_fetched(tmp_path: Path) -> None:
    class Broken(FolderApt):
        def resume(self, package: Package, folder: Path) -> None:
            raise BootstrapError("cannot")

    (tmp_path / "a_1_all.deb").write_bytes(b"first")
    with pytest.raises(BootstrapError, match=r"^cannot$"):
        fetch(Broken(CONTENT), listed(CONTENT), tmp_path, Progress())
    assert (tmp_path / "a_1_all.deb").read_bytes() == b"first"


def test_a_password_does_not_become_an_argument(tmp_path: Path) -> None:
    apt = object.__new__(PrivateApt)
    package = Package("a_1_all.deb", 2, "0" * 64, "http://user:password@mirror.invalid/a.deb")
    (tmp_path / "a_1_all.deb").write_bytes(b"1")
    apt.resume(package, tmp_path)  # runs nothing: it has no options to run it with
    assert (tmp_path / "a_1_all.deb").read_bytes() == b"1"


def test_what_the_list_does_not_name_is_an_error_and_is_removed(tmp_path: Path) -> None:
    apt = FolderApt({**CONTENT, "a_1_all.deb": b"other"})
    with pytest.raises(
        BootstrapError, match=r"a_1_all\.deb is not the file .* run \./bazelw again"
    ):
        fetch(apt, listed(CONTENT), tmp_path, Progress())
    assert not (tmp_path / "a_1_all.deb").exists()


def test_a_failed_download_is_an_error(tmp_path: Path) -> None:
    class Broken(FolderApt):
        def download(self, wanted: Sequence[Package], folder: Path) -> None:
            raise BootstrapError("cannot")

    with pytest.raises(BootstrapError, match=r"^cannot$"):
        fetch(Broken({}), listed(CONTENT), tmp_path, Progress())


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_only_the_listed_content_is_whole(
    tmp_path_factory: pytest.TempPathFactory, wanted: bytes, found: bytes
) -> None:
    folder = tmp_path_factory.mktemp("found")
    [package] = listed({"a_1_all.deb": wanted})
    assert not is_whole(package, folder)
    (folder / "a_1_all.deb").write_bytes(found)
    assert is_whole(package, folder) == (wanted == found)


def test_a_folder_is_no_package(tmp_path: Path) -> None:
    [package] = listed({"a_1_all.deb": b""})
    (tmp_path / "a_1_all.deb").mkdir()
    assert not is_whole(package, tmp_path)


def test_size_of_what_is_there(tmp_path: Path) -> None:
    assert size_of(tmp_path / "missing") == 0
    (tmp_path / "partial").mkdir()
    (tmp_path / "a.deb").write_bytes(b"123")
    (tmp_path / "partial/b.deb").write_bytes(b"45")
    (tmp_path / "gone.deb").symlink_to("nowhere")
    assert size_of(tmp_path) == 5


def test_a_log_gets_a_line_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.show("fetching")
    progress.pass_by("fetching, 1 of 2 MB")
    progress.show("unpacking")
    assert capsys.readouterr().err == "bazelw: fetching (0 s)\nbazelw: unpacking (0 s)\n"


def test_a_terminal_gets_a_line_that_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        progress = Progress()
        progress.pass_by("fetching, 1 of 2 MB")
        progress.pass_by("fetching, 2 of 2 MB")
        progress.show("unpacking")
        monkeypatch.undo()
        shown = ""
        while not shown.endswith("\n"):
            # On a busy machine it comes in parts.
            shown += os.read(ours, 10000).decode()
    os.close(ours)
    assert re.findall(r"\r\x1b\[Kbazelw: ([^\r]*)", shown) == [
        "fetching, 1 of 2 MB (0 s)",
        "fetching, 2 of 2 MB (0 s)",
        "unpacking (0 s)",
    ]
    assert shown.count("\n") == 1
