"""Address space randomisation, switched off for this process and all that it starts.

It does what `setarch -R` does, without that program (spec: simulation 2).
"""

from __future__ import annotations

import ctypes
import os

from rules_codspeed.contract.errors import CodSpeedError

_ADDR_NO_RANDOMIZE = 0x0040000  # <linux/personality.h>
_QUERY = 0xFFFFFFFF


def switch_aslr_off(allowed: bool) -> str:
    """Switches address randomisation off.

    Args:
      allowed: whether to go on where the kernel refuses.

    Returns:
      `off`, or `allowed` where the kernel refused.

    Raises:
      CodSpeedError: the kernel refused and that is not allowed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.personality.argtypes = [ctypes.c_ulong]
    current = libc.personality(_QUERY)
    if current != -1 and libc.personality(current | _ADDR_NO_RANDOMIZE) != -1:
        return "off"
    if allowed:
        return "allowed"
    raise CodSpeedError(
        "address randomisation cannot be switched off, so numbers would not be repeatable",
        got=f"personality(2): {os.strerror(ctypes.get_errno())}",
        expected="a kernel and container that allow personality(ADDR_NO_RANDOMIZE)",
        fix="let the container's seccomp profile allow the system call personality, or measure all "
        "the "
        "same with --@rules_codspeed//rules/settings:allow_aslr",
    )
