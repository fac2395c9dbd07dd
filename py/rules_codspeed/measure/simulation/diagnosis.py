"""Finds what made a simulated run fail, where that is not the program itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.contract.escaping import printable
from rules_codspeed.measure.frameworks.built import Built
from rules_codspeed.measure.simulation.hints import HINTS
from rules_codspeed.measure.simulation.illegal import Illegal

_LONGEST_QUOTE = 300  # characters
# What is beyond in a line is not looked at: a program may print one of any length.
_LONG_LINE = re.compile(rb"^([^\n]{1000})[^\n]+", re.MULTILINE)
_PREFIX = re.compile(rb"^(?:==|--|\*\*)\d+(?:==|--|\*\*)\s*")
# Where Valgrind's stack of a signal starts.
_PLACE = re.compile(rb"\(SIGILL\)\n(?:[^\n]*\n){0,3}?[^\n]*\bat 0x[0-9A-F]+: ([^\n]+)")


class Diagnosis(NamedTuple):
    """What happened, and the next step, both without a period.

    Attributes:
      what: empty where only the program can explain it.
      fix: the next step.
      sure: whether it explains a failure even of a program that may fail by itself.
    """

    what: str
    fix: str
    sure: bool = True


def diagnosis(logs: Sequence[bytes], built: Built) -> Diagnosis | None:
    """Returns what the first hint that fits says; None if none fits.

    Args:
      logs: what the simulator and the program printed, the former first.
      built: how the program was built.
    """
    logs = [_LONG_LINE.sub(rb"\1", log) for log in logs]
    for hint in HINTS:
        for log in logs:
            if found := re.search(hint.pattern, log):
                fix = (built.split and hint.fix_split) or (built.go and hint.fix_go) or hint.fix
                quoted = _quoted(_lines(log, found.start(), found.end()))
                return Diagnosis(f"{hint.what}: {quoted}", fix, hint.sure)
    return None


def of_illegal(instruction: Illegal | None, log: bytes) -> Diagnosis | None:
    """Returns why a run was killed by SIGILL; None where the program stopped itself.

    Args:
      instruction: that Valgrind names.
      log: Valgrind's.
    """
    if instruction is None or instruction.trap:
        return None
    place = _PLACE.search(log)
    where = f", in {_quoted(place[1])}" if place else ""
    extension = instruction.extension
    if not extension:
        return Diagnosis(
            f"the simulator does not know an instruction ({instruction.shown}){where}",
            "compile for an older processor: no -march=native, no target_clones and no target "
            "attribute for a newer one",
        )
    return Diagnosis(
        f"the simulator does not know instructions of {extension.name} "
        f"({instruction.shown}){where}",
        f"compile what is measured without {extension.name}: no -march=native, no -m option, "
        f"target attribute or target_clones for it, or {extension.option} as the last option "
        "(Rust: -C target-cpu=x86-64-v2; Go: GOAMD64=v2); for a library that chooses by itself, "
        "set its variable in env, such as OPENBLAS_CORETYPE=Haswell or NPY_DISABLE_CPU_FEATURES",
    )


def _lines(log: bytes, start: int, end: int) -> bytes:
    """Returns the whole lines that a part of a log is in."""
    after = log.find(b"\n", end)
    return log[log.rfind(b"\n", 0, start) + 1 : after if after >= 0 else len(log)]


def _quoted(line: bytes) -> str:
    text = b" ".join(_PREFIX.sub(b"", one) for one in line.split(b"\n"))
    return printable(text[:_LONGEST_QUOTE].decode("utf-8", "backslashreplace").strip()).rstrip(".")
