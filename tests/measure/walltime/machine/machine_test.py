"""Facts about machines, from what real kernels had in /proc and /sys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.fields import document
from rules_codspeed.contract.provenance import Machine
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.walltime.machine.machine import read_machine

CPU = "sys/devices/system/cpu"
LAPTOP = {
    "proc/cpuinfo": "processor\t: 0\nvendor_id\t: GenuineIntel\n"
    "model name\t: 11th Gen Intel(R) Core(TM) i7-1185G7 @ 3.00GHz\nflags\t\t: fpu vme ssse3 ht\n",
    "proc/sys/kernel/osrelease": "6.5.0-15-generic\n",
    "proc/sys/kernel/randomize_va_space": "2\n",
    "proc/self/personality": "00000000\n",
    "proc/loadavg": "1.52 0.90 0.71 3/1404 91112\n",
    "proc/self/cgroup": "0::/user.slice/user-1000.slice/session-2.scope\n",
    "proc/1/cgroup": "0::/init.scope\n",
    f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave\n",
    f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave\n",
    f"{CPU}/intel_pstate/no_turbo": "0\n",
    f"{CPU}/smt/active": "1\n",
    "sys/fs/cgroup/user.slice/cpu.max": "max 100000\n",
    "sys/class/dmi/id/sys_vendor": "Dell Inc.\n",
    "sys/class/dmi/id/product_name": "XPS 13 9310\n",
}
SERVER = {
    "proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD EPYC 7763 64-Core Processor\n"
    "flags\t\t: fpu vme svm\n",
    "proc/sys/kernel/osrelease": "5.15.0-91-generic\n",
    "proc/sys/kernel/randomize_va_space": "1\n",
    "proc/loadavg": "0.00 0.01 0.05 1/900 4242\n",
    "proc/self/cgroup": "0::/bench.slice/run.scope\n",
    f"{CPU}/cpu0/cpufreq/scaling_governor": "performance\n",
    f"{CPU}/cpu63/cpufreq/scaling_governor": "schedutil\n",
    f"{CPU}/cpufreq/boost": "0\n",
    f"{CPU}/smt/active": "0\n",
    "sys/fs/cgroup/bench.slice/cpu.max": "400000 100000\n",
    "sys/fs/cgroup/bench.slice/run.scope/cpu.max": "800000 100000\n",
    # A real machine that a cloud rents out: its firmware bears the cloud's name.
    "sys/class/dmi/id/sys_vendor": "Amazon EC2\n",
    "sys/class/dmi/id/product_name": "m6a.metal\n",
}
ARM = {
    "proc/cpuinfo": "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd atomics\n"
    "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n",
    "proc/sys/kernel/osrelease": "6.1.0-13-arm64\n",
    "proc/sys/kernel/randomize_va_space": "0\n",
    "proc/loadavg": "0.10 0.10 0.10 1/100 77\n",
    "proc/self/cgroup": "0::/\n",
    f"{CPU}/cpu0/topology/thread_siblings_list": "0\n",
    "sys/class/dmi/id/sys_vendor": "GIGABYTE\n",
}
# Names from a host-managed virtual machine; cgroup version 1.
KVM = {
    "proc/cpuinfo": "model name\t: Intel Xeon Processor (Cascadelake)\n"
    "flags\t\t: fpu hypervisor avx2\n",
    "proc/sys/kernel/osrelease": "4.19.0-26-amd64\n",
    "proc/sys/kernel/randomize_va_space": "2\n",
    "proc/self/personality": "00040000\n",
    "proc/loadavg": "3.99 2.00 1.00 2/200 9\n",
    "proc/self/cgroup": "4:memory:/job\n3:cpu,cpuacct:/job/step\n1:name=systemd:/\n0::/\n",
    f"{CPU}/cpu0/topology/thread_siblings_list": "0-1\n",
    "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "150000\n",
    "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
    "sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us": "-1\n",
    "sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us": "100000\n",
    "sys/class/dmi/id/sys_vendor": "QEMU\n",
    "sys/class/dmi/id/product_name": "Standard PC (Q35 + ICH9, 2009)\n",
}
CONTAINER = {
    **LAPTOP,
    ".dockerenv": "",
    "proc/self/cgroup": "0::/\n",
    "sys/fs/cgroup/cpu.max": "200000 100000\n",
}


def machine(folder: Path, files: Mapping[str, str]) -> Machine:
    """Describes a machine that has these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return read_machine(HostFiles(str(folder)), cores=8)


def test_laptop(tmp_path: Path) -> None:
    assert machine(tmp_path, LAPTOP) == Machine(
        cpu="11th Gen Intel(R) Core(TM) i7-1185G7 @ 3.00GHz",
        cores=8,
        kernel="6.5.0-15-generic",
        governor="powersave",
        turbo="on",
        smt="on",
        aslr="on",
        virtualisation="none",
        cgroup="max",
        load=1.52,
    )


