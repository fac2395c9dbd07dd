"""Imports of files, for tests."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.importing.found import ResultsFile
from rules_codspeed.importing.main import import_results
from rules_codspeed.results.model import Benchmark, Results

TESTDATA = Path(__file__).parent / "testdata"
"""Files that the tools themselves wrote; names of the machine were taken out."""


def file(name: str) -> ResultsFile:
    """Returns a file of the testdata."""
    return ResultsFile(TESTDATA / name, name)


def imported(kind: str, *files: ResultsFile) -> Results:
    """Returns the results that files of a format have."""
    return import_results("//pkg:bench", kind, files, "1.2.3")


def by_uri(results: Results) -> dict[str, Benchmark]:
    """Returns the benchmarks by URI."""
    return {one.uri: one for one in results.benchmarks}
