"""Measures reports of 1,000 benchmarks and of 100,000 frames, for `speed.py`."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.timing import measure, show
from tests.report.html.programs import program_part
from tests.results.profiles import write_profile

_TARGETS = 50
_BENCHMARKS = 20  # of a target
_RUNS = 100  # earlier ones
_AIM = "1,000 benchmarks in 10 s, below 25 MB"

# Timed as a process, with the start of the interpreter and the reading of the profiles.
_WRITE = """
import sys
from pathlib import Path
from rules_codspeed.report.html.model import Point, ReportModel, Trees
from rules_codspeed.report.html.profiles import Profile, read_trees
from rules_codspeed.report.html.report import write_report
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
folder, count, runs, with_base = Path(sys.argv[1]), *map(int, sys.argv[2:])
def trees(side):
    folders = sorted((folder / side).iterdir())
    return read_trees([Profile(f"//pkg:{one.name}", "simulation", one) for one in folders], count)
now = trees("now")
base = trees("base") if with_base else {}
numbers = {key: dict(zip(tree.events, tree.totals())) for key, tree in now.items()}
results = Results(SCHEMA, [Benchmark(uri, label, mode, numbers[label, mode, uri])
                           for label, mode, uri in now], [])
history = {key: {name: [Point(f"commit{at}", 86400.0 * at, value + at) for at in range(runs)]
                 for name, value in metrics.items()} for key, metrics in numbers.items()}
model = ReportModel("//:suite", results, history=history,
                    trees={key: Trees(tree, base.get(key)) for key, tree in now.items()})
write_report(model, folder / "report.html")
"""


def run() -> None:
    """Prints the rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "many")
        _in_a_process(_write_profiles, folder, _TARGETS, _BENCHMARKS, 60, 12)
        count = _TARGETS * _BENCHMARKS
        _show(f"report of {count} benchmarks, {_RUNS} runs", folder, count, _RUNS, 0, _AIM)
        _show("the same with a base", folder, count, _RUNS, 1, "")
        folder = Path(name, "large")
        _in_a_process(_write_profiles, folder, 1, 1, 600, 14)
        _show("report of 100,000 frames with a base", folder, 1, 0, 1, "")


def _show(what: str, folder: Path, count: int, runs: int, with_base: int, aim: str) -> None:
    command = [sys.executable, "-c", _WRITE, str(folder), *map(str, (count, runs, with_base))]
    seconds, memory = measure(command)
    show(what, (folder / "report.html").stat().st_size / 1e6, seconds, memory, aim)


def _write_profiles(
    folder: Path, targets: int, benchmarks: int, functions: int, layers: int
) -> None:
    """Writes profile folders of now and of the base, in which some functions are cheaper."""
    slower = [f"ns::layer{at}::work_{at}(int)" for at in range(12)]
    for side, names in (("now", slower), ("base", [])):
        for target in range(targets):
            profile = folder / side / str(target)
            profile.mkdir(parents=True)
            parts = [
                program_part(
                    f"a.cc::b[{at}]",
                    functions,
                    # The first one has more than 100,000 paths through its functions.
                    3 + target * benchmarks + at,
                    layers=layers,
                    slower=names,
                )
                for at in range(benchmarks)
            ]
            (profile / "1.out").write_bytes(write_profile(parts))


def _in_a_process(function: object, *arguments: object) -> None:
    """A child's peak counts what its parent held when it forked: this one holds nothing."""
    assert callable(function)
    writer = multiprocessing.Process(target=function, args=arguments)
    writer.start()
    writer.join()


if __name__ == "__main__":
    run()
