"""Files that a person names: whole, and nothing but a regular file is ever replaced."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.contract.output.output_file import append_whole, output_file
from tests.contract.disks import limited, make_device, small_disk

_WRITE = """
import sys
from pathlib import Path
from rules_codspeed.contract.output.output_file import output_file
print("before")
with output_file(Path(sys.argv[1])) as file:
    file.write(b"content\\n")
print("after")
"""


def _write(path: Path, content: bytes = b"content\n") -> None:
    with output_file(path) as file:
        file.write(content)


def _program(path: str | Path, **more: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _WRITE, str(path)]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, env=environment, stderr=subprocess.PIPE, check=True, **more
    )


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/target").write_text("before")
    (tmp_path / "below/target").chmod(0o640)
    (tmp_path / "second").symlink_to("below/target")
    (tmp_path / "first").symlink_to(tmp_path / "second")
    before = (tmp_path / "below/target").stat().st_ino
    _write(tmp_path / "first")
    assert (tmp_path / "first").is_symlink()
    assert (tmp_path / "second").is_symlink()
    target = tmp_path / "below/target"
    assert target.read_bytes() == b"content\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.stat().st_ino != before
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["below", "first", "second", "target"]


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    _write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"content\n"


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("other")
    (tmp_path / "other").symlink_to("one")
    with pytest.raises(OSError, match=r"Too many levels of symbolic links.*one"):
        _write(tmp_path / "one")
    assert (tmp_path / "one").is_symlink()
    assert (tmp_path / "other").is_symlink()


def test_a_folder_and_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        _write(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"{tmp_path}/none'"):
        _write(tmp_path / "none" / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    _write(pipe)
    assert os.read(reader, 100) == b"content\n"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("minor", [3, 7])
def test_a_device_is_written_to(tmp_path: Path, minor: int) -> None:
    """A device of our own: the null device, and the one that is always full."""
    device = tmp_path / "device"
    make_device(device, minor)
    if minor == 7:
        full = rf"No space left on device: 1,234,567 bytes are needed: '{device}'"
        with pytest.raises(OSError, match=full):
            _write(device, b"x" * 1_234_567)
    else:
        _write(device)
    assert device.is_char_device()
    assert list(tmp_path.iterdir()) == [device]


@pytest.mark.parametrize("path", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "link"])
@pytest.mark.parametrize("kind", ["pipe", "file", "appended"])
def test_standard_output(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "link").symlink_to("/proc/self/fd/1")
    if not os.path.lexists(path) and path != "link":
        pytest.skip(f"no {path} here")
    if path == "/dev/stdout" and os.path.realpath("/dev/stdout").startswith("/dev/"):
        pytest.skip("/dev/stdout is no link here")
    if kind == "pipe":
        content = _program(path, cwd=tmp_path, stdout=subprocess.PIPE).stdout
    else:
        with (tmp_path / "out").open("ab" if kind == "appended" else "wb") as file:
            _program(path, cwd=tmp_path, stdout=file)
        content = (tmp_path / "out").read_bytes()
    assert content == b"before\ncontent\nafter\n"
    assert (tmp_path / "link").is_symlink()


def test_another_descriptor(tmp_path: Path) -> None:
    read, write = os.pipe()
    _program(f"/dev/fd/{write}", stdout=subprocess.DEVNULL, pass_fds=[write])
    assert os.read(read, 100) == b"content\n"
    os.close(write)
    with pytest.raises(OSError, match=f"Bad file descriptor: '/dev/fd/{write}'"):
        _write(Path(f"/dev/fd/{write}"))
    os.close(read)


def test_a_descriptor_of_another_process(tmp_path: Path) -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=write
    ) as other:
        _write(Path(f"/proc/{other.pid}/fd/1"))
        other.communicate(b"\n")
    assert os.read(read, 100) == b"content\n"
    os.close(read)
    os.close(write)


def test_a_full_disk_states_how_much_is_needed(tmp_path: Path) -> None:
    with small_disk(tmp_path, 1 << 20) as disk:
        (disk / "file").write_bytes(b"before")
        with pytest.raises(OSError, match="No space left on device: ") as caught:
            _write(disk / "file", b"x" * 2_345_678)
        text = str(caught.value)
        assert f": 2,345,678 bytes are needed, 1,044,480 are free: '{disk / 'file'}'" in text
        assert (disk / "file").read_bytes() == b"before"
        assert list(disk.iterdir()) == [disk / "file"]


def test_a_limit_of_a_file_s_size(tmp_path: Path) -> None:
    def work() -> str:
        try:
            with output_file(tmp_path / "file") as file:
                for _ in range(1000):
                    file.write(b"x" * 999)
        except OSError as error:
            return str(error)
        return "written"

    path = tmp_path / "file"
    assert limited(work, 500_000) == (
        f"[Errno 27] File too large: 999,000 bytes are needed: '{path}'"
    )
    assert list(tmp_path.iterdir()) == []
    assert limited(work, 1_000_000) == "written"


def test_a_device_is_added_to() -> None:
    append_whole(Path(os.devnull), lambda there: b"text")


def test_what_cannot_be_added_whole_is_not_added(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def work() -> str:
        append_whole(path, lambda there: f"{there}\n".encode())
        try:
            append_whole(path, lambda there: b"x" * 5000)
        except OSError as error:
            append_whole(path, lambda there: f"{there}\n".encode())
            return str(error)
        return "written"

    assert limited(work, 3000) == f"[Errno 27] File too large: 5,000 bytes are needed: '{path}'"
    assert path.read_text() == "0\n2\n"
