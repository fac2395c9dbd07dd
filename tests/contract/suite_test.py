"""The manifest of a suite: what the rule writes is what the command reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules_codspeed.contract.fields import parse_record
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.suite import SuiteManifest


def test_what_the_rule_writes_is_read() -> None:
    manifest = os.environ.get("SUITE_MANIFEST")
    if not manifest:
        pytest.skip("the rule codspeed_suite writes the manifest under Bazel only")
    suite = parse_record(SuiteManifest, Path(manifest).read_bytes())
    assert suite.suite == "//tests/rules:outer"
    names = [one.label for one in suite.targets]
    assert sorted(names) == ["//tests/rules:other", "//tests/rules:plain"]
    assert {one.mode for one in suite.targets} == {"simulation"}
    for one in suite.targets:
        assert one.results.endswith("_simulation.results.json")
        assert one.provenance.endswith("_simulation.provenance.json")
        assert one.profile.endswith("_simulation.profile")
        assert one.log == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"schema": 2, "suite": "//:s", "targets": []}', "field schema is 2, not 1"),
        ('{"schema": 1, "suite": "//:s"}', "missing field targets"),
        (
            '{"schema": 1, "suite": "//:s", "targets": [{"label": "//:a", "mode": "m", '
            '"profile": "p", "provenance": "q"}]}',
            r"missing field targets\[0\].results",
        ),
    ],
)
def test_another_document_is_refused(text: str, fault: str) -> None:
    with pytest.raises(DocumentError, match=f"^{fault}$"):
        parse_record(SuiteManifest, text)
