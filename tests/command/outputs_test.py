"""Where the command writes: files that are whole; devices, pipes and descriptors as they are."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading

import pytest

from tests.command.commands import Command
from tests.contract.disks import fill, limited, make_device, small_disk

OUTPUTS = {
    "--report={}": b"<!DOCTYPE html>",
    "--summary={}": b"**Total of 2**",
    "--export=bencher={}": b'"b/x.cc::f"',
    "--export=speedscope={}": b"speedscope",
}


@pytest.mark.parametrize("option", OUTPUTS)
def test_standard_output(command: Command, option: str) -> None:
    link = command.folder / "link"
    link.symlink_to("/proc/self/fd/1")
    output, errors = command.run(option.format("link"))
    assert OUTPUTS[option].decode().lower() in output.lower()
    # The table comes first, and nothing of it is lost.
    assert output.index("benchmarks") < output.lower().index(OUTPUTS[option].decode().lower(), 9)
    assert f"Wrote {link}" in errors
    assert os.readlink(link) == "/proc/self/fd/1"


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_pipe(command: Command, option: str) -> None:
    pipe = command.folder / "pipe"
    os.mkfifo(pipe)
    found = bytearray()
    ended = threading.Event()
    # Without waiting for a writer: there is none where the pipe is replaced.
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def read() -> None:
        last = False
        while not last:
            last = ended.wait(0.01)
            with contextlib.suppress(BlockingIOError):
                while block := os.read(descriptor, 1 << 16):
                    found.extend(block)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        command.run(option.format("pipe"))
    finally:
        ended.set()
        reader.join()
        os.close(descriptor)
    assert OUTPUTS[option].lower() in found.lower()
    assert pipe.is_fifo()


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_link(command: Command, option: str) -> None:
    (command.folder / "target").write_text("before")
    (command.folder / "link").symlink_to("target")
    command.run(option.format("link"))
    assert (command.folder / "link").is_symlink()
    assert OUTPUTS[option].lower() in (command.folder / "target").read_bytes().lower()


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_full_device(command: Command, option: str) -> None:
    device = command.folder / "full"
    make_device(device, 7)
    _, errors = command.run(option.format("full"), status=1)
    assert f"cannot write {device}. Got: [Errno 28] No space left on device: " in errors
    assert " bytes are needed: " in errors
    assert device.is_char_device()


@pytest.mark.parametrize("option", [*OUTPUTS, "--export=callgrind={}", "--out={}"])
def test_a_full_disk(command: Command, option: str) -> None:
    command.on("gitlab_push")
    with small_disk(command.folder, 8192) as disk:
        filling = fill(disk)
        _, errors = command.run("--skip-upload", option.format("disk/new"), status=1)
        (line,) = [one for one in errors.splitlines() if "cannot write" in one]
        assert "No space left on device: " in line
        assert str(disk / "new") in line
        assert " bytes are needed, " in line
        assert list(disk.iterdir()) == [filling]


def test_no_file_is_left_where_the_size_is_limited(command: Command) -> None:
    def work() -> str:
        return command.run("--report=r.html", "--skip-upload", status=1)[1]

    errors = limited(work, 50_000)
    assert f"cannot write {command.folder / 'r.html'}. Got: [Errno 27] File too large: " in errors
    assert not list(command.folder.glob("*r.html*"))
    assert not list(command.folder.glob(".rules_codspeed-*"))


def test_what_the_command_writes_makes_no_uncommitted_work(command: Command) -> None:
    out = f"--out={command.checkout}/out"
    for _ in range(2):
        output, _ = command.run(out)
        assert "uncommitted" not in output
        shutil.rmtree(command.checkout / "out")
    output, _ = command.run(out, "--compare=HEAD")
    assert "Compared with HEAD" in output
    output, _ = command.run()
    assert "\nStored as uncommitted work, as git does not track out/: commit such" in output
