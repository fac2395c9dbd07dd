"""What a regression test is about, as rules/private/regression_test.bzl writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.limits import Limits, Rules, default_rules, parse_limits


@dataclass(frozen=True, slots=True)
class Target:
    """One measurement that is judged. Paths are those of runfiles."""

    label: str
    mode: str
    results: Path
    profile: Path


@dataclass(frozen=True, slots=True)
class Config:
    """What a regression test is about.

    Attributes:
      test: label of the test.
      baseline: file with the baseline; None before the first update.
      source: where it is in the source tree, relative to its root.
      targets: what is judged.
      limits: as people wrote them: `limits`, `budget` and `overrides`.
    """

    test: str
    baseline: Path | None
    source: str
    targets: tuple[Target, ...]
    limits: Mapping[str, Any]

    def rules_of(self, label: str, mode: str) -> Rules:
        """Returns the limits of a target: the defaults of its mode, where none are named.

        Raises:
          CodSpeedError: they cannot be followed.
        """
        try:
            common = _limits(self.limits)
            if not self.limits.get("limits"):
                defaults = default_rules(mode).common.relative
                common = Limits(dict(defaults), common.budget)
            overrides = {pattern: _limits(one) for pattern, one in self.limits["overrides"].items()}
        except CodSpeedError as error:
            raise error.about(f"{self.test}, for {label}") from error
        return Rules(common, overrides)


def _limits(document: Any) -> Limits:
    known = {"limits", "budget", "overrides"}
    if not isinstance(document, dict) or not document.keys() <= known:
        raise CodSpeedError(
            "overrides are no limits",
            got=repr(document),
            expected="a dict with 'limits', 'budget' or both",
            fix="write {'*::sort*': {'limits': {'Ir': '5%'}}}",
        )
    return parse_limits(document.get("limits", {}), document.get("budget", {}))


def read_config(path: Path, runfiles: Path) -> Config:
    """Reads the file that the rule writes.

    Args:
      path: the file.
      runfiles: folder that its paths are relative to.

    Raises:
      OSError: it cannot be read.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    targets = tuple(
        Target(one["label"], one["mode"], runfiles / one["results"], runfiles / one["profile"])
        for one in document["targets"]
    )
    baseline = runfiles / document["baseline"] if document["baseline"] else None
    return Config(
        document["test"], baseline, document["baseline_source"], targets, document["limits"]
    )
