"""A JUnit file: a case for each benchmark; one that got slower is a failure."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.contract.escaping import visible
from rules_codspeed.contract.output.junit import Case
from rules_codspeed.contract.output.junit import junit as document
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.report.findings import findings
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import Unmeasured


def export(run: Measured, path: Path) -> None:
    """Writes the cases of a run; raises OSError."""
    with output_file(path) as file:
        file.write(junit(run))


def junit(run: Measured) -> bytes:
    """Returns the document. Without a comparison, what was measured has passed."""
    changes = {one.key: one for one in run.changes}
    cases = []
    for one in run.results.benchmarks:
        change = changes.get((one.label, one.mode, one.uri))
        cases.append(_measured(one.label, one.mode, one.uri, change))
    return document(run.suite, cases + [_unmeasured(one) for one in run.results.unmeasured])


def _measured(label: str, mode: str, uri: str, change: Change | None) -> Case:
    name = f"{visible(uri)} ({mode})"
    if not change or change.verdict != "regressed":
        return Case(label, name)
    (found,) = findings([change], [])
    return Case(label, name, "failure", found.text)


def _unmeasured(one: Unmeasured) -> Case:
    name = f"{visible(one.uri) or 'all'} ({one.mode})"
    return Case(one.label, name, "error" if one.outcome == "failed" else "skipped", one.reason)
