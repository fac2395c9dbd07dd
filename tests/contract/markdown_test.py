"""Text in Markdown, as a renderer of GitHub's dialect reads it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rules_codspeed.contract.escaping import visible
from rules_codspeed.contract.markdown import code, row, table_head

# HTML goes through, as on GitHub.
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def cells(text: str) -> list[list[Any]]:
    """Returns the tokens in each cell of the body of a table; the text must be one."""
    tokens = MARKDOWN.parse(text)
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close"
    body = tokens[[one.type for one in tokens].index("tbody_open") :]
    return [one.children or [] for one in body if one.type == "inline"]


@example("::")  # in Markdown no command of a CI: each colon is a reference
@given(st.text(st.characters(exclude_categories=[])) | st.text("|`*_<>&\\[]()!~@#:./\n ax"))
@pytest.mark.parametrize("before", ["", "text "])
def test_any_text_is_one_cell_with_just_that_text(before: str, text: str) -> None:
    table = table_head("Name", ["N"]) + row([before + code(text), "5"])
    name, number = cells(table)
    assert [one.content for one in number] == ["5"]
    kinds = [one.type for one in name if one.type != "text"]
    assert kinds == ["html_inline", "html_inline"]
    shown = "".join(one.content for one in name)
    assert shown == f"{before}<code>{visible(text)}</code>"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("|<img src=x onerror=…>", "&#124;&#60;img src&#61;x onerror&#61;&#8230;&#62;"),
        ("a\nb", "a&#92;nb"),
        ("`rm`", "&#96;rm&#96;"),
        ("@me :+1: #5", "&#64;me &#58;&#43;1&#58; &#35;5"),
        ("dir/test-x é", "dir/test-x é"),
    ],
)
def test_what_is_escaped(text: str, markdown: str) -> None:
    assert code(text) == f"<code>{markdown}</code>"
