"""What memory mode finds on a machine; it needs no privilege."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from rules_codspeed.doctor.finding import Finding, verdict
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.stage.staging import STAGE

_ROOM = 64 << 20  # bytes: the channel of rules/memory/channel.h, and the copy of a program
_FORKS_ARE_SEEN = (4, 14)  # Linux with MADV_WIPEONFORK


def memory(files: HostFiles, place: os.statvfs_result | None = None) -> Iterator[Finding]:
    """Yields a finding for each thing that memory mode needs.

    Args:
      files: the machine's.
      place: of the file system where programs are measured; looked up if None.
    """
    folder = os.path.dirname(STAGE)
    place = place or os.statvfs(folder)
    free = place.f_bavail * place.f_frsize
    yield verdict(
        "memory mode",
        free >= _ROOM and not place.f_flag & os.ST_NOEXEC,
        f"{free >> 20} MiB free in {folder}"
        + (", which is mounted noexec" if place.f_flag & os.ST_NOEXEC else ""),
        "programs are copied there, the library that counts is loaded from there, and allocations "
        "pass through a file of 21 MiB",
        f"sudo mount -o remount,exec {folder}, or free space there",
    )
    release = files.text("proc/sys/kernel/osrelease")
    version = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", release)
    yield verdict(
        "forks",
        bool(version and (int(version[1]), int(version[2])) >= _FORKS_ARE_SEEN),
        f"Linux {release}" if version else "",
        "before Linux 4.14 the library asks the kernel for the process at each allocation: slower, "
        "and a process id that is used again is taken for the same process",
        "measure memory on a newer kernel",
    )
