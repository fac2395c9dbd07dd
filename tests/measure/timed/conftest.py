"""What the walltime driver's tests share, besides what those of simulation have."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.measure.walltime.perf import perf
from rules_codspeed.measure.walltime.perf.probe import probe
from tests.measure.modules import python_fields, python_files, site
from tests.measure.target import SPEC
from tests.measure.timed.timed_target import PACKAGES, READERS, WALLTIME, TimedTarget

Make = Callable[..., TimedTarget]


@pytest.fixture(scope="session")
def _perf_state() -> str:
    """Empty if perf records here; else the reason why not."""
    try:
        found = perf.find_perf()
    except perf.PerfMissing as error:
        return str(error)
    tried = probe(found, perf.recording(found, "dwarf,8192"))
    return tried.reason


@pytest.fixture
def recording(_perf_state: str) -> None:
    """Skips a test where perf does not record."""
    if _perf_state:
        pytest.skip(f"perf does not record here: {_perf_state}")


@pytest.fixture
def make_timed(tmp_path: Path) -> Make:
    """Makes targets of the test's folder."""

    def make(folder: str = "target", **changes: Any) -> TimedTarget:
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        target = TimedTarget(path, path, {**copy.deepcopy(SPEC), **WALLTIME, **changes})
        target.import_paths = [site(one) for one in (*PACKAGES, *READERS)]
        return target

    return make


@pytest.fixture(scope="session")
def timed_program(compile_c: Callable[..., Path]) -> Path:
    """The benchmark program of many behaviours."""
    return compile_c(Path(__file__).with_name("timed.c"))


@pytest.fixture
def hooks_timed(make_timed: Make, timed_program: Path) -> Make:
    """Makes targets of framework `hooks`."""

    def make(*args: str, **changes: Any) -> TimedTarget:
        target = make_timed(args=list(args), **changes)
        target.stage("_main/pkg/program", timed_program)
        return target

    return make


@pytest.fixture
def exec_timed(make_timed: Make, timed_program: Path) -> Make:
    """Makes targets of framework `exec`, three rounds each."""

    def make(*args: str, **changes: Any) -> TimedTarget:
        limits = {"warmup_time": "0", "max_rounds": "3"}
        changes = {"framework": "exec", "walltime_args": limits, **changes}
        target = make_timed(args=list(args), **changes)
        target.stage("_main/pkg/program", timed_program)
        return target

    return make


@pytest.fixture
def python_timed(make_timed: Make) -> Make:
    """Makes targets of framework `pytest`, or `pytest_benchmark`, from sources by path."""

    def make(
        sources: dict[str, str], *args: str, framework: str = "pytest", **changes: Any
    ) -> TimedTarget:
        limits = {"warmup_time": "0.02", "max_time": "100ms"}
        changes = {"walltime_args": limits, **changes}
        target = make_timed(args=list(args), **python_fields(framework, sources), **changes)
        for path, text in sources.items():
            target.stage(path, text)
        for path, file in python_files(framework):
            target.stage(path, file)
        return target

    return make
