"""What got slower or failed as GitLab's Code Quality report (artifacts:reports:codequality)."""

from __future__ import annotations

import json
from pathlib import Path

from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.report.findings import findings

_SEVERITIES = {"regressed": "major", "not_repeatable": "minor", "failed": "critical"}


def export(run: Measured, path: Path) -> None:
    """Writes the problems of a run; raises OSError."""
    with output_file(path) as file:
        file.write(code_quality(run))


def code_quality(run: Measured) -> bytes:
    """Returns the list of problems; GitLab shows those that the base branch does not have."""
    document = [
        {
            "description": one.text,
            "check_name": f"codspeed-{one.kind}",
            "fingerprint": one.fingerprint,
            "severity": _SEVERITIES[one.kind],
            "location": {"path": one.path, "lines": {"begin": 1}},
        }
        for one in findings(run.changes, run.results.failed)
    ]
    return (json.dumps(document, indent=1) + "\n").encode("ascii")
