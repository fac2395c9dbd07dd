"""Pytest plugin: keeps the time of each round that pytest-codspeed measures on the clock.

Loaded by pytest_main.py in the interpreter that is measured: imports nothing of the driver.
pytest-codspeed writes statistics only. They are computed in one place from the times of all
rounds, after the measurement; that place is watched, and nothing that is written changes.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_PLUGIN = "codspeed_plugin"
_TIMES = "times_per_round_ns"
_ITERATIONS = "iter_per_round"


class RoundTimes:
    """Writes `$CODSPEED_PROFILE_FOLDER/rounds-<pid>.json`: nanoseconds by iteration, by URI."""

    def __init__(self) -> None:
        # Statistics objects, which the benchmarks hold too, and the times that they are of.
        self._taken: list[tuple[Any, list[float]]] = []
        self._undo: Callable[[], None] | None = None

    def pytest_sessionstart(self) -> None:
        """Starts watching."""
        try:
            from pytest_codspeed.instruments import walltime

            statistics: Any = walltime.BenchmarkStats
            original = statistics.from_list
            parameters = list(inspect.signature(original).parameters)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            _report(f"the times of rounds are not kept: {error}")
            return
        if parameters[:1] != [_TIMES] or _ITERATIONS not in parameters:
            _report("the times of rounds are not kept: this pytest-codspeed computes differently")
            return

        @functools.wraps(original)
        def from_list(times: list[float], **options: Any) -> Any:
            made = original(times, **options)
            self._taken.append((made, [time / options[_ITERATIONS] for time in times]))
            return made

        # A static one: the original is bound to its class already.
        statistics.from_list = staticmethod(from_list)
        self._undo = functools.partial(setattr, statistics, "from_list", original)

    def latest_rounds(self) -> tuple[Sequence[float], int]:
        """Returns the times of the latest benchmark: nanoseconds by iteration; and iterations."""
        if not self._taken:
            return (), 1
        made, times = self._taken[-1]
        return times, int(made.iter_per_round)

    def pytest_sessionfinish(self, session: Any) -> None:
        """Writes the file."""
        if not self._undo:
            return
        self._undo()
        plugin = session.config.pluginmanager.get_plugin(_PLUGIN)
        benchmarks = getattr(getattr(plugin, "instrument", None), "benchmarks", None)
        if benchmarks is None:
            _report("the times of rounds are not kept: this pytest-codspeed lists no benchmarks")
            return
        uris = {id(benchmark.stats): benchmark.uri for benchmark in benchmarks}
        rounds: dict[str, list[float]] = {}
        for made, times in self._taken:
            if uri := uris.get(id(made)):
                rounds.setdefault(uri, []).extend(times)
        if folder := os.environ.get("CODSPEED_PROFILE_FOLDER"):
            path = Path(folder, f"rounds-{os.getpid()}.json")
            path.write_text(json.dumps(rounds), encoding="utf-8")


def _report(line: str) -> None:
    print(f"rules_codspeed: {line}", file=sys.stderr)
