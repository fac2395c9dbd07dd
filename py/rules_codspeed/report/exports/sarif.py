"""What got slower or failed as SARIF 2.1.0, for code scanning. Other numbers do not fit in it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.report.findings import KINDS, Finding, findings

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
"""Names the format; nothing is fetched from there."""

_LEVELS = {"regressed": "error", "not_repeatable": "warning", "failed": "error"}


def export(run: Measured, path: Path) -> None:
    """Writes the problems of a run; raises OSError."""
    with output_file(path) as file:
        file.write(sarif(run))


def sarif(run: Measured) -> bytes:
    """Returns the document with one run."""
    version = next((one.rules_version for one in run.results.provenance), "")
    driver = {
        "name": "rules_codspeed",
        **({"version": version} if version else {}),
        "rules": [{"id": kind, "shortDescription": {"text": text}} for kind, text in KINDS.items()],
    }
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"rules_codspeed/{run.suite}"},
                "results": [_result(one) for one in findings(run.changes, run.results.failed)],
            }
        ],
    }
    return (json.dumps(document, indent=1) + "\n").encode("ascii")


def _result(finding: Finding) -> dict[str, object]:
    place = {
        "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"},
        # Code scanning shows no finding without a line.
        "region": {"startLine": 1},
    }
    return {
        "ruleId": finding.kind,
        "level": _LEVELS[finding.kind],
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"benchmark/v1": finding.fingerprint},
    }
