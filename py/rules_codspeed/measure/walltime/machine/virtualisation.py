"""Whether a machine is virtual, and whether this process runs in a container."""

from __future__ import annotations

import re

from rules_codspeed.measure.stage.host_files import HostFiles

# How the firmware of virtual machines names itself, in upper or lower case.
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
    """Returns for example `kvm`, `docker`, `kvm+docker` or `none`; `vm` if the kind is unknown."""
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
    # These processors report it; firmware is not proof, as clouds also rent out real machines.
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
    if name := files.text("run/systemd/container"):
        return re.sub(r"[^a-z0-9-]", "", name.lower())[:20] or "container"
    return _matched(files.text("proc/1/cgroup"), _CONTAINERS)


def _matched(text: str, kinds: tuple[tuple[str, str], ...]) -> str:
    for name, pattern in kinds:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return ""
