"""The machine that measures time, as /proc and /sys describe it; no program is run."""

from __future__ import annotations

import os

from rules_codspeed.contract.provenance import Machine
from rules_codspeed.measure.stage.cpu import cpu_model, plain
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.walltime.machine.virtualisation import virtualisation

CPU = "sys/devices/system/cpu"
_ADDR_NO_RANDOMIZE = 0x0040000  # <linux/personality.h>


def read_machine(files: HostFiles, cores: int | None = None) -> Machine:
    """Describes a machine.

    Args:
      files: the machine's.
      cores: processors; default are those that this process may run on.
    """
    return Machine(
        cpu=cpu_model(files),
        cores=len(os.sched_getaffinity(0)) if cores is None else cores,
        kernel=plain(files.text("proc/sys/kernel/osrelease")),
        governor=plain(_governor(files)),
        turbo=_turbo(files),
        smt=_smt(files),
        aslr=_aslr(files),
        virtualisation=virtualisation(files),
        cgroup=_cgroup(files),
        load=_load(files),
    )


def _governor(files: HostFiles) -> str:
    paths = files.glob(f"{CPU}/cpu[0-9]*/cpufreq/scaling_governor")
    return ",".join(sorted({name for path in paths if (name := files.text(path))}))


def _switch(value: int | None, on: int = 1) -> str:
    return "" if value is None else "on" if value == on else "off"


def _turbo(files: HostFiles) -> str:
    intel = _switch(files.number(f"{CPU}/intel_pstate/no_turbo"), on=0)
    return intel or _switch(files.number(f"{CPU}/cpufreq/boost"))


def _smt(files: HostFiles) -> str:
    if active := _switch(files.number(f"{CPU}/smt/active")):
        return active
    siblings = files.text(f"{CPU}/cpu0/topology/thread_siblings_list")
    return _switch(int("," in siblings or "-" in siblings)) if siblings else ""


def _aslr(files: HostFiles) -> str:
    try:
        persona = int(files.text("proc/self/personality"), 16)
    except ValueError:  # only for whoever may trace processes
        persona = 0
    if persona & _ADDR_NO_RANDOMIZE:
        return "off"
    level = files.number("proc/sys/kernel/randomize_va_space")
    return {0: "off", 1: "partial", 2: "on"}.get(-1 if level is None else level, "")


def _load(files: HostFiles) -> float:
    try:
        return float(files.text("proc/loadavg").split()[0])
    except (ValueError, IndexError):
        return 0.0


def _cgroup(files: HostFiles) -> str:
    """Returns the tightest limit among this process' group and those above it."""
    limits = []
    for line in files.text("proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            limits += [files.text(f"{folder}/cpu.max") for folder in _folders("", path)]
        elif "cpu" in controllers.split(","):
            limits += [_first_version(files, folder) for folder in _folders(controllers, path)]
    pairs = [limit.split() for limit in limits if limit]
    numbers = [
        (int(quota) / max(int(period), 1), f"{quota}/{period}")
        for quota, period in (pair for pair in pairs if len(pair) == 2)
        if quota.isdigit() and period.isdigit()
    ]
    return min(numbers)[1] if numbers else "max" if pairs else ""


def _first_version(files: HostFiles, folder: str) -> str:
    """Returns the limit in cgroup version 1, in the words of version 2."""
    quota = files.number(f"{folder}/cpu.cfs_quota_us")
    period = files.number(f"{folder}/cpu.cfs_period_us")
    if quota is None or period is None:
        return ""
    return f"{quota if quota >= 0 else 'max'} {period}"


def _folders(controllers: str, path: str) -> list[str]:
    """Returns the folders of a group and of all above it; a name space may hide some."""
    parts = [part for part in path.split("/") if part not in ("", "..")]
    root = "/".join(part for part in ("sys/fs/cgroup", controllers) if part)
    return ["/".join([root, *parts[:count]]) for count in range(len(parts) + 1)]
