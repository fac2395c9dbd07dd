"""The conditions of a measurement: numbers of different conditions are never compared."""

from __future__ import annotations

from collections.abc import Mapping

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results import contents
from rules_codspeed.results.modes.registry import mode_of

_HOST_KEY = "host_key"
# What holds where an earlier version measured, which did not state it.
_UNSTATED = {"clock": "machine", "compatibility": "none", "track_subprocess": "no"}
# Differs only where both state it: an earlier version did not, and the simulator decided it.
_IF_STATED = frozenset({"cycle_estimation"})


def conditions(provenance: Provenance) -> dict[str, str]:
    """Returns what must be equal in two measurements to compare them, by name."""
    common = {"mode": provenance.mode, "platform": provenance.platform}
    of_mode = dict(mode_of(provenance.mode).conditions(provenance))
    return common | contents.contents(provenance) | of_mode


def incomparable(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Returns why numbers of these conditions cannot be compared; empty if they can."""
    before, after = ({**_UNSTATED, **one} for one in (before, after))
    differing = [
        name
        for name in sorted(before.keys() | after.keys())
        if before.get(name, "") != after.get(name, "") and name not in contents.FACTS
    ]
    differing = [
        name for name in differing if name not in _IF_STATED or (name in before and name in after)
    ]
    if not (before.get(_HOST_KEY) and after.get(_HOST_KEY)):
        # Without a named machine, nothing is known about it that could differ.
        differing = [name for name in differing if name != _HOST_KEY]
    others = [
        f"other {name.replace('_', ' ')}: {after.get(name) or 'none'}, before "
        f"{before.get(name) or 'none'}"
        for name in differing
    ]
    return "; ".join([*contents.difference(before, after), *others])
