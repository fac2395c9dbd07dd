"""Whether perf may record: the real one where there is one, and scripts that fail as perf does."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.walltime.perf.perf import (
    Perf,
    PerfMissing,
    Recording,
    find_perf,
    recording,
)
from rules_codspeed.measure.walltime.perf.probe import probe, recorded_event

HEADER = b"PERFILE2" + struct.pack("<Q", 16)
HOW = Recording("fp", compression=True, events=("-e {cpu-cycles}",))


def attribute(kind: int, config: int) -> bytes:
    return struct.pack("<IHHIIQ", 64, 0, 152, kind, 128, config).ljust(152, b"\0")


def script(path: Path, text: str) -> Perf:
    """Makes a perf that runs a shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Perf(str(path), "6.1", compresses=True, knows_events=True)


def recorder(path: Path, event: tuple[int, int], refuses: str) -> Perf:
    """Makes a perf that fails if a word is among its arguments, and records otherwise."""
    data = path.with_suffix(".data")
    data.write_bytes(HEADER + attribute(*event))
    refusal = f'case "$*" in {refuses}) echo "Error:" >&2; echo "  no such thing" >&2; exit 129;;'
    return script(path, f"{refusal} esac\ncat {data}")


def test_real_perf() -> None:
    try:
        perf = find_perf()
    except PerfMissing as error:
        pytest.skip(str(error))
    how = recording(perf, "dwarf,8192")
    tried = probe(perf, how)
    if tried.state != "recorded":
        assert tried.event == ""
        pytest.skip(tried.reason)
    assert tried.reason == ""
    assert tried.event in ("cycles", "cpu-clock")
    assert tried.how._replace(events=(), registers=()) == how._replace(events=())


def test_records_at_once(tmp_path: Path) -> None:
    perf = recorder(tmp_path / "perf", (0, 0), "nothing")
    assert probe(perf, HOW) == ("recorded", "", "cycles", HOW)


def test_events_that_are_listed_and_not_there(tmp_path: Path) -> None:
    perf = recorder(tmp_path / "perf", (0, 0), "*cpu-cycles*")
    assert probe(perf, HOW) == ("recorded", "", "cycles", HOW._replace(events=()))


def test_clock_where_there_are_no_counters(tmp_path: Path) -> None:
    perf = recorder(tmp_path / "perf", (1, 0), "*cpu-clock*) ;; *")
    how = HOW._replace(events=("-e", "cpu-clock"))
    assert probe(perf, HOW) == ("recorded", "", "cpu-clock", how)


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_registers_by_name_where_those_of_sve_are_refused(tmp_path: Path, machine: str) -> None:
    """As perf 6.1 does on a processor with SVE, whatever the event."""
    perf = recorder(tmp_path / "perf", (0, 0), "*user-regs=x0,*x29,lr,sp,pc*) ;; *")
    how = HOW._replace(call_graph="dwarf,8192")
    tried = probe(perf, how, machine=machine)
    if machine == "x86_64":
        assert tried.state == "missing"
        return
    assert tried.state == "recorded"
    assert tried.how._replace(registers=()) == how
    # Without a copy of the stack no register is asked for.
    assert probe(perf, HOW, machine=machine).state == "missing"


PARANOID = """Error:
Access to performance monitoring and observability operations is limited.
Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open"""


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        (PARANOID, "perf_event_paranoid=1|permit perf_event_open there"),
        ("sys_perf_event_open() returned with 1 (Operation not permitted)", "CAP_PERFMON"),
        ("Permission error mapping pages.\nConsider perf_event_mlock_kb", "perf_event_mlock_kb=65"),
        ("failed to mmap with 1 (Operation not permitted)", "perf_event_mlock_kb=65"),
    ],
)
def test_forbidden(tmp_path: Path, said: str, fix: str) -> None:
    perf = script(tmp_path / "perf", f"cat >&2 <<E\n{said}\nE\nexit 255")
    tried = probe(perf, HOW)
    assert (tried.state, tried.event) == ("forbidden", "")
    assert "perf may not record on this machine. Got: kernel.perf_event_paranoid is" in tried.reason
    assert next(line for line in said.splitlines() if line != "Error:") in tried.reason
    assert re.search(rf"Fix: .*({fix})", tried.reason)
    assert "time is measured without a profile" in tried.reason


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("echo 'internal trouble' >&2; exit 3", "internal trouble"),
        ("exit 3", "exit status 3"),
        ("exec sleep 60", "no end within 0.2 s"),
        ("exit 0", "a recording without events"),
        ("printf 'PERFILE2xxxxxxxxyyyy'", "a recording without events"),
    ],
)
def test_does_not_work(tmp_path: Path, text: str, got: str) -> None:
    perf = script(tmp_path / "perf", text)
    tried = probe(perf, HOW, timeout_s=0.2 if "sleep" in text else 30)
    assert tried.state == "missing"
    assert f"perf does not record. Got: {perf.path}, version 6.1: {got}." in tried.reason


def test_cannot_be_started(tmp_path: Path) -> None:
    perf = Perf(str(tmp_path / "none"), "6.1", compresses=False, knows_events=False)
    assert "No such file or directory" in probe(perf, HOW).reason


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(0, 0)], "cycles"),
        ([(1, 9), (1, 0)], "cpu-clock"),
        ([(0, 0x400000000), (0, 0xA00000000)], "cycles"),
        ([(4, 0x81D0)], "event 0x81d0 of type 4"),
        ([(1, 9)], ""),
        ([], ""),
    ],
)
def test_recorded_event(events: list[tuple[int, int]], expected: str) -> None:
    data = HEADER + b"".join(attribute(*event) for event in events)
    assert recorded_event(data) == expected
    assert recorded_event(data + struct.pack("<IHH", 80, 0, 8)) == expected


@given(st.binary(max_size=100), st.booleans())
@settings(max_examples=300)
def test_any_recording(data: bytes, with_header: bool) -> None:
    assert isinstance(recorded_event(HEADER + data if with_header else data), str)


def test_recording_that_does_not_advance() -> None:
    assert recorded_event(HEADER + struct.pack("<IHHIIQ", 64, 0, 0, 1, 128, 9) + bytes(64)) == ""
