"""Checks that our programs print by one printer, which no text from outside can use as a command.

`contract/printing.py` writes out what moves a cursor and what the reader of a CI's log obeys. A
bare `print`, or a write to a standard stream, would pass it by.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.lint.tree import TreeError, project_files

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("py/", "tools/archives/")
"""Programs that users start."""

EXEMPT = {
    "py/rules_codspeed/measure/bytecode/compile_modules.py": "runs under the interpreter of the "
    "measured program, where nothing of ours can be imported",
    "py/rules_codspeed/contract/printing.py": "is the printer",
    "tools/archives/contents.py": "is run by repository rules, alone; they print what it says",
    "py/rules_codspeed/measure/frameworks/pytesting/main.py": "runs in the measured interpreter, "
    "where nothing of ours can be imported; the driver quotes what it prints",
    "py/rules_codspeed/measure/frameworks/google/call_tracer.py": "runs alone beside the "
    "program; the driver quotes what it prints",
    "py/rules_codspeed/measure/walltime/rounds/pytest_rounds.py": "as pytest_main.py",
}
"""Files that may print by themselves, and why."""

_STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
_WRITES = {"write", "writelines"}
# What writes to a standard stream by itself.
_OTHERS = {
    *("traceback.print_exc", "traceback.print_exception", "traceback.print_stack"),
    *("warnings.warn", "pprint.pprint", "pprint.pp", "os.writev"),
}
_PRINTER = "contract/printing.py, or contract/arguments.py for a command line"


def bare_prints(content: str) -> Iterator[tuple[int, str]]:
    """Yields line and name of each use of something that prints beside the printer.

    Args:
      content: of a Python file.
    """
    tree = ast.parse(content)
    streams = _text_streams(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("print", "breakpoint"):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and (
            (node.attr in _WRITES and _is_stream(node.value, streams))
            or ast.unparse(node) in _OTHERS
        ):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and _is_bare_call(node):
            yield node.lineno, ast.unparse(node.func)


def _is_bare_call(node: ast.Call) -> bool:
    """Whether a call writes to a standard stream, or makes what prints errors by itself."""
    function = ast.unparse(node.func)
    if function == "os.write":
        return isinstance(node.args[0], ast.Constant)
    return function == "argparse.ArgumentParser"


def _text_streams(tree: ast.Module) -> set[str]:
    """Returns the names of parameters that are streams of text: a caller may pass a standard one.

    A file that is written as a whole is opened by whoever writes it.
    """
    return {
        node.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.arg)
        and node.annotation is not None
        and "TextIO" in ast.unparse(node.annotation)
    }


def _is_stream(node: ast.expr, streams: set[str]) -> bool:
    """Whether an expression is a standard stream, its buffer, or a parameter that may be one."""
    if isinstance(node, ast.Attribute):
        return node.attr in _STREAMS or (node.attr == "buffer" and _is_stream(node.value, streams))
    return isinstance(node, ast.Name) and (node.id in _STREAMS or node.id in streams)


def main() -> int:
    """Checks the tree; returns 1 if something prints by itself."""
    try:
        files = [path for path in project_files(ROOT) if path.suffix == ".py"]
    except TreeError as error:
        print(f"prints: {error}", file=sys.stderr)
        return 1
    found = [
        f"{path}:{line}: {name} prints beside the printer; use {_PRINTER}"
        for path in files
        if str(path).startswith(FOLDERS) and str(path) not in EXEMPT
        for line, name in bare_prints((ROOT / path).read_text(encoding="utf-8"))
    ]
    found += [
        f"{path}: there is no such file; remove it from EXEMPT"
        for path in EXEMPT
        if Path(path) not in files
    ]
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
