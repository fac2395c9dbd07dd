"""What the doctor reports about one thing."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One line of the doctor.

    Attributes:
      name: of what was checked.
      state: `ok`, `warn`, or `unknown` if the machine does not report it.
      got: what was found.
      why: the reason why it matters; empty if all is well.
      fix: the next step; empty if all is well.
    """

    name: str
    state: Literal["ok", "warn", "unknown"]
    got: str
    why: str = ""
    fix: str = ""


def verdict(name: str, good: bool, got: str, why: str, fix: str) -> Finding:
    """Returns a finding: `unknown` if `got` is empty, otherwise `ok` or `warn`."""
    if not got:
        return Finding(name, "unknown", "this machine does not report it")
    return Finding(name, "ok", got) if good else Finding(name, "warn", got, why, fix)
