"""Tests whether perf may record on this machine, and which event takes the samples."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import tempfile
from typing import Final, Literal, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.walltime.perf.control import perf_control
from rules_codspeed.measure.walltime.perf.perf import (
    Perf,
    Recording,
    arguments,
    tool_environment,
    ways,
)

_TIMEOUT_S: Final = 30
_PARANOID: Final = "/proc/sys/kernel/perf_event_paranoid"
_PIPE_HEADER: Final = b"PERFILE2" + struct.pack("<Q", 16)
_RECORD = struct.Struct("<IHH")  # type, misc, size
_ATTRIBUTE = struct.Struct("<IIQ")  # type, size, config
_HEADER_ATTR: Final = 64

_EVENTS: Final = {
    (0, 0): "cycles",
    (0, 1): "instructions",
    (0, 2): "cache-references",
    (0, 3): "cache-misses",
    (0, 4): "branches",
    (0, 5): "branch-misses",
    (0, 6): "bus-cycles",
    (0, 9): "ref-cycles",
    (1, 0): "cpu-clock",
    (1, 1): "task-clock",
}
_DUMMY: Final = (1, 9)  # records mappings, takes no samples

_DENIED = re.compile(rb"perf_event_paranoid|permi(tted|ssion)|access denied|\bEACCES\b", re.I)
_LOCKED = re.compile(rb"perf_event_mlock_kb|failed to mmap|mapping pages", re.I)


class Availability(NamedTuple):
    """Whether perf records.

    Attributes:
      state: `recorded` if it does, else why not, in the words of provenance.
      reason: why not, for people; empty if it does.
      event: takes the samples, for example `cpu-clock`; empty if perf does not record.
      how: perf is to record; with other events or registers than asked for if that was needed.
    """

    state: Literal["recorded", "missing", "forbidden"]
    reason: str
    event: str
    how: Recording


def probe(
    perf: Perf, how: Recording, timeout_s: float = _TIMEOUT_S, machine: str = os.uname().machine
) -> Availability:
    """Has perf record a program that does nothing, in one way after the other.

    Args:
      perf: to try.
      how: it is to record.
      timeout_s: seconds for each try.
      machine: this one, as uname(2) names it.

    Raises:
      CodSpeedError: no file can be made in the temporary folder.
    """
    failure = b""
    for way in ways(how, machine):
        recorded, failure = _record(perf, way, timeout_s)
        if event := recorded_event(recorded):
            return Availability("recorded", "", event, way)
        if _DENIED.search(failure) or _LOCKED.search(failure):
            return Availability("forbidden", _forbidden(failure), "", way)
    reason = CodSpeedError(
        "perf does not record",
        got=f"{perf.path}, version {perf.version}: {_first_line(failure)}",
        expected="a recording of a program that does nothing",
        fix="try `perf record true`; until it works, time is measured without a profile",
    )
    return Availability("missing", str(reason), "", how)


def _record(perf: Perf, how: Recording, timeout_s: float) -> tuple[bytes, bytes]:
    """Returns what was recorded, and what perf printed if it failed."""
    nothing = [sys.executable, "-I", "-S", "-B", "-c", ""]
    with (
        tempfile.TemporaryDirectory(prefix="perf") as folder,
        perf_control(folder) as control,
    ):
        command = [perf.path, *arguments(how, control.argument), *nothing]
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout_s,
                check=False,
                env=tool_environment(),
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return b"", b"no end within %g s" % timeout_s
        except OSError as error:
            return b"", str(error.strerror).encode()
    if ended.returncode:
        return b"", ended.stderr or b"exit status %d" % ended.returncode
    return ended.stdout, b"a recording without events"


def recorded_event(data: bytes) -> str:
    """Returns the first event of a recording in pipe mode that takes samples; empty if none.

    Args:
      data: the start of what perf wrote (spec: symbol-harvest 2).
    """
    if not data.startswith(_PIPE_HEADER):
        return ""
    offset = len(_PIPE_HEADER)
    while offset + _RECORD.size + _ATTRIBUTE.size <= len(data):
        kind, _, size = _RECORD.unpack_from(data, offset)
        if kind != _HEADER_ATTR or size < _RECORD.size:
            break
        group, _, config = _ATTRIBUTE.unpack_from(data, offset + _RECORD.size)
        # On processors with two kinds of cores, the upper half gives the kind.
        event = (group, config & 0xFFFFFFFF if group == 0 else config)
        if event != _DUMMY:
            return _EVENTS.get(event, f"event {config:#x} of type {group}")
        offset += size
    return ""


def _first_line(said: bytes) -> str:
    """Returns what perf complains about, without its heading."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines()]
    return next((line[:300] for line in lines if line and line != "Error:"), "nothing was printed")


def _forbidden(said: bytes) -> str:
    """Explains why the kernel refuses, and what to do."""
    try:
        with open(_PARANOID, encoding="ascii") as file:
            level = file.read().strip()
    except OSError:
        level = "unknown"
    if _LOCKED.search(said):
        fix = "sudo sysctl kernel.perf_event_mlock_kb=65536, or give CAP_IPC_LOCK"
    elif level in ("-1", "0", "1"):
        fix = (
            "the level is low enough, so what runs this process (a container, a sandbox, seccomp) "
            "forbids it: permit perf_event_open there, or give CAP_PERFMON"
        )
    else:
        fix = "sudo sysctl kernel.perf_event_paranoid=1, or give CAP_PERFMON to its user"
    return str(
        CodSpeedError(
            "perf may not record on this machine",
            got=f"kernel.perf_event_paranoid is {level}, user id {os.geteuid()}: "
            f"{_first_line(said)}",
            expected="permission to record one's own processes",
            fix=f"{fix}; until then time is measured without a profile",
        )
    )
