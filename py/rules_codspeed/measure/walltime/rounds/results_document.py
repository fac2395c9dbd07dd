"""Composes and writes a results file, as integrations do (spec: walltime 6.1, 6.2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.walltime.rounds.round_statistics import Statistics


class Creator(NamedTuple):
    """The integration that measured.

    Attributes:
      name: of the integration.
      version: of the integration.
      pid: id of the process that wrote the results.
    """

    name: str
    version: str
    pid: int


class Limits(NamedTuple):
    """What a benchmark was measured with; None where the integration has no such number.

    Attributes:
      warmup_time_ns: time before the first round.
      min_round_time_ns: least time of a round.
      max_time_ns: most time of all rounds.
      max_rounds: most rounds.
    """

    warmup_time_ns: float | None = None
    min_round_time_ns: float | None = None
    max_time_ns: float | None = None
    max_rounds: int | None = None


_NO_LIMITS = Limits()


def benchmark_entry(
    name: str, uri: str, statistics: Statistics, limits: Limits = _NO_LIMITS
) -> dict[str, Any]:
    """Returns one entry of `benchmarks`."""
    return {
        "name": name,
        "uri": uri,
        "config": limits._asdict(),
        "stats": statistics._asdict(),
    }


def results_json(creator: Creator, benchmarks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns a whole document."""
    return {
        "creator": creator._asdict(),
        "instrument": {"type": "walltime"},
        "benchmarks": list(benchmarks),
    }


def write_results(profile: UntrustedFolder, document: dict[str, Any]) -> str:
    """Writes a document to `results/<pid>.json`; returns that name.

    Raises:
      Refused: something is in the way.
      OSError: it cannot be written.
    """
    name = f"results/{document['creator']['pid']}.json"
    text = json.dumps(document, indent=2, ensure_ascii=False)
    with profile.create(name) as file:
        file.write(f"{text}\n".encode())
    return name
