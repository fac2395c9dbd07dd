"""What counts as printing beside the printer."""

from __future__ import annotations

import pytest

from tools.lint.prints import bare_prints


@pytest.mark.parametrize(
    "statement",
    [
        "print(uri)",
        "warn = print",
        "sys.stderr.write(uri)",
        "sys.stdout.buffer.write(data)",
        "stdout.write(uri)",
        "write = sys.stdout.writelines",
        "self.stdout.write(event)",
        "os.write(2, data)",
        "traceback.print_exc()",
        "warnings.warn(uri)",
        "breakpoint()",
        "argparse.ArgumentParser(prog='x')",
        "def show(file: TextIO | None) -> None:\n    file.write(uri)",
    ],
)
def test_what_prints(statement: str) -> None:
    assert len(list(bare_prints(statement))) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "print_text(uri)",
        "print_text(uri, sys.stderr)",
        "show(sys.stdout)",
        "with path.open('w') as file:\n    file.write(uri)",
        "os.write(descriptor, data)",
        "_PROBE = 'print(1)'",
        "log.warn(uri)",
        "def add(parser: argparse.ArgumentParser) -> None: ...",
        "printable(uri)",
    ],
)
def test_what_does_not(statement: str) -> None:
    assert list(bare_prints(statement)) == []


def test_lines() -> None:
    assert list(bare_prints("a = 1\n\nprint(a)\n")) == [(3, "print")]
