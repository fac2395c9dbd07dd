"""What the tool reads of Bazel's text format, renders and writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.api.markdown import pages
from tools.api.model import Api, File, Parameter, Setting, Symbol, file_of, undocumented
from tools.api.textproto import TextprotoError, parse
from tools.api.update import update

EXTRACTED = r"""
module_docstring: "What it is.\n\nMore."
file: "//rules:some.bzl"
func_info {
  function_name: "some_macro"
  doc_string: "Makes it."
  parameter { name: "name" doc_string: "its name" mandatory: true }
  parameter {
    name: "sizes"
    doc_string: "\"small\" |\n\303\242\302\200\302\246\n"
    default_value: "[]"
  }
  parameter { name: "kwargs" }
}
rule_info {
  rule_name: "some_rule"
  attribute {
    name: "deps"
    doc_string: "Others."
    type: LABEL_LIST
    default_value: "[]"
  }
  attribute { name: "main" doc_string: "Its source." type: STRING mandatory: true }
}
"""


def some_file() -> File:
    return file_of(parse(EXTRACTED))


def test_a_module_is_read() -> None:
    assert some_file() == File(
        "//rules:some.bzl",
        "What it is.\n\nMore.",
        (
            Symbol(
                "macro",
                "some_macro",
                "Makes it.",
                (
                    Parameter("name", "its name"),
                    Parameter("sizes", '"small" |\n…', default="[]"),
                    Parameter("**kwargs", ""),
                ),
            ),
            Symbol(
                "rule",
                "some_rule",
                "",
                (
                    Parameter("main", "Its source.", "string"),
                    Parameter("deps", "Others.", "list of labels", "[]"),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"\303\242\302\200\302\246"', "…"),  # Bazel 7
        (r'"\342\200\246"', "…"),
        (r'"\303\251"', "é"),
        (r'"a\"b\\\n"', 'a"b\\\n'),
        ('"{ } x: y"', "{ } x: y"),
        ("TRUE", "TRUE"),
    ],
)
def test_values(written: str, text: str) -> None:
    assert parse(f"a: {written}").text("a") == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a {\n  b: 1\n", "not closed"),
        ("a: 1\n}\n", "line 2 is not a field"),
        ("a: 1\n?", "line 2 is not a field: '\\?'"),
    ],
)
def test_what_is_no_message_is_refused(text: str, message: str) -> None:
    with pytest.raises(TextprotoError, match=message):
        parse(text)


def test_what_has_no_doc_is_named() -> None:
    api = Api((some_file(),), (Setting("fast", " ", False, ()),), {"some_type": ""})
    assert undocumented(api) == [
        "//rules:some.bzl: some_macro.**kwargs",
        "//rules:some.bzl: some_rule",
        "//rules/settings:fast",
        "//tools:some_type",
    ]


def test_pages() -> None:
    settings = (Setting("modes", "Which.", ["a", "b"], ()), Setting("fast", "How.", False, ()))
    texts = pages(Api((some_file(),), settings, {}))
    assert "```starlark\nsome_macro(name, sizes = [], **kwargs)\n```" in texts["some.md"]
    assert '| `sizes` | `[]` | "small" \\| … |' in texts["some.md"]
    assert "| `name` | required | its name |" in texts["some.md"]
    assert "| `**kwargs` |  |  |" in texts["some.md"]
    assert "| `deps` | list of labels | `[]` | Others. |" in texts["some.md"]
    assert "| `modes` | `a,b` |  | Which. |" in texts["settings.md"]
    assert "| `fast` | `false` |  | How. |" in texts["settings.md"]
    assert "| [some.bzl](some.md) | What it is. |" in texts["README.md"]


def test_pages_are_written_and_stale_ones_removed(tmp_path: Path) -> None:
    (tmp_path / "same.md").write_text("same\n")
    (tmp_path / "gone.md").write_text("gone\n")
    (tmp_path / "BUILD.bazel").write_text("")
    wanted = {"same.md": "same\n", "new.md": "new\n"}
    assert update(tmp_path, wanted) == ["gone.md", "new.md"]
    assert {path.name for path in tmp_path.iterdir()} == {"same.md", "new.md", "BUILD.bazel"}
    assert update(tmp_path, wanted) == []
