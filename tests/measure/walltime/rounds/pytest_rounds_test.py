"""The plugin that keeps the times of rounds, in a real session of pytest-codspeed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.measure.walltime.rounds import pytest_rounds

BENCH = """
import pytest

def test_many(benchmark):
    benchmark(lambda: sum(range(100)))

@pytest.mark.parametrize("n", [1, 2])
def test_few(benchmark, n):
    benchmark.pedantic(lambda: n, rounds=4, iterations=5)

def test_none(benchmark):
    pytest.skip("not here")
"""

MAIN = """
import sys
{before}
sys.path.insert(0, {folder!r})
from pytest_rounds import RoundTimes
import pytest
options = ["-q", "-p", "pytest_codspeed.plugin", "-p", "no:cacheprovider", "--codspeed",
           "--codspeed-mode=walltime", "--codspeed-warmup-time=0.01", "--codspeed-max-time=0.1",
           "-c", "/dev/null", "--rootdir=."]
sys.exit(pytest.main([*options, "bench.py"], plugins=[RoundTimes()]))
"""


def session(folder: Path, before: str = "") -> tuple[str, list[dict[str, Any]], list[Any]]:
    """Returns what was printed, the benchmarks of the results, and the files of rounds."""
    (folder / "bench.py").write_text(BENCH)
    plugin = os.path.dirname(pytest_rounds.__file__)
    ended = subprocess.run(
        [sys.executable, "-c", MAIN.format(before=before, folder=plugin)],
        cwd=folder,
        env={
            "CODSPEED_PROFILE_FOLDER": str(folder),
            "PATH": os.defpath,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (results,) = [json.loads(path.read_text()) for path in folder.glob("results/*.json")]
    files = [json.loads(path.read_text()) for path in folder.glob("rounds-*.json")]
    return ended.stderr, results["benchmarks"], files


def test_times_are_those_of_the_statistics(tmp_path: Path) -> None:
    said, benchmarks, (rounds,) = session(tmp_path)
    assert "rules_codspeed" not in said
    assert list(rounds) == [benchmark["uri"] for benchmark in benchmarks]
    assert len(benchmarks) == 3
    for benchmark in benchmarks:
        times, stats = rounds[benchmark["uri"]], benchmark["stats"]
        assert (min(times), max(times)) == (stats["min_ns"], stats["max_ns"])
        assert sum(times) / len(times) == pytest.approx(stats["mean_ns"])
        assert len(times) <= stats["rounds"]
        # Nothing of ours is in what pytest-codspeed writes.
        assert set(benchmark) == {"name", "uri", "config", "stats"}
        assert len(stats) == 13
    assert [len(rounds[benchmark["uri"]]) for benchmark in benchmarks[1:]] == [4, 4]


OTHER_NAME = """
from pytest_codspeed.instruments.walltime import BenchmarkStats
original = BenchmarkStats.from_list
BenchmarkStats.from_list = classmethod(lambda cls, times, **options: original(times, **options))
"""
ELSEWHERE = """
from pytest_codspeed.instruments import walltime
walltime.Statistics = walltime.BenchmarkStats
walltime.WallTimeInstrument.get_result_dict = lambda self: {"benchmarks": []}
del walltime.BenchmarkStats
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (OTHER_NAME, "the times of rounds are not kept: this pytest-codspeed computes differently"),
        (
            ELSEWHERE + "walltime.WallTimeInstrument.measure = lambda self, *a, **k: None\n"
            "walltime.WallTimeInstrument.measure_pedantic = lambda self, *a, **k: None",
            "the times of rounds are not kept: module 'pytest_codspeed.instruments.walltime' has",
        ),
    ],
)
def test_another_version(tmp_path: Path, before: str, said: str) -> None:
    printed, _, files = session(tmp_path, before)
    assert f"rules_codspeed: {said}" in printed
    assert files == []
