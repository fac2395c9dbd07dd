"""What the rule makes is what the files have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules_codspeed.importing.found import ResultsFile
from rules_codspeed.importing.main import import_results
from rules_codspeed.results.model import Results
from rules_codspeed.results.schema import parse_results

HERE = Path("tests/importing")


def _of_rule(name: str) -> Results:
    if "TEST_SRCDIR" not in os.environ:
        pytest.skip("without Bazel the rule made nothing")
    return parse_results((HERE / f"{name}_walltime.results.json").read_bytes())


def _of_files(label: str, kind: str, *paths: Path) -> Results:
    files = [ResultsFile(path, str(path)) for path in paths]
    return import_results(label, kind, files, "0.1.0")


def test_a_file() -> None:
    files = _of_files("//tests/importing:of_go", "go", HERE / "testdata/go_verbose.txt")
    assert _of_rule("of_go") == files


def test_a_folder_of_files() -> None:
    paths = sorted((HERE / "testdata/criterion").rglob("*.json"))
    files = _of_files("//tests/importing:of_criterion", "criterion", *paths)
    of_rule = _of_rule("of_criterion")
    assert of_rule.benchmarks == files.benchmarks
    (first,), (second,) = of_rule.provenance, files.provenance
    assert first.imported
    assert second.imported
    assert sorted(one.sha256 for one in first.imported.files) == sorted(
        one.sha256 for one in second.imported.files
    )
