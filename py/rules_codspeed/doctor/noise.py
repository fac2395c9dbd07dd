"""What makes times of the same program differ from run to run."""

from __future__ import annotations

from collections.abc import Iterator

from rules_codspeed.contract.provenance import Machine
from rules_codspeed.doctor.finding import Finding, verdict
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.walltime.machine.machine import CPU

_MUCH_SWAP = 64 << 10  # KiB; memory that stays swapped out does no harm
_BUSY = 0.25  # running processes per processor


def noise(machine: Machine, files: HostFiles) -> Iterator[Finding]:
    """Yields a finding for each source of noise.

    Args:
      machine: facts about the machine.
      files: the machine's.
    """
    yield from _frequency(machine, files)
    yield verdict(
        "smt",
        machine.smt != "on",
        machine.smt,
        "another thread on the same core takes part of its capacity whenever one runs",
        f"echo off | sudo tee /{CPU}/smt/control",
    )
    yield from _others(machine, files)
    yield verdict(
        "aslr",
        machine.aslr == "off",
        machine.aslr,
        "each process has another layout of memory, and therefore other times; within one process "
        "this cannot be seen",
        "set the attribute processes to 3 or more, or, on a machine used only for measuring: "
        "sudo sysctl kernel.randomize_va_space=0",
    )
    yield from _walls(machine)


def _frequency(machine: Machine, files: HostFiles) -> Iterator[Finding]:
    yield verdict(
        "governor",
        machine.governor == "performance",
        machine.governor,
        "the frequency follows the load, so the first rounds are slow",
        "sudo cpupower frequency-set --governor performance",
    )
    intel = files.exists(f"{CPU}/intel_pstate/no_turbo")
    yield verdict(
        "turbo",
        machine.turbo == "off",
        machine.turbo,
        "the frequency depends on temperature and on how many cores are busy",
        f"echo 1 | sudo tee /{CPU}/intel_pstate/no_turbo"
        if intel
        else f"echo 0 | sudo tee /{CPU}/cpufreq/boost",
    )
    counters = files.glob(f"{CPU}/cpu[0-9]*/thermal_throttle/*_throttle_count")
    throttled = sum(files.number(path) or 0 for path in counters)
    yield verdict(
        "throttling",
        throttled == 0,
        f"{throttled} times since the start" if counters else "",
        "the processor was too hot and slowed down",
        "cool it better, or lower its highest frequency: sudo cpupower frequency-set --max ...",
    )


def _others(machine: Machine, files: HostFiles) -> Iterator[Finding]:
    yield verdict(
        "load",
        machine.load <= max(0.5, _BUSY * machine.cores),
        f"{machine.load:g} running processes on {machine.cores} processors",
        "other processes take cores, caches and memory bandwidth",
        "stop what else runs, and wait a minute: the load is the mean of the last minute",
    )
    yield verdict(
        "cores",
        machine.cores > 1,
        str(machine.cores),
        "the benchmark shares the only processor with perf and with the system",
        "give this machine or container two processors or more",
    )
    total = files.field("proc/meminfo", "SwapTotal").split()
    free = files.field("proc/meminfo", "SwapFree").split()
    known = bool(total and free and total[0].isdigit() and free[0].isdigit())
    used = int(total[0]) - int(free[0]) if known else 0
    yield verdict(
        "swap",
        used <= _MUCH_SWAP,
        f"{used >> 10} MiB in use" if known else "",
        "memory that a benchmark needs may have to be read from the disk",
        "close programs that need memory, then sudo swapoff -a && sudo swapon -a",
    )


def _walls(machine: Machine) -> Iterator[Finding]:
    yield verdict(
        "virtualisation",
        machine.virtualisation == "none",
        machine.virtualisation,
        "neighbours share the processor, and what they do cannot be seen from here",
        "measure on a dedicated machine, or use only simulation for gates",
    )
    yield verdict(
        "cgroup",
        machine.cgroup in ("max", ""),
        machine.cgroup,
        "when the time of a period is used up, the benchmark stands still until the next period",
        "start the container without a limit of processor time (docker: no --cpus; kubernetes: "
        "requests equal to limits, and the static CPU policy)",
    )
