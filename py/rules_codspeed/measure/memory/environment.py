"""The environment of a program whose memory is measured.

As CodSpeed's runner in this mode, and nothing of the machine: PYTHONMALLOC is left alone, as all
known versions of the runner leave it (spec: memory 10).
"""

from __future__ import annotations

from collections.abc import Mapping

from rules_codspeed.measure.memory.channel import PRELOADED, VARIABLE
from rules_codspeed.measure.stage.environment import common_pins, tunables
from rules_codspeed.measure.stage.staging import Layout

_PRELOAD = "LD_PRELOAD"


def memory_pins(
    layout: Layout, platform: str, user: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Returns the variables that the driver fixes, and the user's others.

    Args:
      layout: the stage.
      platform: one of `spec.PLATFORMS`.
      user: the target's variables; what it preloads is preloaded after ours.
    """
    own = f"{layout.driver}/{PRELOADED}"
    preloaded = f"{own}:{user[_PRELOAD]}" if user.get(_PRELOAD) else own
    pins = {
        **common_pins(layout, platform, "memory"),
        "GLIBC_TUNABLES": tunables(platform),
        _PRELOAD: preloaded,
        "PYTHON_PERF_JIT_SUPPORT": "0",
        VARIABLE: channel_path(layout),
    }
    return pins, {name: value for name, value in user.items() if name != _PRELOAD}


def channel_path(layout: Layout) -> str:
    """Returns where the channel is: a constant place, as its name is part of the environment."""
    return f"{layout.driver}/memory.channel"
