"""The environment of a program whose time is measured (spec/walltime.md 5).

What simulation fixes beyond it would move the time: the allocator, string functions,
address randomisation.
"""

from __future__ import annotations

from rules_codspeed.measure.stage.environment import common_pins
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.walltime.perf.unwinding import FRAME_POINTERS

Version = tuple[int, ...]

_GO_WARNS_SINCE: Version = (4, 12, 0)
_JAVA_SINCE: Version = (4, 13, 0)
_JAVA = (
    "-XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions -XX:+DebugNonSafepoints "
    "-XX:+EnableDynamicAgentLoading -Djdk.attach.allowAttachSelf=true"
)


def parse_runner_version(text: str) -> Version:
    """Returns the numbers of a version such as `5.0.2`, which the spec has checked."""
    return tuple(int(number) for number in text.split("."))


def walltime_pins(
    layout: Layout, platform: str, runner: Version, call_graph: str
) -> dict[str, str]:
    """Returns the variables that the driver fixes.

    Args:
      layout: the stage.
      platform: one of `spec.PLATFORMS`.
      runner: version of CodSpeed's runner to behave like.
      call_graph: how perf finds call chains; see `unwinding`.
    """
    pins = {
        **common_pins(layout, platform, "walltime"),
        # CPython 3.13 and later write /tmp/jit-<pid>.dump from the start.
        "PYTHON_PERF_JIT_SUPPORT": "1",
    }
    if runner >= _JAVA_SINCE:
        pins["JAVA_TOOL_OPTIONS"] = _JAVA
    if call_graph == FRAME_POINTERS and runner >= _GO_WARNS_SINCE:
        pins["CODSPEED_GO_SUPPRESS_PERF_UNWINDING_MODE_WARNING"] = "true"
    return pins
