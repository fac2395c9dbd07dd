"""Which instruction a simulator does not know."""

from __future__ import annotations

import re
from typing import NamedTuple

from rules_codspeed.measure.simulation.extensions import ARM, X86, Extension

DIAGNOSTICS = "--sigill-diagnostics=yes"
"""Valgrind's option that has it print the instruction; `-q` switches it off."""

_TRAPS = re.compile("0f(?:0b|b9|ff)")  # ud2, ud1, ud0
# Sizes of operands and addresses, segments, repetition, lock, and REX.
_PREFIXES = re.compile("(?:66|67|26|2e|36|3e|64|65|f2|f3|f0)*(?:4[0-9a-f])?")
_BYTES = re.compile(rb"unhandled instruction bytes: ((?:0x[0-9A-F]{1,2} ?)+)")
_WORD = re.compile(rb"disInstr\(arm64\): unhandled instruction 0x([0-9A-F]{8})")


class Illegal(NamedTuple):
    """An instruction that the simulator does not know.

    Attributes:
      shown: its first bytes, or its word, in hex.
      extension: that it is of; None if that is not known.
      trap: whether it is there to stop the program.
    """

    shown: str
    extension: Extension | None
    trap: bool


def illegal_instruction(log: bytes) -> Illegal | None:
    """Returns the last one that Valgrind's log names; None if it names none."""
    if found := _BYTES.findall(log):
        digits = "".join(f"{int(one, 16):02x}" for one in found[-1].split())
        own = _PREFIXES.sub("", digits, count=1)
        extension = next((one for pattern, one in X86 if re.match(pattern, own)), None)
        return Illegal(digits, extension, bool(_TRAPS.match(own)))
    if words := _WORD.findall(log):
        word = int(words[-1], 16)
        extension = next((one for mask, value, one in ARM if word & mask == value), None)
        return Illegal(f"{word:08x}", extension, word >> 16 == 0)
    return None
