"""perf's control pipe: commands, answers, junk among them, and silence."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.walltime.perf.control import PerfControl, perf_control
from rules_codspeed.measure.walltime.perf.perf import PerfMissing, arguments, find_perf, recording
from rules_codspeed.measure.walltime.perf.probe import probe
from tests.measure.walltime.running import fill

COMMANDS = {"enable": PerfControl.enable, "disable": PerfControl.disable, "ping": PerfControl.ping}


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    "answers",
    [[b"ack\n\0"], [b"a", b"ck", b"\n\0"], [b"junk\0", b"ack\n\0"], [b"junk\0junk", b"\0ack\n\0"]],
)
def test_command_and_answer(tmp_path: Path, name: str, answers: list[bytes]) -> None:
    with perf_control(str(tmp_path)) as control:
        ctl = opened(tmp_path / "codspeed_perf.ctl.fifo")
        ack = opened(tmp_path / "codspeed_perf.ack.fifo")
        heard: list[bytes] = []

        def perf() -> None:
            select.select([ctl], [], [], 10)
            heard.append(os.read(ctl, 100))
            for answer in answers:
                os.write(ack, answer)

        thread = threading.Thread(target=perf)
        thread.start()
        COMMANDS[name](control)
        thread.join()
        assert heard == [f"{name}\n\0".encode()]
        os.close(ctl)
        os.close(ack)


@pytest.mark.parametrize("answer", [b"", b"ack", b"xack\n\0"])
def test_no_answer(tmp_path: Path, answer: bytes) -> None:
    """Junk is skipped in steps of five bytes, so one byte too many hides what follows."""
    with perf_control(str(tmp_path), timeout_s=0.05) as control:
        ack = opened(tmp_path / "codspeed_perf.ack.fifo")
        os.write(ack, answer)
        with pytest.raises(CodSpeedError) as caught:
            control.enable()
        os.close(ack)
    text = str(caught.value)
    assert "perf does not answer. Got: nothing within 0.05 s after `enable`." in text
    assert "Fix: see what perf printed" in text


def test_full_pipe(tmp_path: Path) -> None:
    with perf_control(str(tmp_path), timeout_s=5) as control:
        ctl = opened(tmp_path / "codspeed_perf.ctl.fifo")
        fill(ctl)
        with pytest.raises(CodSpeedError, match="perf does not answer"):
            control.ping()
        os.close(ctl)


def test_files(tmp_path: Path) -> None:
    with perf_control(str(tmp_path)) as control:
        names = sorted(os.listdir(tmp_path))
        assert names == ["codspeed_perf.ack.fifo", "codspeed_perf.ctl.fifo"]
        ctl, ack = tmp_path / names[1], tmp_path / names[0]
        assert control.argument == f"--control=fifo:{ctl},{ack}"
    assert os.listdir(tmp_path) == []


def test_real_perf(tmp_path: Path) -> None:
    try:
        perf = find_perf()
    except PerfMissing as error:
        pytest.skip(str(error))
    tried = probe(perf, recording(perf, "dwarf,8192"))
    if tried.state != "recorded":
        pytest.skip(tried.reason)
    with perf_control(str(tmp_path)) as control, (tmp_path / "data").open("wb") as data:
        command = [perf.path, *arguments(tried.how, control.argument), "cat"]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=data, stderr=pipe) as running:
            control.enable()
            control.ping()
            control.disable()
            assert running.stdin
            running.stdin.close()
    assert running.returncode == 0
    assert (tmp_path / "data").read_bytes().startswith(b"PERFILE2")
