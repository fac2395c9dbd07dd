"""What the doctor reports about machines, from what their kernels have in /proc and /sys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.provenance import Machine
from rules_codspeed.doctor import main as command
from rules_codspeed.doctor.finding import Finding
from rules_codspeed.doctor.memory import memory
from rules_codspeed.doctor.noise import noise
from rules_codspeed.doctor.profiling import Tried, profiling, try_perf
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.walltime.machine.machine import read_machine
from rules_codspeed.measure.walltime.perf.perf import Perf, Recording
from rules_codspeed.measure.walltime.perf.probe import Availability

CPU = "sys/devices/system/cpu"
QUIET = {
    "proc/sys/kernel/randomize_va_space": "0",
    "proc/sys/kernel/perf_event_paranoid": "-1",
    "proc/sys/kernel/kptr_restrict": "0",
    "proc/sys/kernel/perf_event_mlock_kb": "516",
    "proc/loadavg": "0.02 0.1 0.2 1/99 1",
    "proc/self/cgroup": "0::/",
    "proc/meminfo": "MemTotal: 8 kB\nSwapTotal: 1000000 kB\nSwapFree: 999000 kB\n",
    "sys/fs/cgroup/cpu.max": "max 100000",
    f"{CPU}/smt/active": "0",
    f"{CPU}/intel_pstate/no_turbo": "1",
    f"{CPU}/cpu0/cpufreq/scaling_governor": "performance",
    f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "0",
    f"{CPU}/cpu0/thermal_throttle/package_throttle_count": "0",
}
HOW = Recording("dwarf,8192", True)
PERF = Perf("/usr/bin/perf", "6.1.0", True, False)
WORKS = Tried(PERF, "", Availability("recorded", "", "cycles", HOW))


def examine(
    folder: Path,
    files: Mapping[str, str],
    tried: Tried = WORKS,
    cores: int = 8,
    root: bool = False,
    memlock: int = 8 << 20,
) -> dict[str, Finding]:
    """Findings by name, on a machine with these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    host = HostFiles(str(folder))
    found = [*noise(read_machine(host, cores), host), *profiling(tried, host, root, memlock)]
    return {finding.name: finding for finding in found}


def test_quiet_machine(tmp_path: Path) -> None:
    found = examine(tmp_path, QUIET)
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(found, "ok")
    assert len(found) == 16


@pytest.mark.parametrize(
    ("file", "content", "name", "got", "fix"),
    [
        (f"{CPU}/cpu0/cpufreq/scaling_governor", "powersave", "governor", "powersave", "cpupower"),
        (f"{CPU}/intel_pstate/no_turbo", "0", "turbo", "on", "echo 1 | sudo tee /sys/devices"),
        (f"{CPU}/smt/active", "1", "smt", "on", "echo off | sudo tee /sys/devices"),
        (
            f"{CPU}/cpu0/thermal_throttle/package_throttle_count",
            "7",
            "throttling",
            "7 times",
            "cool",
        ),
        ("proc/loadavg", "5.5 1 1 1/1 1", "load", "5.5 running processes on 8", "stop what else"),
        ("proc/sys/kernel/randomize_va_space", "2", "aslr", "on", "randomize_va_space=0"),
        ("proc/meminfo", "SwapTotal: 900000 kB\nSwapFree: 0 kB", "swap", "878 MiB", "swapoff"),
        (".dockerenv", "", "virtualisation", "docker", "a dedicated machine"),
        ("sys/fs/cgroup/cpu.max", "150000 100000", "cgroup", "150000/100000", "--cpus"),
        ("proc/sys/kernel/perf_event_paranoid", "4", "perf_event_paranoid", "4", "paranoid=1"),
        ("proc/sys/kernel/kptr_restrict", "2", "kptr_restrict", "2", "kptr_restrict=0"),
    ],
)
def test_warnings(tmp_path: Path, file: str, content: str, name: str, got: str, fix: str) -> None:
    found = examine(tmp_path, {**QUIET, file: content})
    assert [one.name for one in found.values() if one.state == "warn"] == [name]
    assert got in found[name].got
    assert fix in found[name].fix
    assert found[name].why


def test_turbo_without_intel(tmp_path: Path) -> None:
    files = {name: text for name, text in QUIET.items() if "intel" not in name}
    found = examine(tmp_path, {**files, f"{CPU}/cpufreq/boost": "1"})
    assert "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost" in found["turbo"].fix


def test_single_processor(tmp_path: Path) -> None:
    assert examine(tmp_path, QUIET, cores=1)["cores"].state == "warn"


def test_root_may_lock_memory(tmp_path: Path) -> None:
    files = {"proc/sys/kernel/perf_event_mlock_kb": "1"}
    found = examine(tmp_path, {**QUIET, **files}, root=True, memlock=0)
    assert "warn" not in {one.state for one in found.values()}


def test_root_of_a_sandbox_samples_no_kernel(tmp_path: Path) -> None:
    files = {**QUIET, "proc/sys/kernel/perf_event_paranoid": "2"}
    found = examine(tmp_path, files, root=True)["perf_event_paranoid"]
    assert found.state == "warn"
    assert "sandbox" in found.why
    assert "--strategy=CodSpeedWalltime=local" in found.fix


