"""Queries on the page of a benchmark."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from random import Random

from rules_codspeed.contract.instruments.queries import Query
from rules_codspeed.report.html.details import Page, details
from rules_codspeed.report.html.model import Trees
from rules_codspeed.report.html.names import FrameNames
from rules_codspeed.report.html.queries import query_rows

_SCAN = {
    "Node Type": "Index Scan",
    "Index Name": "shop_pkey",
    "Relation Name": "shop",
    "Startup Cost": 0.28,
    "Total Cost": 8.29,
    "Plan Rows": 1,
}
_PLAN = [{"Plan": {"Node Type": "Nested Loop", "Plans": [_SCAN, {"Node Type": "Hash"}]}}]


def test_a_plan_has_a_line_for_each_node() -> None:
    (row,) = query_rows([Query("SELECT 1", 2, 3, 4, 5, _PLAN)])
    assert row == [
        "SELECT 1",
        *(2, 3, 4, 5),
        "Nested Loop\n  Index Scan using shop_pkey on shop (cost 0.28..8.29, rows 1)\n  Hash",
    ]


def test_odd_plans() -> None:
    node: dict[str, object] = {"Node Type": "Loop"}
    for _ in range(200):
        node = {"Node Type": "Loop\x1b", "Relation Name": 7, "Plans": [node, "x", None]}
    plans: list[object] = [
        None,
        "x",
        5,
        [],
        [1],
        [{}],
        [{"Plan": "x"}],
        [{"Plan": {}}],
        [{"Plan": node}],
    ]
    shown = [row[-1] for row in query_rows([Query("x", 0, 0, 0, 0, one) for one in plans])]
    assert shown[:8] == ["", "", "", "", "", "", "", "?"]
    lines = str(shown[8]).split("\n")
    assert (len(lines), lines[0], lines[-1]) == (101, "Loop\\x1b", "…")


def test_texts_are_visible_and_bounded() -> None:
    (row, *others) = query_rows([Query("SELECT '\u202e'" + "x" * 9000, 1, 1, 1, 1, None)] * 300)
    assert "\u202e" not in str(row[0])
    assert len(str(row[0])) < 3000
    assert len(others) == 99


def test_the_queries_of_fewest_calls_are_left_out_where_a_page_gets_too_large() -> None:
    random = Random(0)
    texts = [random.randbytes(500).hex() for _ in range(100)]
    queries = [Query(text, 100 - at, 1, 1, 1, None) for at, text in enumerate(texts)]
    text = details(Page((), Trees(), queries=queries), FrameNames(), 20_000)
    assert 5_000 < len(text) <= 20_000
    shown = json.loads(zlib.decompress(b64decode(text)))["queries"]
    assert [row[1] for row in shown] == list(range(100, 100 - len(shown), -1))
