"""The queries of a benchmark, for its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules_codspeed.contract.instruments.queries import Query
from rules_codspeed.report.html.text import visible

_MOST_QUERIES = 100
_MOST_NODES = 100
_LONGEST_NAME = 100  # characters


def query_rows(queries: Sequence[Query]) -> list[list[object]]:
    """Returns text, calls, rows, blocks found and read, and plan of the queries of most calls."""
    return [
        [
            visible(one.sql),
            one.calls,
            one.rows,
            one.shared_blks_hit,
            one.shared_blks_read,
            "\n".join(_plan(one.plan)),
        ]
        for one in queries[:_MOST_QUERIES]
    ]


def _plan(plan: object) -> list[str]:
    """Returns a line for each node of a plan in JSON, as EXPLAIN prints them as text."""
    lines: list[str] = []
    roots = plan if isinstance(plan, list) else []
    left = [(root.get("Plan"), 0) for root in roots if isinstance(root, dict)]
    while left:
        node, level = left.pop()
        if not isinstance(node, dict):
            continue
        if len(lines) == _MOST_NODES:
            return [*lines, "…"]
        lines.append("  " * level + " ".join(_node(node)))
        below = node.get("Plans")
        if isinstance(below, list):
            left += [(one, level + 1) for one in reversed(below)]
    return lines


def _node(node: dict[str, object]) -> Iterator[str]:
    yield _text(node.get("Node Type")) or "?"
    if index := _text(node.get("Index Name")):
        yield f"using {index}"
    if relation := _text(node.get("Relation Name")):
        yield f"on {relation}"
    numbers = [node.get(name) for name in ("Startup Cost", "Total Cost", "Plan Rows")]
    if all(isinstance(one, int | float) for one in numbers):
        yield f"(cost {numbers[0]}..{numbers[1]}, rows {numbers[2]})"


def _text(value: object) -> str:
    return visible(value, _LONGEST_NAME) if isinstance(value, str) else ""
