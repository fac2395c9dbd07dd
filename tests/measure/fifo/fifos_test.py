"""The FIFOs of the runner: made anew, removed, and not taken from another runner."""

from __future__ import annotations

import os
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.fifo.fifos import fifo_pair, runner_fifos

NAMES = ["runner.ack.fifo", "runner.ctl.fifo"]


def test_made_and_removed(tmp_path: Path) -> None:
    with runner_fifos(str(tmp_path)) as fifos:
        assert sorted(os.listdir(tmp_path)) == NAMES
        for descriptor, path in ((fifos.ctl, fifos.ctl_path), (fifos.ack, fifos.ack_path)):
            mode = os.stat(path).st_mode
            assert stat.S_ISFIFO(mode)
            assert stat.S_IMODE(mode) & ~0o700 == 0
            with pytest.raises(BlockingIOError):
                os.read(descriptor, 1)
        # A client that comes and goes does not end the stream.
        with open(fifos.ctl_path, "wb") as client:
            client.write(b"x")
        assert os.read(fifos.ctl, 9) == b"x"
        assert not select.select([fifos.ctl], [], [], 0)[0]
    assert os.listdir(tmp_path) == []


def test_what_is_stale_is_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "runner.ctl.fifo")
    (tmp_path / "runner.ack.fifo").write_text("a file")
    with runner_fifos(str(tmp_path)):
        assert all(stat.S_ISFIFO(path.stat().st_mode) for path in tmp_path.iterdir())


def test_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    for name in NAMES:
        (tmp_path / name).symlink_to(target)
    with runner_fifos(str(tmp_path)):
        pass
    assert target.read_text() == "kept"


def test_what_another_run_made_stays(tmp_path: Path) -> None:
    with runner_fifos(str(tmp_path)) as fifos:
        os.unlink(fifos.ctl_path)
        os.mkfifo(fifos.ctl_path)
    assert os.listdir(tmp_path) == ["runner.ctl.fifo"]


def test_another_runner_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "runner.ctl.fifo"
    os.mkfifo(path)
    code = "import os, sys; os.open(sys.argv[1], os.O_RDWR); print('open', flush=True); input()"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(CodSpeedError) as caught, runner_fifos(str(tmp_path)):
            pass
        assert other.stdin
        other.stdin.close()
    text = str(caught.value)
    assert "another process measures on this machine" in text
    assert f"Got: {path} is open in process {other.pid} (python" in text
    assert "Fix: wait for it or end it, or measure under the strategy linux-sandbox" in text
    # The other runner's FIFO was not touched; now it is stale.
    assert path.exists()
    with runner_fifos(str(tmp_path)):
        pass


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError) as caught, fifo_pair(f"{tmp_path}/no/ctl", f"{tmp_path}/ack"):
        pass
    text = str(caught.value)
    assert "a pipe for the benchmark process cannot be made" in text
    assert f"Got: {tmp_path}/no/ctl: No such file or directory" in text


def test_nothing_is_left_when_the_second_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "ack").mkdir()
    with (
        pytest.raises(CodSpeedError, match="ack: File exists"),
        fifo_pair(f"{tmp_path}/ctl", f"{tmp_path}/ack"),
    ):
        pass
    assert os.listdir(tmp_path) == ["ack"]
