"""test.xml: a case for each benchmark, as CI systems read it, also for those without a number."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.contract.escaping import visible
from rules_codspeed.contract.output.junit import Case, junit
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.judge.config import Config
from rules_codspeed.judge.gate import Judgement, fails
from rules_codspeed.judge.text import Movers, change_lines
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import Unmeasured


def write_junit(path: Path, config: Config, judgement: Judgement, movers: Movers) -> None:
    """Writes the cases of a test.

    Raises:
      OSError: the file cannot be written.
    """
    # One that is in the baseline has its case there.
    judged = {change.key for change in judgement.changes}
    cases = [_judged(change, movers) for change in judgement.changes]
    cases += [
        _unmeasured(one)
        for one in judgement.unmeasured
        if (one.label, one.mode, one.uri) not in judged
    ]
    with output_file(path) as file:
        file.write(junit(config.test, cases))


def _judged(change: Change, movers: Movers) -> Case:
    name = visible(change.uri)
    if not fails(change):
        return Case(change.label, name)
    return Case(change.label, name, "failure", "\n".join(change_lines(change, movers)))


def _unmeasured(one: Unmeasured) -> Case:
    name = visible(one.uri) or f"all of {one.label}"
    return Case(one.label, name, "error" if one.outcome == "failed" else "skipped", one.reason)
