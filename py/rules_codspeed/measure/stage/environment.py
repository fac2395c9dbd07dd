"""The environment of a measured program: built from nothing, the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Mapping

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage.staging import Layout

# glibc chooses string functions by what the processor can do. All that it chooses by is
# masked, down to what every x86-64 processor has; the sizes of caches, by which it chooses
# too, are those of the simulated caches.
# Names: https://sourceware.org/glibc/manual/latest/html_node/Hardware-Capability-Tunables.html
_X86_MASKED = (
    "AVX,AVX2,AVX512BW,AVX512CD,AVX512DQ,AVX512ER,AVX512F,AVX512PF,AVX512VL,"
    "AVX_Fast_Unaligned_Load,BMI1,BMI2,ERMS,FMA,FMA4,FSRM,LZCNT,MOVBE,POPCNT,RTM,"
    "SSE4_1,SSE4_2,SSSE3,XSAVE,XSAVEC"
)
_TUNABLES = {
    "linux_x86_64": {
        "cpu.hwcaps": ",".join(f"-{name}" for name in _X86_MASKED.split(",")),
        "cpu.x86_data_cache_size": "32768",
        "cpu.x86_shared_cache_size": "8388608",
        "cpu.x86_non_temporal_threshold": "6291456",
        "cpu.x86_rep_movsb_threshold": "2048",
        "cpu.x86_rep_stosb_threshold": "2048",
    },
    # The loader of glibc 2.36 looks into folders of the processor's extensions. The rest is up to
    # rules/kernel/auxiliary.c.
    "linux_aarch64": {"cpu.name": "generic", "cpu.hwcap_mask": "0"},
}
# Of every measured program.
PATH = "/usr/bin:/bin"
# Variables that would silently change the command line of the simulator.
_RESERVED = ("VALGRIND_OPTS", "VALGRIND_LAUNCHER")
# Pinned here, and not by CodSpeed's runner.
_OURS = ("GLIBC_TUNABLES", "LC_ALL", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "TZ")
SIMULATOR_LIB = "VALGRIND_LIB"
"""The variable that names the folder of the simulator's tools."""
# Only a program that is measured sees these.
_RUNNER = (
    "CODSPEED_BENCH_URI",
    "CODSPEED_ENV",
    "CODSPEED_MEMORY_CHANNEL",
    "CODSPEED_PROFILE_FOLDER",
    "CODSPEED_RUNNER_MODE",
    "LD_PRELOAD",
    SIMULATOR_LIB,
)


def machine(platform: str) -> str:
    """Returns the processor of a platform, in the spelling of `uname -m`."""
    return platform.removeprefix("linux_")


def check_this_machine(spec: Spec) -> None:
    """Raises CodSpeedError if the platform that is measured is another one than this."""
    if os.uname().machine != machine(spec.platform):
        raise CodSpeedError(
            f"{spec.label} cannot be measured on this machine",
            got=os.uname().machine,
            expected=machine(spec.platform),
            fix="let the action run on a machine of the measured platform",
        )


def common_pins(layout: Layout, platform: str, mode: str) -> dict[str, str]:
    """Returns the variables that the driver fixes in every mode.

    Args:
      layout: the stage.
      platform: one of `spec.PLATFORMS`.
      mode: what CodSpeed's runner calls it.
    """
    return {
        "ARCH": machine(platform),
        # Any value makes CodSpeed's C++ integration take __FILE__ as it is.
        "BUILD_WORKSPACE_DIRECTORY": layout.main,
        "CODSPEED_CARGO_WORKSPACE_ROOT": layout.cargo,
        "CODSPEED_ENV": "runner",
        "CODSPEED_PROFILE_FOLDER": layout.profile,
        "CODSPEED_RUNNER_MODE": mode,
        "HOME": layout.home,
        "LC_ALL": "C",
        "PATH": PATH,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "RUNFILES_DIR": layout.work,
        "TMPDIR": layout.tmp,
        "TZ": "UTC",
    }


def pins(layout: Layout, platform: str, simulator_lib: str) -> dict[str, str]:
    """Returns the variables that simulation fixes: the runner's (spec: simulation 4) and more.

    Args:
      layout: the stage.
      platform: one of `spec.PLATFORMS`.
      simulator_lib: absolute path of the simulator's tools.
    """
    return {
        **common_pins(layout, platform, "instrumentation"),
        "GLIBC_TUNABLES": tunables(platform),
        "PYTHONMALLOC": "malloc",
        "PYTHON_PERF_JIT_SUPPORT": "0",
        SIMULATOR_LIB: simulator_lib,
    }


def as_the_runner(pinned: Mapping[str, str]) -> dict[str, str]:
    """Returns the pinned variables without those that CodSpeed's runner leaves as they are."""
    return {name: value for name, value in pinned.items() if name not in _OURS}


def tunables(platform: str) -> str:
    """Returns the variable that fixes what glibc chooses by the processor of a platform."""
    return ":".join(f"glibc.{name}={value}" for name, value in _TUNABLES[platform].items())


def with_user_variables(
    pinned: Mapping[str, str], user: Mapping[str, str], label: str
) -> dict[str, str]:
    """Adds the target's own variables.

    Raises:
      CodSpeedError: one of them is pinned to another value.
    """
    for name in sorted(user):
        if pinned.get(name, user[name]) != user[name] or name in _RESERVED:
            raise BenchmarkError(
                f"{label} sets the variable {name}, which the measurement has to fix",
                got=f"{name}={user[name]}",
                expected=f"{name}={pinned[name]}" if name in pinned else f"no {name}",
                fix=f"remove {name} from the attribute env",
            )
    return dict(sorted({**pinned, **user}.items()))


def without_runner(environment: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of a run that is not measured: integrations stay passive."""
    return {
        # What the user preloads follows what the driver does: only the former stays.
        name: user.get(name, value)
        for name, value in environment.items()
        if name in user or name not in _RUNNER
    }
