"""The baseline: numbers of the source tree that a test judges by.

It is read by people, in reviews: one line a number, in a fixed order, and only what is judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.judge.accepted import Accepted, parse_accepted
from rules_codspeed.results.comparison import Key, Recorded

SCHEMA = "rules_codspeed.baseline/1"
MOST_ROUNDS = 50
"""Times that are kept of a benchmark: enough to tell two apart, few enough to read."""

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


def read_baseline(path: Path, source: str) -> Baseline:
    """Reads a baseline.

    Args:
      path: the file.
      source: what to call it in errors.

    Raises:
      CodSpeedError: it is none, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return parse_baseline(text)
    except (OSError, ValueError) as error:
        raise CodSpeedError(
            f"the baseline {source} cannot be used",
            got=error,
            expected="what an update wrote",
            fix="correct that line, or remove the file and run the update anew",
        ) from error


def parse_baseline(text: str) -> Baseline:
    """Parses the text of a baseline.

    Raises:
      ValueError: it is none; the message tells where.
    """
    document = _checked(json.loads(text), {"schema", "accepted", "targets"}, "the document")
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}, not {SCHEMA!r}")
    benchmarks: dict[Key, Recorded] = {}
    functions: dict[Key, Functions] = {}
    for target in _list(document["targets"], "targets"):
        _checked(target, {"label", "mode", "conditions", "benchmarks"}, "a target")
        where = f"{target['label']} ({target['mode']})"
        conditions = _texts(target["conditions"], f"conditions of {where}")
        for uri, one in _object(target["benchmarks"], f"benchmarks of {where}").items():
            key = (str(target["label"]), str(target["mode"]), uri)
            _checked(one, {"metrics", "rounds_ns", "functions"}, uri)
            rounds = _rounds(one["rounds_ns"], uri)
            benchmarks[key] = Recorded(_numbers(one["metrics"], uri), rounds, conditions)
            functions[key] = {
                name: {metric: int(value) for metric, value in _numbers(costs, uri).items()}
                for name, costs in _object(one["functions"], uri).items()
            }
    accepted = tuple(parse_accepted(one) for one in _list(document["accepted"], "accepted"))
    return Baseline(accepted, benchmarks, functions)


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


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no object")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is no list")
    return value


def _checked(value: Any, fields: set[str], where: str) -> dict[str, Any]:
    for name in sorted(_object(value, where).keys() ^ fields):
        raise ValueError(f"{where} has {'an unknown' if name in value else 'no'} field {name!r}")
    return _object(value, where)


def _texts(value: Any, where: str) -> dict[str, str]:
    for name, text in _object(value, where).items():
        if not isinstance(text, str):
            raise ValueError(f"{where}: {name} is no text")
    return _object(value, where)


def _numbers(value: Any, where: str) -> dict[str, int | float]:
    for name, number in _object(value, where).items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"{where}: {name} is no number: {number!r}")
        if not 0 <= number < float("inf"):
            raise ValueError(f"{where}: {name} cannot be {number!r}")
    return _object(value, where)


def _rounds(value: Any, where: str) -> list[list[float]]:
    times = [_list(one, f"rounds_ns of {where}") for one in _list(value, f"rounds_ns of {where}")]
    flat = [time for one in times for time in one]
    _numbers(dict(zip(map(str, range(len(flat))), flat, strict=True)), f"rounds_ns of {where}")
    return times