def test_locked_memory(tmp_path: Path) -> None:
    files = {**QUIET, "proc/sys/kernel/perf_event_mlock_kb": "64"}
    found = examine(tmp_path, files, memlock=64 << 10)["locked memory"]
    assert found.state == "warn"
    assert "64 KiB per processor for perf, 64 KiB for the process" in found.got
    assert examine(tmp_path, files, memlock=-1)["locked memory"].state == "ok"


def test_no_hardware_counters(tmp_path: Path) -> None:
    clock = Tried(PERF, "", Availability("recorded", "", "cpu-clock", HOW))
    found = examine(tmp_path, QUIET, clock)["hardware counters"]
    assert found.state == "warn"
    assert found.got == "samples by cpu-clock"


def test_perf_without_compression(tmp_path: Path) -> None:
    plain = WORKS._replace(perf=PERF._replace(compresses=False))
    assert examine(tmp_path, QUIET, plain)["perf compression"].state == "warn"


@pytest.mark.parametrize(
    ("blocks", "flags", "release", "warned"),
    [
        (1 << 20, 0, "6.1.0-9-amd64", set()),
        (1 << 20, os.ST_NOEXEC | os.ST_NOSUID, "6.1.0", {"memory mode"}),
        (1 << 10, 0, "4.14", {"memory mode"}),
        (1 << 20, 0, "4.9.0", {"forks"}),
    ],
)
def test_memory_mode(
    tmp_path: Path, blocks: int, flags: int, release: str, warned: set[str]
) -> None:
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/osrelease").write_text(release)
    place = os.statvfs_result((4096, 4096, 0, 0, blocks, 0, 0, 0, flags, 255))
    found = list(memory(HostFiles(str(tmp_path)), place))
    assert {one.name for one in found if one.state == "warn"} == warned
    assert all(one.state in ("ok", "warn") for one in found)


def test_memory_mode_on_this_machine() -> None:
    assert [one.name for one in memory(HostFiles())] == ["memory mode", "forks"]


def test_forbidden(tmp_path: Path) -> None:
    reason = "perf may not record. Got: level 4. Expected: leave. Fix: sudo sysctl x=1."
    forbidden = Tried(PERF, "", Availability("forbidden", reason, "", HOW))
    found = examine(tmp_path, QUIET, forbidden)["recording"]
    assert found == Finding(
        "recording",
        "warn",
        "forbidden",
        "perf may not record. Got: level 4. Expected: leave.",
        "sudo sysctl x=1",
    )


def test_missing() -> None:
    tried = try_perf("/nonexistent/perf")
    assert tried.perf is None
    assert "/nonexistent/perf" in tried.reason


def test_too_old(tmp_path: Path) -> None:
    old = tmp_path / "perf"
    old.write_text("#!/bin/sh\necho perf version 4.9\n")
    old.chmod(0o755)
    found = examine(tmp_path / "root", QUIET, try_perf(str(old)))["perf"]
    assert found.state == "warn"
    assert "version 4.9" in found.why
    assert "install perf" in found.fix


def test_machine_that_reports_nothing(tmp_path: Path) -> None:
    found = examine(tmp_path, {})
    unknown = {name for name, one in found.items() if one.state == "unknown"}
    assert unknown >= {"governor", "turbo", "smt", "throttling", "swap", "aslr", "cgroup"}
    assert all(one.fix == "" for one in found.values() if one.state != "warn")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(QUIET)), st.text(max_size=40)))
def test_any_content(tmp_path: Path, files: dict[str, str]) -> None:
    files = {name: "".join(c for c in text if c < "\ud800") for name, text in files.items()}
    found = examine(tmp_path, files)
    assert len(found) == 16
    assert all((one.state == "warn") == bool(one.fix) for one in found.values())


def test_text(tmp_path: Path) -> None:
    found = list(examine(tmp_path, {**QUIET, f"{CPU}/smt/active": "1"}).values())
    machine = Machine("A CPU", 8, "6.1", "performance", "off", "on", "off", "none", "max", 0.0)
    lines = command.as_text(machine, found).splitlines()
    assert lines[0] == "A CPU, kernel 6.1"
    at = next(n for n, line in enumerate(lines) if line.startswith("warn    smt"))
    assert lines[at + 1].startswith("        why: ")
    assert lines[at + 2].startswith("        fix: echo off | sudo tee /")
    assert lines[-1] == "1 of 16 things to fix"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the doctor on this machine."""
    code = "import sys; from rules_codspeed.doctor.main import main; sys.exit(main())"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command() -> None:
    ended = run("--perf", "/nonexistent/perf")
    assert ended.returncode == 0, ended.stderr
    assert "warn    perf " in ended.stdout
    assert "things to fix" in ended.stdout


def test_command_as_json_and_strict() -> None:
    ended = run("--perf", "/nonexistent/perf", "--format", "json", "--strict")
    assert ended.returncode == 1, ended.stderr
    document = json.loads(ended.stdout)
    assert document["schema"] == 1
    assert document["machine"]["cores"] >= 1
    states = {one["name"]: one["state"] for one in document["findings"]}
    assert states["perf"] == "warn"
    assert states.keys() >= {"governor", "load", "aslr", "kptr_restrict"}
