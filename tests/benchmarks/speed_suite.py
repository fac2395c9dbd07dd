"""Measures the command of a suite of 10,000 benchmarks. Not a test.

Run it on an idle machine, under a Python with the packages of the tests:
`python3 tests/benchmarks/speed_suite.py [BENCHMARKS]`. It prints wall time, seconds of a processor
and peak memory of the command alone, as `bazel run` starts it when nothing is to be measured: the
table, first and compared with the history; with copies of all profiles; with a report.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT)]

import rules_codspeed.command.bench as command  # noqa: E402
from tests.benchmarks.timing import Used, used  # noqa: E402
from tests.command.commands import PROFILE  # noqa: E402
from tests.publish.checkouts import make_checkout  # noqa: E402
from tests.report.suites import CODSPEED, write_suite  # noqa: E402


def main(count: int) -> None:
    """Prints the table."""
    targets = {f"//pkg{at // 100}:bench{at}": [f"pkg/bench{at}.cc::f"] for at in range(count)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_checkout(folder / "checkout", origin="https://github.com/acme/widgets.git")
        manifest = write_suite(folder / "runfiles", targets, CODSPEED, PROFILE, None, "5.0.2", ())

        def run(*options: str) -> Used:
            return used(
                [sys.executable, str(command.__file__), "--manifest", str(manifest), *options],
                HOME=str(folder / "home"),
                PYTHONPATH=os.pathsep.join(sys.path),
                RUNFILES_DIR=str(folder / "runfiles"),
                BUILD_WORKSPACE_DIRECTORY=str(folder / "checkout"),
                BUILD_WORKING_DIRECTORY=name,
            )

        print(f"{count:,} targets of one benchmark each")
        for what, options in (
            ("table, first run", ["--skip-upload"]),
            ("table, compared with the history", ["--skip-upload"]),
            ("with copies of all profiles", ["--skip-upload", "--out", f"{name}/out"]),
            ("with a report", ["--skip-upload", "--report", f"{name}/report.html"]),
        ):
            needed = run(*options)
            print(
                f"{what:34} {needed.seconds:7.2f} s {needed.cpu_s:7.2f} s of a processor "
                f"{needed.memory:5.0f} MiB",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
