"""Pytest plugin: what pytest-codspeed's fixture `benchmark` lacks of pytest-benchmark's.

Loaded by pytest_main.py in the interpreter that is measured: imports nothing of the driver.
Sources: src/pytest_benchmark/fixture.py and plugin.py of pytest-benchmark 5.3, src/pytest_codspeed/
plugin.py of pytest-codspeed 5.0. What measures is pytest-codspeed's, and its window is untouched.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_MARKER = "benchmark"
# Of pytest-benchmark's marker: they say how it takes times, which it does not do here.
_UNUSED = frozenset(
    {
        *("calibration_precision", "confidence", "cprofile", "disable_gc", "min_rounds"),
        *("precision", "timer", "warmup", "warmup_iterations"),
    }
)
# Parameters of pytest-codspeed's functions, through which the measured one's pass by name.
_TAKEN = frozenset({"fn", "marker_options", "name", "self", "target", "uri"})
# Options that keep pytest-benchmark, which measures nothing here, from ending or skipping the run.
_OPTIONS: Mapping[str, Any] = {
    "benchmark_compare": [],
    "benchmark_only": False,
    "benchmark_skip": False,
}
# What times are where a round is not timed: they must not depend on the machine, nor be 0.
_UNTIMED_NS = (1.0,)


class StockFixture:
    """Gives suites of pytest-benchmark the fixture that they are written for."""

    def __init__(self) -> None:
        import pytest_benchmark
        from pytest_benchmark import utils

        # Loaded before pytest, which would warn of versions before 5 that it comes too late.
        pytest_benchmark.__doc__ = "PYTEST_DONT_REWRITE"
        # It runs git, hg and file for names of results, of which there are none here. They would
        # be measured too, and numbers would depend on what the machine has of them.
        known: Any = utils
        known.get_commit_info = lambda *_: {"id": "unversioned", "dirty": False}
        known.get_machine_id = lambda: "machine"

    def pytest_configure(self, config: Any) -> None:
        """Replaces the fixture; before pytest-benchmark reads its options."""
        for name, value in _OPTIONS.items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)
        from pytest_codspeed import plugin

        known: Any = plugin
        known.BenchmarkMarkerOptions = _marker_options(known.BenchmarkMarkerOptions)
        known.BenchmarkFixture = _fixture(known.BenchmarkFixture, _latest_rounds(config))


def _latest_rounds(config: Any) -> Callable[[], tuple[Sequence[float], int]]:
    """Returns what knows the times of rounds: walltime's plugin, or a constant."""
    for plugin in config.pluginmanager.get_plugins():
        if known := getattr(plugin, "latest_rounds", None):
            latest: Callable[[], tuple[Sequence[float], int]] = known
            return latest
    return lambda: (_UNTIMED_NS, 1)


def _marker_options(base: Any) -> Any:
    class MarkerOptions(base):  # type: ignore[misc]
        """Options of the marker, without those of pytest-benchmark's that mean nothing here."""

        @classmethod
        def from_pytest_item(cls, item: Any) -> Any:
            marker = item.get_closest_marker(_MARKER)
            if not marker or marker.args or item.get_closest_marker("codspeed_benchmark"):
                return base.from_pytest_item(item)
            return base(**{k: v for k, v in marker.kwargs.items() if k not in _UNUSED})

    return MarkerOptions


def _fixture(base: Any, latest_rounds: Callable[[], tuple[Sequence[float], int]]) -> Any:
    # Here: the driver, which has no such package, loads this file to find it.
    from pytest_benchmark import stats as statistics
    from pytest_benchmark.fixture import BenchmarkFixture as Stock

    make_statistics: Any = statistics.Metadata

    class Fixture(base):  # type: ignore[misc]
        """The fixture of pytest-codspeed with the attributes and calls of pytest-benchmark's."""

        enabled = True
        disabled = False
        cprofile = False
        weave = patch = Stock.weave

        def __init__(self, request: Any) -> None:
            super().__init__(request)
            node = request.node
            marker = node.get_closest_marker(_MARKER)
            callspec = getattr(node, "callspec", None)
            self.name, self.fullname = node.name, node.nodeid
            self.param = callspec.id if callspec else None
            self.params = callspec.params if callspec else None
            self.group = marker.kwargs.get("group") if marker else None
            self.has_error = self.skipped = False
            self.stats: Any = None
            self.cprofile_stats = None
            # By `weave`.
            self._cleanup_callbacks: list[Callable[[], object]] = []
            request.addfinalizer(self._undo)

        def _undo(self) -> None:
            while self._cleanup_callbacks:
                self._cleanup_callbacks.pop()()

        def __call__(self, function_to_benchmark: Any, /, *args: Any, **kwargs: Any) -> Any:
            taken = {name: kwargs.pop(name) for name in list(kwargs) if name in _TAKEN}
            target = function_to_benchmark
            if taken:
                target = functools.partial(target, **taken)
            return self._recorded(super().__call__, target, *args, **kwargs)

        def pedantic(
            self,
            target: Any,
            args: Any = (),
            kwargs: Any = None,
            setup: Any = None,
            teardown: Any = None,
            rounds: int = 1,
            warmup_rounds: int = 0,
            iterations: int = 1,
        ) -> Any:
            kwargs = kwargs or {}

            # pytest-codspeed calls it with the arguments of the target.
            def arguments(*_args: Any, **_kwargs: Any) -> Any:
                given = setup()
                if given and (args or kwargs):
                    raise TypeError("setup returns arguments, and args or kwargs are given too")
                return given or None

            if not self._is_timed and not (setup and iterations > 1):
                # It would warn that it measures one, which may be an error.
                rounds = iterations = 1
            made = arguments if setup else None
            options = (target, args, kwargs, made, teardown, rounds, warmup_rounds, iterations)
            return self._recorded(super().pedantic, *options)

        @property
        def _is_timed(self) -> bool:
            return str(self._plugin.mode.value) == "walltime"

        def _recorded(self, measure: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            """Calls what measures; notes an error, or else the statistics."""
            try:
                result = measure(*args, **kwargs)
            except Exception:
                self.has_error = True
                raise
            times, iterations = latest_rounds()
            self.stats = make_statistics(self, iterations=iterations, options={})
            for time in times:
                self.stats.stats.update(time / 1e9)
            return result

    return Fixture
