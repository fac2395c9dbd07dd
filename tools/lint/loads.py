#!/usr/bin/env python3
"""Finds rules that left Bazel and are not loaded, where buildifier does not look.

Bazel 9 has neither C++, Java, Python nor shell rules: each must be loaded from its rule set.
buildifier sees to that in Starlark files. This is for BUILD files within other files: the
snippets of documents, and the text that our code writes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.lint.tree import TreeError, project_files

_SUFFIXES = (".bzl", ".md", ".py")
_LEFT_ALONE = {
    # A stub that stands in for a module under the private Bazel alone, which is a Bazel 7.
    "tools/bazel/bazelrc.py",
    # What must be found.
    "tests/tools/lint/loads_test.py",
}
_CALL = re.compile(r"^ *((?:cc|java|objc|proto|py|sh)_[a-z_]+)\(", re.MULTILINE)
_FENCED = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def _texts(name: str, content: str) -> Iterator[str]:
    """Yields the parts of a file that may be a BUILD file: code blocks, or strings."""
    if name.endswith(".md"):
        yield from (block[1] for block in _FENCED.finditer(content))
        return
    # Starlark's syntax is a part of Python's.
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def missing_loads(name: str, content: str) -> list[str]:
    """Returns the rules that a file's snippets call and do not load, sorted.

    Args:
      name: name of the file, by whose suffix it is read.
      content: its text.
    """
    missing = set()
    for text in _texts(name, content):
        for call in _CALL.finditer(text):
            load = rf'load\("@rules_[^)]*"{call[1]}"'
            if not re.search(load, text):
                missing.add(call[1])
    return sorted(missing)


def main() -> int:
    """Checks the tree; returns 1 if a load is missing."""
    root = Path(__file__).resolve().parents[2]
    try:
        files = [path for path in project_files(root) if path.suffix in _SUFFIXES]
    except TreeError as error:
        print(f"loads: {error}", file=sys.stderr)
        return 1
    status = 0
    for path in files:
        if str(path) in _LEFT_ALONE:
            continue
        for rule in missing_loads(path.name, (root / path).read_text(encoding="utf-8")):
            print(
                f"{path}: {rule} is called and not loaded; Bazel 9 has no such rule of its own",
                file=sys.stderr,
            )
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
