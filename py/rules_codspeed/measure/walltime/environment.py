"""The environment of a program whose time is measured (spec: walltime 5).

What simulation fixes beyond that would change the time: the allocator, string functions,
address randomisation.
"""

from __future__ import annotations

from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.measure.stage.environment import common_pins
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.walltime.perf.unwinding import FRAME_POINTERS


def walltime_pins(layout: Layout, platform: str, runner: Runner, call_graph: str) -> dict[str, str]:
    """Returns the variables that the driver fixes.

    Args:
      layout: the stage.
      platform: one of `spec.PLATFORMS`.
      runner: version of CodSpeed's runner to follow.
      call_graph: how perf finds call chains; see `unwinding`.
    """
    pins = {
        **common_pins(layout, platform, "walltime"),
        # CPython 3.13 and later write /tmp/jit-<pid>.dump from the start.
        "PYTHON_PERF_JIT_SUPPORT": "1",
    }
    if runner.java_options:
        pins["JAVA_TOOL_OPTIONS"] = runner.java_options
    if call_graph == FRAME_POINTERS and runner.frame_pointers_for_go:
        pins["CODSPEED_GO_SUPPRESS_PERF_UNWINDING_MODE_WARNING"] = "true"
    return pins
