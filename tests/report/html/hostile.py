"""Names from outside that try to be code or markup."""

from __future__ import annotations

import dataclasses

from rules_codspeed.report.html.model import Point, ReportModel, Trees
from rules_codspeed.results.changes import Change
from rules_codspeed.results.graphs.stack_tree import stack_tree
from tests.report.html.models import LABEL, model_of

HOSTILE = [
    "</script><script>document.title = 'owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "<!--<script>",
    "]]>&lt;script&gt;",
    "__proto__",
    "constructor",
    "{{data}} {{d3}}",
    "\u202eflipped\u202c \u2066isolated",
    "nul\0 bell\x07 escape\x1b[31m",
    "line\u2028separator\u2029 \n newline",
    "x" * 100_000,
    "\ud800 lone surrogate",
    "עברית العربية",
    "javascript:alert(1)",
    "",
]


def hostile_model(name: str) -> ReportModel:
    """Returns a report in which everything from outside has such names."""
    key = (LABEL, "simulation", name)
    tree = stack_tree({(name, "inner"): 4, (name, name): 3})
    events = dataclasses.replace(tree, events=(name,))
    plain = model_of([name])
    (provenance,) = plain.results.provenance
    return dataclasses.replace(
        plain,
        suite=name,
        results=dataclasses.replace(
            plain.results,
            provenance=[dataclasses.replace(provenance, command=[name], pins={name: name})],
        ),
        compared_with=name,
        changes=[Change(*key, "not_comparable", name, ())],
        history={key: {name: [Point(name, 0.0, 1), Point(name, 1.0, 2)]}},
        trees={key: Trees(events, events)},
        notes=[name],
    )
