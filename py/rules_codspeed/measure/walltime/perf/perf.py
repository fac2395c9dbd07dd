"""Finds this machine's perf, and composes its arguments (spec: walltime 2.3, 3)."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError

MINIMUM_VERSION: Final = "5.10"  # brought --control=fifo and --delay=-1
_TIMEOUT_S: Final = 30
# A measuring action inherits no PATH. The last folder is that of NixOS.
_FOLDERS: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin"
# Named together, and only if perf knows all of them: on Arm.
_EVENTS: Final = ("cpu-cycles", "l1d_cache", "l2d_cache", "l2d_cache_refill", "instructions")
# Those that unwinding needs, by their names on aarch64.
_REGISTERS: Final = (*(f"x{number}" for number in range(30)), "lr", "sp", "pc")
_INSTALL: Final = (
    "install perf (package linux-tools-generic and linux-tools-$(uname -r) on Ubuntu, linux-perf "
    "on Debian, perf elsewhere), or name it by codspeed_perf_toolchain; until then "
    "time is measured without a profile"
)


class PerfMissing(CodSpeedError):
    """No perf can record; `profiler.py` catches this, and time is measured without a profile."""


class Perf(NamedTuple):
    """A perf that runs.

    Attributes:
      path: of its executable.
      version: for example `6.1.187`.
      compresses: whether it can compress what it records, by zstd.
      knows_events: whether it knows the five events that CodSpeed asks for.
    """

    path: str
    version: str
    compresses: bool
    knows_events: bool


class Recording(NamedTuple):
    """How perf is to record.

    Attributes:
      call_graph: value of --call-graph; see `unwinding`.
      compression: whether it compresses.
      events: words that choose events; none for perf's default.
      quiet: whether perf prints no remarks.
      registers: words that choose the registers of each sample; none for perf's default.
    """

    call_graph: str
    compression: bool
    events: tuple[str, ...] = ()
    quiet: bool = True
    registers: tuple[str, ...] = ()


def find_perf(
    path: str = "",
    minimum: str = MINIMUM_VERSION,
    search: str = _FOLDERS,
    tools: str = "/usr/lib",
) -> Perf:
    """Finds a perf that runs.

    Args:
      path: of the perf to use; looked for if empty.
      minimum: an older version is refused.
      search: folders to look in, joined by `:`.
      tools: folder that holds linux-tools-*/perf, where the one found only wraps another
        kernel's.

    Raises:
      PerfMissing: there is none, or it is too old.
    """
    found = path or shutil.which("perf", path=search)
    if not found:
        raise PerfMissing("perf is missing", got=f"none in {search}", expected="perf", fix=_INSTALL)
    version = _version(found)
    if not version and not path:
        found, version = _behind_wrapper(tools, found)
    if not version:
        raise PerfMissing(
            "perf does not run",
            got=f"{found} --version fails",
            expected="its version",
            fix=_INSTALL,
        )
    if _number(version) < _number(minimum):
        expected = f"version {minimum} or newer, for --control=fifo and --delay=-1"
        got = f"{found} is version {version}"
        raise PerfMissing("perf is too old", got=got, expected=expected, fix=_INSTALL)
    options = _printed([found, "version", "--build-options"])
    return Perf(
        path=found,
        version=version,
        compresses="zstd: [ on" in options.lower(),
        knows_events=set(_EVENTS) <= set(_printed([found, "list"]).split()),
    )


def _behind_wrapper(tools: str, wrapper: str) -> tuple[str, str]:
    """Returns path and version of the last perf of linux-tools; the version is empty if none."""
    paths = glob.glob(f"{glob.escape(tools)}/linux-tools-*/perf")
    usable = sorted(path for path in paths if os.access(path, os.X_OK))
    return (usable[-1], _version(usable[-1])) if usable else (wrapper, "")


def _version(path: str) -> str:
    """Returns perf's version, for example `6.1.187`; empty if perf does not run."""
    found = re.match(r"perf version (\d+\.\d+\S*)", _printed([path, "--version"]))
    return found[1] if found else ""


def _number(version: str) -> tuple[int, int]:
    major, minor = re.findall(r"\d{1,9}", version)[:2]
    return int(major), int(minor)


def _printed(command: Sequence[str]) -> str:
    """Returns the output of a short command; empty if it fails."""
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
            env=tool_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if ended.returncode else ended.stdout.decode("utf-8", "replace")


def tool_environment() -> Mapping[str, str]:
    """Returns the variables for perf itself: no user's settings, and messages in English."""
    return {"HOME": "/nonexistent", "LC_ALL": "C", "PATH": _FOLDERS}


def recording(
    perf: Perf, call_graph: str, disable_compression: bool = False, quiet: bool = True
) -> Recording:
    """Returns how upstream would make this perf record.

    Args:
      perf: that records.
      call_graph: value of --call-graph; see `unwinding`.
      disable_compression: whether CODSPEED_PERF_DISABLE_COMPRESSION is set.
      quiet: whether perf prints no remarks.
    """
    compression = perf.compresses and not disable_compression
    # One word, and only together with compression, as upstream does.
    named = ("-e {" + ",".join(_EVENTS) + "}",) if compression and perf.knows_events else ()
    return Recording(call_graph, compression, named, quiet)


def ways(how: Recording, machine: str) -> list[Recording]:
    """Returns ways to record, the best first.

    After the events asked for come perf's own choice, and the clock, which needs no hardware
    counters. On aarch64 they are followed by the same with registers by name: where a processor has
    SVE, perf (since 6.1) wants the length of its vectors (`vg`) beside a copy of the stack, but the
    kernel gives it with hardware events only, and refuses all others, such as the clock and the
    dummy that `--delay` adds.

    Args:
      how: perf is to record.
      machine: as uname(2) names it.
    """
    found = [how, how._replace(events=()), how._replace(events=("-e", "cpu-clock"))]
    if machine == "aarch64" and how.call_graph.startswith("dwarf"):
        named = ("--user-regs=" + ",".join(_REGISTERS),)
        found += [one._replace(registers=named) for one in found]
    return list(dict.fromkeys(found))


def arguments(how: Recording, control: str) -> list[str]:
    """Returns perf's arguments in upstream's order, up to the `--` before the command.

    Args:
      how: to record.
      control: the option that names the control FIFOs.
    """
    return [
        "record",
        *(["--quiet"] if how.quiet else []),
        *(["--compression-level=3"] if how.compression else []),
        *how.events,
        "--timestamp",
        "-k",
        "CLOCK_MONOTONIC",  # the clock of the markers
        "--freq=997",  # prime, so as not to keep step with periodic work
        "--delay=-1",
        "-g",
        "--user-callchains",
        f"--call-graph={how.call_graph}",
        *how.registers,
        control,
        "-o",
        "-",
        "--",
    ]
