"""What the metadata state about a machine, from files as machines have them."""

from __future__ import annotations

import dataclasses
import os
import pwd
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.bundle.system import (
    Identity,
    SystemInfo,
    parse_processors,
    read_identity,
    read_system_info,
)
from rules_codspeed.publish.errors import PublishError

RELEASE = 'NAME="Ubuntu"\nVERSION_ID="22.04"\nID_LIKE=debian\nID=ubuntu\nID=second\n'
MEMORY = "MemTotal:       16382040 kB\nMemFree:         1000 kB\n"


def x86(processor: int, core: int, package: int = 0) -> str:
    return (
        f"processor\t: {processor}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n"
        "model name\t: AMD EPYC 7763 64-Core Processor\n"
        f"physical id\t: {package}\ncore id\t\t: {core}\n"
        "flags\t\t: sse2 fpu avx2 avx\nbugs\t\t:\npower management:\n\n"
    )


def arm(processor: int, implementer: str = "0x41", part: str = "0xd40", more: str = "") -> str:
    return (
        f"processor\t: {processor}\n{more}BogoMIPS\t: 50.00\nFeatures\t: fp asimd aes\n"
        f"CPU implementer\t: {implementer}\nCPU architecture: 8\nCPU part\t: {part}\n\n"
    )


class Machine:
    """A machine: its files, and the warnings that reading it gave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warnings: list[str] = []
        self.write("etc/os-release", RELEASE)
        self.write("proc/meminfo", MEMORY)
        self.write("proc/cpuinfo", "".join(x86(n, n // 2) for n in range(4)))

    def write(self, name: str, text: str | None) -> None:
        file = self.root / name
        file.parent.mkdir(exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_text(text)

    def read(self, arch: str = "x86_64") -> SystemInfo:
        identity = Identity(arch, "fv-az123-456", "runner")
        return read_system_info(self.root, identity, self.warnings.append)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_x86(machine: Machine) -> None:
    assert machine.read() == SystemInfo(
        os="ubuntu",
        os_version="22.04",
        arch="x86_64",
        host="fv-az123-456",
        user="runner",
        cpu_brand="AMD EPYC 7763 64-Core Processor",
        cpu_name="cpu0",
        cpu_vendor_id="AuthenticAMD",
        cpu_cores=2,
        total_memory_gb=16,
        cpu_flags=("avx", "avx2", "fpu", "sse2"),
    )
    assert machine.warnings == []


def test_cores_of_two_packages(machine: Machine) -> None:
    machine.write("proc/cpuinfo", "".join(x86(n, n % 2, n // 2) for n in range(4)))
    assert machine.read().cpu_cores == 4


def test_arm(machine: Machine) -> None:
    machine.write("proc/cpuinfo", "".join(map(arm, range(4))))
    read = machine.read("aarch64")
    assert (read.cpu_brand, read.cpu_vendor_id, read.cpu_cores, read.cpu_flags) == (
        "Neoverse-V1",
        "ARM",
        4,
        ("aes", "asimd", "fp"),
    )


@pytest.mark.parametrize(
    ("cpuinfo", "vendor", "brand"),
    [
        (arm(0, "0x41", "0xfff"), "ARM", "unknown"),
        (arm(0, "0xc0", "0xac3", "model name\t: Altra\n"), "Ampere", "Altra"),
        (arm(0, "0x41", "0xd03", "model name\t: ARMv7 Processor\n"), "ARM", "Cortex-A53"),
        (arm(0, "0xee", "0x1"), "", "unknown"),
        (arm(0, "x", "0x"), "", "unknown"),
        ("processor\t: 0\nmodel name\t: a: b\n", "", "b"),
        ("processor\t: 0\n", "", "unknown"),
    ],
)
def test_names_of_processors(machine: Machine, cpuinfo: str, vendor: str, brand: str) -> None:
    machine.write("proc/cpuinfo", cpuinfo)
    read = machine.read("riscv64")
    assert (read.cpu_vendor_id, read.cpu_brand) == (vendor, brand)


def test_no_flags(machine: Machine) -> None:
    assert machine.read("riscv64").cpu_flags == ()
    assert machine.warnings == []
    assert machine.read("aarch64").cpu_flags == ()
    assert machine.warnings == ["No CPU flags found in /proc/cpuinfo (field: Features)"]


@pytest.mark.parametrize(
    ("memory", "gigabytes"),
    [
        ("MemTotal: 1 kB\n", 1),
        ("MemTotal: 1048576 kB\n", 1),
        ("MemTotal: 1048577 kB\n", 2),
        ("MemTotal: many\n", 0),
        ("MemTotal: " + "9" * 5000 + " kB\n", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_memory_is_rounded_up(machine: Machine, memory: str | None, gigabytes: int) -> None:
    machine.write("proc/meminfo", memory)
    assert machine.read().total_memory_gb == gigabytes


def test_distribution_without_a_version(machine: Machine) -> None:
    machine.write("etc/os-release", "ID=arch\n")
    machine.write("etc/lsb-release", "DISTRIB_ID=Other\nDISTRIB_RELEASE=rolling\n")
    read = machine.read()
    assert (read.os, read.os_version) == ("arch", "rolling")
    machine.write("etc/os-release", None)
    assert machine.read().os == "linux"
    machine.write("etc/lsb-release", None)
    with pytest.raises(PublishError, match=r"^Failed to get OS version\. .* Fix: "):
        machine.read()


def test_no_processors(machine: Machine) -> None:
    machine.write("proc/cpuinfo", "\n")
    with pytest.raises(PublishError, match=r"^Failed to get CPU info"):
        machine.read()
    machine.write("proc/cpuinfo", None)
    with pytest.raises(PublishError, match=r"^Failed to get CPU core count"):
        machine.read()


def test_this_machine() -> None:
    identity = read_identity()
    assert identity == Identity(
        os.uname().machine, os.uname().nodename, pwd.getpwuid(os.geteuid()).pw_name
    )
    read = read_system_info(Path("/"), identity, lambda warning: None)
    assert 1 <= read.cpu_cores <= (os.cpu_count() or 1)
    assert read.total_memory_gb >= 1


def test_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 2**31 - 3)
    with pytest.raises(PublishError, match=r"^Failed to get user info\. Got: no name of user 2147"):
        read_identity()


@pytest.mark.parametrize(
    ("sysname", "nodename", "message"),
    [
        ("Darwin", "host", "Unsupported operating system: darwin"),
        ("Linux", "", "Failed to get host name"),
    ],
)
def test_other_kernels(
    monkeypatch: pytest.MonkeyPatch, sysname: str, nodename: str, message: str
) -> None:
    kernel = os.uname_result((sysname, nodename, "6", "1", "x86_64"))
    monkeypatch.setattr(os, "uname", lambda: kernel)
    with pytest.raises(PublishError) as caught:
        read_identity()
    assert caught.value.what == message


@given(st.integers(1, 40), st.integers(1, 8), st.integers(1, 3))
def test_any_topology(cores: int, threads: int, packages: int) -> None:
    blocks = [
        x86(number, core, package)
        for number, (package, core, _) in enumerate(
            (package, core, thread)
            for thread in range(threads)
            for package in range(packages)
            for core in range(cores)
        )
    ]
    processors = parse_processors("".join(blocks))
    assert len(processors) == cores * threads * packages
    assert len({(p["core id"], p["physical id"]) for p in processors}) == cores * packages


@given(st.text() | st.text(st.sampled_from("processor\t: \n0x41CPUimplementerpartflags")))
def test_any_cpuinfo(text: str) -> None:
    processors = parse_processors(text)
    assert all("processor" in one for one in processors)
    assert parse_processors(text + "\n\n" + x86(99, 0))[: len(processors)] == processors


@given(st.text())
def test_any_file_gives_an_answer_or_an_ordinary_error(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        for name in ("etc/os-release", "proc/meminfo", "proc/cpuinfo"):
            (machine.root / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        (machine.root / "etc/lsb-release").write_text("DISTRIB_RELEASE=1\n")
        try:
            read = machine.read()
        except PublishError:
            return
        dataclasses.asdict(read)
