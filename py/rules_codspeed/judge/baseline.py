"""The baseline: numbers of the source tree that a test judges by.

It is read by people, in reviews: one line a number, in a fixed order, and only what is judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rules_codspeed.judge.accepted import Accepted
from rules_codspeed.results.changes import Key, Recorded

SCHEMA = "rules_codspeed.baseline/1"
MOST_ROUNDS = 50
"""Times that are kept of a benchmark: enough to find a difference, few enough to read."""

MOST_FUNCTIONS = 10
"""Functions of a benchmark that are kept."""
LEAST_SHARE = 100
"""A function that costs less than one in so many explains nothing."""

Functions = Mapping[str, Mapping[str, int]]
"""Cost by metric, by name of the function."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a test judges by.

    Attributes:
      accepted: changes that are accepted for a while.
      benchmarks: what was measured.
      functions: the costliest functions of each benchmark, which a failure is explained by.
    """

    accepted: tuple[Accepted, ...] = ()
    benchmarks: Mapping[Key, Recorded] = field(default_factory=dict)
    functions: Mapping[Key, Functions] = field(default_factory=dict)


def baseline_text(baseline: Baseline) -> str:
    """Returns the text of a baseline; equal baselines give equal bytes."""
    targets: dict[tuple[str, str], list[Key]] = {}
    for key in sorted(baseline.benchmarks):
        targets.setdefault(key[:2], []).append(key)
    accepted = [f"  {_json(one.document())}" for one in baseline.accepted]
    return "\n".join(
        [
            "{",
            f' "schema": {_json(SCHEMA)},',
            ' "accepted": [' + _block(accepted, " ") + "],",
            ' "targets": [',
            ",\n".join(_target_text(baseline, *target, keys) for target, keys in targets.items()),
            " ]",
            "}\n",
        ]
    )


def _target_text(baseline: Baseline, label: str, mode: str, keys: Sequence[Key]) -> str:
    conditions = baseline.benchmarks[keys[0]].conditions
    lines = [f"    {_json(name)}: {_json(value)}" for name, value in sorted(conditions.items())]
    return "\n".join(
        [
            "  {",
            f'   "label": {_json(label)},',
            f'   "mode": {_json(mode)},',
            '   "conditions": {' + _block(lines, "   ") + "},",
            '   "benchmarks": {',
            ",\n".join(_benchmark_text(baseline, key) for key in keys),
            "   }",
            "  }",
        ]
    )


def _benchmark_text(baseline: Baseline, key: Key) -> str:
    one = baseline.benchmarks[key]
    metrics = [f"      {_json(name)}: {_json(value)}" for name, value in one.metrics.items()]
    functions = [
        f"      {_json(name)}: {_json(costs)}"
        for name, costs in sorted(baseline.functions.get(key, {}).items())
    ]
    return "\n".join(
        [
            f"    {_json(key[2])}: {{",
            '     "metrics": {' + _block(metrics, "     ") + "},",
            f'     "rounds_ns": {_json(one.rounds_ns)},',
            '     "functions": {' + _block(functions, "     ") + "}",
            "    }",
        ]
    )


def _block(lines: Iterable[str], indent: str) -> str:
    text = ",\n".join(lines)
    return f"\n{text}\n{indent}" if text else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
