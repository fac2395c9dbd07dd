"""Framework `pytest_benchmark`: suites of pytest-benchmark itself, without pytest-codspeed.

Our pytest-codspeed comes after all that the program imports (rules/private/measure/stage.bzl). It
takes over the fixture `benchmark`: such a suite is measured, timed and named as by CodSpeed's own
integration; `pytesting.fixture` adds what its fixture lacks of pytest-benchmark's.
"""

from __future__ import annotations

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.frameworks import pytest
from rules_codspeed.measure.frameworks.pytesting import fixture, main
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import copy_files

_FIXES = {
    main.NO_PYTEST: "add pytest to the deps of the Python target",
    main.NO_EXTENSION: "use a Python that pytest-codspeed has wheels for: CPython 3.10 to "
    "3.14, not a free-threaded one",
}


class Simulated(pytest.Simulated):
    """Drives pytest-benchmark's suite by pytest-codspeed under Valgrind."""

    def _check_packages(self) -> None:
        if not self._imports("pytest_benchmark"):
            raise BenchmarkError(
                f"{self._spec.label} has no pytest-benchmark",
                got="framework pytest_benchmark, and no such package among what it imports",
                expected="pytest-benchmark among the deps of the Python target",
                fix='add it, or set framework = "pytest" for a suite of pytest-codspeed',
            )

    def _plugins(self) -> tuple[str, ...]:
        plugin = f"{self._layout.driver}/pytest_fixture.py"
        copy_files({plugin: fixture.__file__})
        return (f"--fixture={plugin}",)

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        return _FIXES.get(outcome.status or 0) or super().failure_fix(outcome)


class Traced(Simulated, pytest.Traced):
    """Drives it in memory mode."""


class Timed(Simulated, pytest.Timed):
    """Drives it in walltime mode, by the loop of pytest-codspeed."""
