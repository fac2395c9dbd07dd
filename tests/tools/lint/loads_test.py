"""The lint that finds rules which Bazel 9 no longer has."""

from __future__ import annotations

from tools.lint.loads import missing_loads

_LOAD = 'load("@rules_cc//cc:cc_binary.bzl", "cc_binary")\n'
_CALL = 'cc_binary(name = "a")\n'


def test_snippets_of_documents() -> None:
    assert missing_loads("a.md", f"```starlark\n{_LOAD}{_CALL}```\n") == []
    assert missing_loads("a.md", f"```\n{_CALL}```\n") == ["cc_binary"]
    # A load counts in its own snippet, and what is not code does not call.
    assert missing_loads("a.md", f"{_CALL}```\n{_LOAD}```\n") == []
    assert missing_loads("a.md", f"```\n{_LOAD}```\n\n```\n{_CALL}```\n") == ["cc_binary"]


def test_texts_that_code_writes() -> None:
    assert missing_loads("a.bzl", f'_BUILD = """{_LOAD}{_CALL}"""\n') == []
    assert missing_loads("a.bzl", f'_BUILD = """{_CALL}"""\n') == ["cc_binary"]
    text = '_BUILD = """\n    sh_test(name = {name})\n    py_library(name = "b")\n"""\n'
    assert missing_loads("a.py", text) == ["py_library", "sh_test"]
    # Calls of Starlark itself are buildifier's business.
    assert missing_loads("a.bzl", f"def f(name):\n    {_CALL}") == []


def test_another_rule_of_the_same_load() -> None:
    both = 'load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library")\ncc_library(name = "a")\n'
    assert missing_loads("a.md", f"```\n{both}```\n") == []
    assert missing_loads("a.md", f"```\n{_LOAD}cc_library()\n```\n") == ["cc_library"]
