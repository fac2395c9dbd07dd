"""The machine that publishes (spec: upload 5)."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.publish.bundle.arm_parts import IMPLEMENTERS, PARTS
from rules_codspeed.publish.errors import PublishError

_GIB = 2**30
_KIB = 2**10
_NUMBER = re.compile("[0-9]{1,19}")

# Field of /proc/cpuinfo that lists the flags.
_FLAGS = {"x86_64": "flags", "aarch64": "Features"}


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """A machine, in the words of the run metadata.

    Attributes:
      os: distribution, such as `ubuntu`.
      os_version: its version, such as `22.04`.
      arch: such as `x86_64`.
      host: name of the machine.
      user: name of the user.
      cpu_brand: name of the first processor, or `unknown`.
      cpu_name: `cpu0`.
      cpu_vendor_id: its vendor, or empty.
      cpu_cores: number of physical cores.
      total_memory_gb: memory in GiB, rounded up.
      cpu_flags: features of the first processor, sorted.
    """

    os: str
    os_version: str
    arch: str
    host: str
    user: str
    cpu_brand: str
    cpu_name: str
    cpu_vendor_id: str
    cpu_cores: int
    total_memory_gb: int
    cpu_flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What system calls report: processor architecture, name of the host, of the user."""

    arch: str
    host: str
    user: str


def read_identity() -> Identity:
    """Returns the identity of this process.

    Raises:
      PublishError: the system is not Linux, or the user has no name.
    """
    kernel = os.uname()
    if kernel.sysname != "Linux":
        raise PublishError(
            f"Unsupported operating system: {kernel.sysname.lower()}",
            fix="measure and publish on Linux",
        )
    if not kernel.nodename:
        raise PublishError("Failed to get host name", fix="set one with hostname(1)")
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise PublishError(
            "Failed to get user info",
            got=f"no name of user {os.geteuid()}",
            expected="a user of /etc/passwd",
            fix="run as such a user, or add this one",
        ) from error
    return Identity(kernel.machine, kernel.nodename, user)


def read_system_info(root: Path, identity: Identity, warn: Callable[[str], None]) -> SystemInfo:
    """Reads what the metadata state about a machine.

    Args:
      root: folder that has its etc and proc: `/`.
      identity: the facts that no file holds.
      warn: called with a message when the flags of the processor are missing.

    Raises:
      PublishError: the version of the system or its processors are missing.
    """
    release = _assignments(root / "etc/os-release")
    version = release.get("VERSION_ID")
    if version is None:
        version = _assignments(root / "etc/lsb-release").get("DISTRIB_RELEASE")
    if version is None:
        raise PublishError(
            "Failed to get OS version",
            got=(
                f"neither VERSION_ID in {root / 'etc/os-release'} nor DISTRIB_RELEASE in "
                f"{root / 'etc/lsb-release'}"
            ),
            expected="one of them",
            fix="add it",
        )
    cpuinfo = root / "proc/cpuinfo"
    processors = _read_processors(cpuinfo)
    vendor, brand = _vendor_and_brand(processors[0])
    return SystemInfo(
        os=release.get("ID", "linux"),
        os_version=version,
        arch=identity.arch,
        host=identity.host,
        user=identity.user,
        cpu_brand=brand or "unknown",
        cpu_name="cpu0",
        cpu_vendor_id=vendor,
        cpu_cores=_cores(processors),
        total_memory_gb=-(-_memory(root / "proc/meminfo") // _GIB),
        cpu_flags=_flags(processors[0], identity.arch, warn),
    )


def _read_processors(file: Path) -> list[dict[str, str]]:
    """Returns the processors of /proc/cpuinfo.

    Raises:
      PublishError: it cannot be read, or has none.
    """
    try:
        processors = parse_processors(file.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise PublishError(
            "Failed to get CPU core count",
            got=error,
            expected="a file that this user may read",
            fix="mount /proc",
        ) from error
    if not processors:
        raise PublishError(
            "Failed to get CPU info",
            got=f"no processor in {file}",
            expected="at least one",
            fix="mount the /proc of the kernel",
        )
    return processors


def parse_processors(text: str) -> list[dict[str, str]]:
    """Returns the fields of each processor in the text of /proc/cpuinfo.

    The first occurrence of a field counts.
    """
    processors = []
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            key, colon, value = line.partition(":")
            if colon:
                fields.setdefault(key.strip(), value.strip())
        if "processor" in fields:
            processors.append(fields)
    return processors


def _vendor_and_brand(processor: dict[str, str]) -> tuple[str, str]:
    # The official runner takes what follows the last colon.
    name = processor.get("model name", "").rpartition(":")[2].strip()
    if "CPU implementer" in processor and "CPU part" in processor:
        implementer = _hexadecimal(processor["CPU implementer"])
        part = _hexadecimal(processor["CPU part"])
        return IMPLEMENTERS.get(implementer, ""), PARTS.get((implementer, part), name)
    return processor.get("vendor_id", ""), name


def _hexadecimal(text: str) -> int:
    """Returns the number of a text such as `0x41`, or 0, which names nothing."""
    try:
        return int(text, 16) if text.startswith("0x") else 0
    except ValueError:
        return 0


def _cores(processors: list[dict[str, str]]) -> int:
    """Returns the number of physical cores; a processor that names no core is one."""
    cores = set()
    for processor in processors:
        core, package = processor.get("core id"), processor.get("physical id")
        cores.add(f"{core} {package}" if core and package else processor["processor"])
    return len(cores)


def _flags(processor: dict[str, str], arch: str, warn: Callable[[str], None]) -> tuple[str, ...]:
    field = _FLAGS.get(arch)
    if field is None:
        return ()
    if field not in processor:
        warn(f"No CPU flags found in /proc/cpuinfo (field: {field})")
        return ()
    return tuple(sorted(processor[field].split()))


def _memory(file: Path) -> int:
    """Returns the bytes of memory, or 0 if they are not given."""
    for line in _lines(file):
        key, _, value = line.partition(":")
        if key == "MemTotal":
            number = value.strip().partition(" ")[0]
            return int(number) * _KIB if _NUMBER.fullmatch(number) else 0
    return 0


def _assignments(file: Path) -> dict[str, str]:
    """Returns the NAME=value lines of a file, without double quotes; the first of a name counts."""
    found: dict[str, str] = {}
    for line in _lines(file):
        name, equals, value = line.partition("=")
        if equals:
            found.setdefault(name, value.replace('"', ""))
    return found


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []
