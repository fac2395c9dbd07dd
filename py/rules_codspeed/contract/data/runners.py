"""The released versions of CodSpeed's runner, and what each of them changed: data only.

Sources: the tags of CodSpeedHQ/codspeed to 5.0.2; release notes and stored sources after that
(spec: simulation 3.1, 4, 16; upload 4.1; walltime 2.4, 5, 9; symbol-harvest 5.3, 11; pins 1).
"""

from __future__ import annotations

from typing import Any, Final

_RELEASES: Final = (
    "4.9.0",
    "4.10.0 4.10.1 4.10.2 4.10.3 4.10.4 4.10.5 4.10.6",
    "4.11.0 4.11.1",
    "4.12.0 4.12.1",
    "4.13.0",
    "4.14.0",
    "4.15.0 4.15.1",
    "4.16.0 4.16.1 4.16.2",
    "4.17.0 4.17.1 4.17.2 4.17.3 4.17.4 4.17.5 4.17.6",
    "4.18.0 4.18.1 4.18.2 4.18.3 4.18.4",
    "4.19.0 4.19.1",
    "5.0.0 5.0.1 5.0.2",
    "5.1.0",
    "5.2.0 5.2.1",
    "5.3.0 5.3.1",
    "5.4.0 5.4.1 5.4.2",
    "5.5.0",
    "5.6.0",
    "5.7.0",
    "5.8.0",
)

RELEASES: Final = [version for line in _RELEASES for version in line.split()]
"""In ascending order; others do not exist, or nobody has described them."""

DEFAULT: Final = "5.1.0"
"""The newest whose archives can be verified: its installer's hash is in tools/archives.json."""

_JAVA: Final = "-XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions "
_JAVA_DUMP: Final = _JAVA + "-XX:+DumpPerfMapAtExit -XX:+DebugNonSafepoints"
_JAVA_AGENT: Final = (
    _JAVA + "-XX:+DebugNonSafepoints -XX:+EnableDynamicAgentLoading "
    "-Djdk.attach.allowAttachSelf=true"
)
_EXEC: Final = frozenset({"simulation/exec", "memory/exec", "walltime/exec"})

SINCE: Final[dict[str, dict[str, Any]]] = {
    "4.9.0": {"metadata_schema": 8, "simulation": True},
    "4.10.6": {"walltime": True, "memory": True},
    "4.11.0": {"tool_first": False, "by_process": False, "unwind_format": 3},
    "4.12.0": {"metadata_schema": 9, "frame_pointers_for_go": True},
    "4.13.0": {"java_options": _JAVA_DUMP, "by_executable": True},
    "4.14.0": {"metadata_schema": 10},
    "4.15.0": {"debug_files": True, "exec_harness": "1.3.0", "java_options": _JAVA_AGENT},
    "4.15.1": {"python_stack": 32768},
    "4.16.0": {"walltime_metadata": True},
    "4.16.2": {"fork_inheritance": True},
    "4.17.0": {"signed_exponents": True},
    "4.17.4": {"exec_purge": True},
    "4.17.5": {"log_by_process": True},
    "4.17.6": {
        "unwind_format": 4,
        "header_optional": True,
        "native_children": "*esbuild,*.rustup-wrapped",
    },
    "5.0.0": {"cycle_estimation": True, "exclude_allocations": True},
    "5.0.1": {"exclude_allocations": False},
    "5.2.0": {"separate_threads": True, "native_children": "*esbuild"},
    "5.4.1": {"exec_harness": "1.4.0", "python_perf_maps": frozenset({"memory"})},
    "5.4.2": {"python_perf_maps": frozenset({"simulation", "memory", "walltime"})},
    "5.5.0": {"python_perf_maps": _EXEC},
}
"""By the first version of a change: the fields of `Runner` that have another value from it on."""
