"""Files beside the profile that hold the time of every round, by benchmark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.walltime.rounds.json_files import read_json

Rounds = dict[str, list[float]]
"""Nanoseconds by iteration of each round, in order, by URI."""


def write_rounds(profile: UntrustedFolder, pid: int, rounds: Mapping[str, Sequence[float]]) -> None:
    """Writes `rounds-<pid>.json`, an object of lists of numbers by URI.

    Raises:
      Refused: something is in the way.
      OSError: it cannot be written.
    """
    with profile.create(f"rounds-{pid}.json") as file:
        file.write(json.dumps(rounds, ensure_ascii=False).encode())


def take_rounds(profile: UntrustedFolder) -> Rounds:
    """Reads all such files and removes them: they are not part of an official profile.

    A URI that several processes report has all their rounds, in the order of the files' names.

    Raises:
      CodSpeedError: one has another shape.
    """
    taken: Rounds = {}
    for name in profile.names():
        if not (name.startswith("rounds-") and name.endswith(".json")):
            continue
        document = read_json(profile, name, "times of rounds")
        if not _is_rounds(document):
            raise BenchmarkError(
                f"the file {profile.path}/{name} does not hold times of rounds",
                got="another shape",
                expected="an object of lists of positive numbers",
                fix="let the benchmark write no file of that name",
            )
        for uri, times in document.items():
            taken.setdefault(uri, []).extend(map(float, times))
        profile.remove(name)
    return taken


def _is_rounds(document: Any) -> bool:
    return isinstance(document, dict) and all(map(_is_times, document.values()))


def _is_times(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(time, (int, float)) and not isinstance(time, bool) and 0 <= time < 1e18
        for time in value
    )
