"""What changed between two commits."""

from __future__ import annotations

from rules_codspeed.results.changes import Change
from rules_codspeed.results.comparison import compare, recorded, with_reasons
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import Results


def changes_between(before: Results, after: Results) -> list[Change]:
    """Returns what changed, by the default limits; what failed afterwards states why."""
    changes = compare(recorded(before), recorded(after), lambda label, mode: default_rules(mode))
    return with_reasons(changes, after.unmeasured)
