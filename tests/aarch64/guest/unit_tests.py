"""Unit tests in the guest: files of the project, by pytest as Bazel calls it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests.aarch64.guest.step import Found

# Where the runfiles have what the compiler of the host made.
_BUILT = {
    "CODSPEED_TEST_FOLD": "rules/memory/libfold.so",
    "CODSPEED_TEST_KERNEL": "rules/kernel/libkernel.so",
    "CODSPEED_TEST_PRELOAD": "rules/memory/libpreload.so",
    "CODSPEED_TEST_STATIC": " ".join(
        f"tests/measure/memory/static_{name}"
        for name in ("kinds", "operators", "own_operators", "own_operators_unseen")
    ),
}
OF_MACHINE = {
    "archives": [
        "tests/tools/archives/contents_test.py",
        "tests/tools/archives/mirror_test.py",
    ],
    "capture": [
        "tests/capture/elf/debug_file_test.py",
        "tests/capture/elf/file_test.py",
        "tests/capture/perf/real_recording_test.py",
    ],
    "harvest": [
        "tests/harvest/dwarf/oracle_test.py",
        "tests/harvest/elf/symbols_real_test.py",
        "tests/harvest/elf/unwind_test.py",
        "tests/harvest/recorded_test.py",
    ],
    "measure": [
        "tests/measure/fifo/hooks_client_test.py",
        "tests/measure/walltime/machine",
        "tests/measure/walltime/perf",
    ],
    "memory": [
        "tests/measure/memory/calls_test.py",
        "tests/measure/memory/linked_test.py",
    ],
}
"""Tests of what differs between architectures, by part of the project: they read what the guest's
compiler, kernel and perf make. The others read bytes that tests make up, which are the same
everywhere; `--step "tests: tests/harvest"` runs those, too."""
# Under emulation on a busy machine.
_SECONDS = 1500


def run_tests(paths: Sequence[str], *options: str) -> Found:
    """Runs the tests below some paths; finds how many passed, and which failed."""
    files = sorted({str(file) for path in paths for file in _test_files(Path(path))})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "tests/pytest_main.py", f"--junitxml={report}", "-q"]
        command += ["--tb=short", *options, *files]
        environment = {**os.environ, **_BUILT, "TMPDIR": "/var/tmp"}
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if not report.exists():
            return Found("no report", ended.stdout[-4000:] + ended.stderr[-4000:])
        return _read(report, ended.stdout)


def _test_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*_test.py")) if path.is_dir() else [path]


def _read(report: Path, output: str) -> Found:
    cases = list(ElementTree.parse(report).iter("testcase"))
    bad = [one for one in cases if one.find("failure") is not None or one.find("error") is not None]
    skipped = sum(one.find("skipped") is not None for one in cases)
    passed = len(cases) - len(bad) - skipped
    result = f"{passed} passed, {len(bad)} failed, {skipped} skipped"
    names = [f"{one.get('classname')}::{one.get('name')}" for one in bad]
    return Found(result, "\n".join([*names, output[-12000:]]) if bad or not passed else "")