def test_server(tmp_path: Path) -> None:
    assert machine(tmp_path, SERVER) == Machine(
        cpu="AMD EPYC 7763 64-Core Processor",
        cores=8,
        kernel="5.15.0-91-generic",
        governor="performance,schedutil",
        turbo="off",
        smt="off",
        aslr="partial",
        virtualisation="none",
        cgroup="400000/100000",
        load=0.0,
    )


def test_arm(tmp_path: Path) -> None:
    assert machine(tmp_path, ARM) == Machine(
        cpu="Arm Neoverse-N1",
        cores=8,
        kernel="6.1.0-13-arm64",
        governor="",
        turbo="",
        smt="off",
        aslr="off",
        virtualisation="none",
        cgroup="",
        load=0.1,
    )


def test_virtual_machine(tmp_path: Path) -> None:
    assert machine(tmp_path, KVM) == Machine(
        cpu="Intel Xeon Processor (Cascadelake)",
        cores=8,
        kernel="4.19.0-26-amd64",
        governor="",
        turbo="",
        smt="on",
        aslr="off",  # for this process, by its personality
        virtualisation="qemu",
        cgroup="150000/100000",
        load=3.99,
    )


def test_container(tmp_path: Path) -> None:
    found = machine(tmp_path, CONTAINER)
    assert found.virtualisation == "docker"
    assert found.cgroup == "200000/100000"


_FLAGS = {"proc/cpuinfo": "flags : hypervisor\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({**_FLAGS, "sys/class/dmi/id/product_name": "KVM"}, "kvm"),
        ({**_FLAGS, "sys/class/dmi/id/sys_vendor": "Amazon EC2"}, "kvm"),
        ({**_FLAGS, "sys/class/dmi/id/product_name": "Google Compute Engine"}, "kvm"),
        ({**_FLAGS, "sys/class/dmi/id/sys_vendor": "VMware, Inc."}, "vmware"),
        ({**_FLAGS, "sys/class/dmi/id/sys_vendor": "innotek GmbH"}, "virtualbox"),
        (
            {
                **_FLAGS,
                "sys/class/dmi/id/sys_vendor": "Microsoft Corporation",
                "sys/class/dmi/id/product_name": "Virtual Machine",
            },
            "hyper-v",
        ),
        # Firecracker has no firmware that names it.
        (_FLAGS, "vm"),
        ({"sys/hypervisor/type": "xen\n"}, "xen"),
        ({"proc/device-tree/hypervisor/compatible": "linux,kvm\0"}, "kvm"),
        ({"proc/sys/kernel/osrelease": "5.15.146.1-microsoft-standard-WSL2"}, "wsl"),
        # Arm: only the firmware names it.
        ({"sys/class/dmi/id/sys_vendor": "QEMU"}, "qemu"),
        ({**_FLAGS, ".dockerenv": ""}, "vm+docker"),
        ({"run/.containerenv": ""}, "podman"),
        ({"run/systemd/container": "systemd-nspawn\n"}, "systemd-nspawn"),
        ({"proc/1/cgroup": "1:cpu:/kubepods/besteffort/pod1/2\n"}, "kubernetes"),
        ({"proc/1/cgroup": "1:cpu:/docker/1f2e\n"}, "docker"),
        ({"proc/1/cgroup": "1:cpu:/lxc/name\n"}, "lxc"),
        ({}, "none"),
    ],
)
def test_virtualisation(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert machine(tmp_path, files).virtualisation == expected


def test_unknown_arm(tmp_path: Path) -> None:
    cpuinfo = "CPU implementer : 0x99\nCPU part : 0x123\n"
    assert machine(tmp_path, {"proc/cpuinfo": cpuinfo}).cpu == "Arm implementer 0x99 part 0x123"
    board = f"{cpuinfo}\nHardware : BCM2711\nModel : Raspberry Pi 4 Model B Rev 1.4\n"
    assert machine(tmp_path, {"proc/cpuinfo": board}).cpu == "Raspberry Pi 4 Model B Rev 1.4"


def test_nothing_is_known(tmp_path: Path) -> None:
    assert machine(tmp_path, {}) == Machine("", 8, "", "", "", "", "", "none", "", 0.0)


def test_name_space_that_hides_groups(tmp_path: Path) -> None:
    files = {"proc/self/cgroup": "0::/../../init\n", "sys/fs/cgroup/cpu.max": "5000 10000\n"}
    assert machine(tmp_path, files).cgroup == "5000/10000"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted({*LAPTOP, *KVM})), st.binary(max_size=80)))
def test_any_content(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = read_machine(HostFiles(str(tmp_path)))
    assert found.cores >= 1
    assert all(str(value).isprintable() for value in document(found).values())


def test_this_machine() -> None:
    found = read_machine(HostFiles())
    assert found.kernel
    assert found.load >= 0
