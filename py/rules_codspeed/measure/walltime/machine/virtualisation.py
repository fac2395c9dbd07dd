"""Whether a machine is virtual, or this a container in it."""

from __future__ import annotations

import re

from rules_codspeed.measure.walltime.machine.host_files import HostFiles

# What the firmware of virtual machines calls itself, in any case of letters.
_FIRMWARE = (
    ("kvm", r"kvm|amazon ec2|google compute engine|openstack|digitalocean|alibaba cloud|hetzner"),
    ("qemu", r"qemu|bochs"),
    ("vmware", r"vmware"),
    ("virtualbox", r"virtualbox|innotek"),
    ("hyper-v", r"microsoft corporation.*virtual machine"),
    ("xen", r"\bxen\b"),
    ("parallels", r"parallels"),
    ("apple", r"apple virtualization"),
)
# In the name of the first process' control group.
_CONTAINERS = (
    ("kubernetes", r"kubepods"),
    ("docker", r"docker|buildkit"),
    ("podman", r"libpod"),
    ("lxc", r"/lxc"),
    ("containerd", r"containerd"),
)


def virtualisation(files: HostFiles) -> str:
    """Returns such as `kvm`, `docker`, `kvm+docker`, `none`; `vm` where nobody tells which."""
    found = [name for name in (_machine(files), _container(files)) if name]
    return "+".join(found) or "none"


def _machine(files: HostFiles) -> str:
    if "microsoft" in files.text("proc/sys/kernel/osrelease").lower():
        return "wsl"
    if kind := files.text("sys/hypervisor/type"):
        return _matched(kind, _FIRMWARE) or "vm"
    tree = files.text("proc/device-tree/hypervisor/compatible")
    if tree:
        return _matched(tree, _FIRMWARE) or "vm"
    flags = files.field("proc/cpuinfo", "flags").split()
    # Processors of this kind tell, and clouds rent real ones with their firmware too.
    if flags and "hypervisor" not in flags:
        return ""
    names = ("sys_vendor", "product_name", "board_vendor", "bios_vendor")
    firmware = " ".join(files.text(f"sys/class/dmi/id/{name}") for name in names)
    return _matched(firmware, _FIRMWARE) or ("vm" if flags else "")


def _container(files: HostFiles) -> str:
    if files.exists(".dockerenv"):
        return "docker"
    if files.exists("run/.containerenv"):
        return "podman"
    if told := files.text("run/systemd/container"):
        return re.sub(r"[^a-z0-9-]", "", told.lower())[:20] or "container"
    return _matched(files.text("proc/1/cgroup"), _CONTAINERS)


def _matched(text: str, kinds: tuple[tuple[str, str], ...]) -> str:
    for name, pattern in kinds:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return ""
