"""With `verify` a target is measured again under other conditions, and must give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.measure.target import STAGE, Target, same

Make = Callable[..., Target]

BENCH = """
import os

def work():
    return os.getpid() > 0 and sorted({str(i): i for i in range(200)})

def test_text(benchmark):
    benchmark(work)
"""


def test_repeatable(hooks_target: Make) -> None:
    once = hooks_target("measure", "own-file").run().succeeded()
    verified = hooks_target("measure", "own-file", verify=3, folder="verified").run().succeeded()
    same(once, verified)
    assert verified.log.count("about to: measure") == 3
    assert sorted(path.name for path in verified.folder.iterdir() if path.is_dir()) == ["profile"]
    assert not list(Path("/tmp").glob(f"{STAGE.name}.beside.*"))


def test_python_is_repeatable(python_target: Make) -> None:
    target = python_target({"_main/pkg/bench_a.py": BENCH}, verify=2)
    assert target.run().succeeded().benchmarks()


def test_a_clock_is_caught(hooks_target: Make) -> None:
    text = hooks_target("measure", "measure-clock", verify=2).run().failed()
    assert "//pkg:bench is not repeatable: another measurement of the same inputs" in text
    assert "instructions in work (" in text
    assert "docs/determinism.md" in text


def test_a_second_measurement_that_fails_is_reported(hooks_target: Make) -> None:
    text = hooks_target("measure", "fail", verify=2).run().failed()
    assert "ended with exit status 3" in text
