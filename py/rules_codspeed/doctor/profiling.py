"""What keeps perf from recording, or from recording well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.doctor.finding import Finding, verdict
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.walltime.perf import perf
from rules_codspeed.measure.walltime.perf.probe import Availability, probe

_CLOCKS = ("cpu-clock", "task-clock")
_BUFFER_KIB = 516  # locked by perf for each processor
_KERNEL = "proc/sys/kernel"


class Tried(NamedTuple):
    """The outcome of the attempt to record.

    Attributes:
      perf: the perf that was found, or None.
      reason: why none was found; empty if one was.
      availability: whether perf records; None without perf.
    """

    perf: perf.Perf | None
    reason: str
    availability: Availability | None


def try_perf(path: str = "", minimum: str = perf.MINIMUM_VERSION) -> Tried:
    """Looks for perf and makes it record a program that does nothing.

    Args:
      path: of the perf to try; searched for if empty.
      minimum: an older version is not tried.
    """
    try:
        found = perf.find_perf(path, minimum)
        return Tried(found, "", probe(found, perf.recording(found, "dwarf,8192")))
    except CodSpeedError as error:
        return Tried(None, str(error), None)


def profiling(tried: Tried, files: HostFiles, root: bool, memlock: int) -> Iterator[Finding]:
    """Yields a finding for each thing that perf needs.

    Args:
      tried: the outcome of the attempt to record.
      files: the machine's.
      root: whether this process is privileged.
      memlock: bytes of memory that this process may lock; negative for all.
    """
    yield from _recording(tried)
    level = files.number(f"{_KERNEL}/perf_event_paranoid")
    lacking = "perf may record less than it should, or nothing"
    fix = "sudo sysctl kernel.perf_event_paranoid=1"
    if root:
        # Root of a sandbox is an ordinary user of the machine.
        lacking = "in Bazel's sandbox the profile lacks what the kernel did"
        fix += ", or measure outside of the sandbox: --strategy=CodSpeedWalltime=local"
    yield verdict(
        "perf_event_paranoid",
        level is not None and level <= 1,
        "" if level is None else str(level),
        lacking,
        fix,
    )
    hidden = files.number(f"{_KERNEL}/kptr_restrict")
    yield verdict(
        "kptr_restrict",
        hidden == 0,
        "" if hidden is None else str(hidden),
        "functions of the kernel have no names; those of the program do",
        "sudo sysctl kernel.kptr_restrict=0",
    )
    yield _locked_memory(files, root, memlock)


def _recording(tried: Tried) -> Iterator[Finding]:
    if not tried.perf or not tried.availability:
        yield _broken("perf", "no perf that can be used", tried.reason)
        return
    yield Finding("perf", "ok", f"{tried.perf.path}, version {tried.perf.version}")
    yield verdict(
        "perf compression",
        tried.perf.compresses,
        "zstd" if tried.perf.compresses else "none",
        "recordings are several times as large",
        "install a perf that is built with libzstd",
    )
    if tried.availability.state != "recorded":
        yield _broken("recording", tried.availability.state, tried.availability.reason)
        return
    event = tried.availability.event
    yield verdict(
        "hardware counters",
        event not in _CLOCKS,
        f"samples by {event}",
        "perf has no counters of the processor, so samples are taken by the clock",
        "let the hypervisor pass its counters on (KVM: a virtual PMU; clouds: a larger or a "
        "metal instance), or measure on a real machine",
    )


def _broken(name: str, got: str, reason: str) -> Finding:
    """Makes a finding from the parts of an error message of ours."""
    what, _, fix = reason.partition(" Fix: ")
    return Finding(name, "warn", got, what, fix.rstrip("."))


def _locked_memory(files: HostFiles, root: bool, memlock: int) -> Finding:
    allowed = files.number(f"{_KERNEL}/perf_event_mlock_kb")
    own = "unlimited" if memlock < 0 else f"{memlock >> 10} KiB"
    return verdict(
        "locked memory",
        root or memlock < 0 or (allowed or 0) + (memlock >> 10) >= _BUFFER_KIB,
        "" if allowed is None else f"{allowed} KiB per processor for perf, {own} for the process",
        "perf cannot have buffers of the usual size, and loses samples",
        f"sudo sysctl kernel.perf_event_mlock_kb={_BUFFER_KIB}, or raise ulimit -l",
    )
