"""One of the two runs: what it measured of one target, and what is known about how."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.history.rows import Run
from rules_codspeed.judge.baseline import Functions
from rules_codspeed.results.changes import Recorded

# What is compared apart from the other facts, or does not describe how a target was measured.
_LEFT_OUT = frozenset({"schema", "label", "mode", "inputs", "layouts"})
_VERSION = "rules_version"


@dataclass(frozen=True, slots=True)
class Side:
    """What a run measured of one target.

    Attributes:
      name: the run in words.
      benchmarks: numbers by URI; at least one.
      run: the stored run; None where it is a file.
      provenance: how it was measured; None where only the conditions are kept.
      profile: its profile folder; None where there is none.
      costliest: of a baseline, the functions that it holds, by URI.
    """

    name: str
    benchmarks: Mapping[str, Recorded]
    run: Run | None = None
    provenance: Provenance | None = None
    profile: Path | None = None
    costliest: Mapping[str, Functions] = field(default_factory=dict)

    @property
    def inputs(self) -> str:
        """Digest of what was measured; empty where it is not known."""
        return self._any.inputs

    @property
    def conditions(self) -> Mapping[str, str]:
        """What must be equal in two measurements to compare them."""
        return self._any.conditions

    @property
    def _any(self) -> Recorded:
        # All benchmarks of a target have the same inputs and conditions.
        return next(iter(self.benchmarks.values()))


SideOf = Callable[[str, str], Side | None]
"""Gives what a run measured of a target, by label and mode; None if it did not measure it."""


def facts(before: Side, after: Side) -> tuple[dict[str, str], dict[str, str]]:
    """Returns by name what is known about how both were measured.

    That is the whole provenance where both have it, else the conditions, which all runs have.
    """
    if before.provenance and after.provenance:
        return _of_provenance(before.provenance), _of_provenance(after.provenance)
    versions = [_rules_version(one) for one in (before, after)]
    if not all(versions):
        return dict(before.conditions), dict(after.conditions)
    old, new = versions
    return {**before.conditions, _VERSION: old}, {**after.conditions, _VERSION: new}


def _rules_version(side: Side) -> str:
    if side.provenance:
        return side.provenance.rules_version
    return side.run.rules_version if side.run else ""


def _of_provenance(provenance: Provenance) -> dict[str, str]:
    known = dataclasses.asdict(provenance)
    return dict(_flat({name: one for name, one in known.items() if name not in _LEFT_OUT}))


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields each fact with its name, such as `host.libc.version`."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(one, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield name, " ".join(map(_word, value))
    else:
        yield name, "" if value is None else str(value)


def _word(value: object) -> str:
    return " ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
