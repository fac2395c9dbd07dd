"""The table of calls fits both architectures, whichever this machine has.

The numbers, which only the kernel's headers know, are those of one call on both; and each has all
handlers that its part of the sources names.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_CALLS = Path("rules/kernel/calls.c")
_X86_64 = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
# Of aarch64, and of all other architectures that came after x86.
_GENERIC = Path("/usr/include/asm-generic/unistd.h")
_PAIR = re.compile(r"\{CALL\(([0-9]+), ([0-9]+)\)")
_DEFINITION = re.compile(r"#define __NR(?:3264)?_(\w+)\s+([0-9]+)$", re.MULTILINE)
# Other names for what is one call.
_NAMES = {"newfstatat": "fstatat"}

_HANDLER = re.compile(r"^long (on_\w+)\(", re.MULTILINE)


def _names(header: Path) -> dict[int, str]:
    found = _DEFINITION.findall(header.read_text())
    return {int(number): _NAMES.get(name, name) for name, number in found}


def test_numbers_of_both_architectures() -> None:
    if not _X86_64.exists() or not _GENERIC.exists():
        pytest.skip("no headers of the kernel for x86_64 (package linux-libc-dev)")
    ours, theirs = _names(_X86_64), _names(_GENERIC)
    pairs = [(int(one), int(other)) for one, other in _PAIR.findall(_CALLS.read_text())]
    assert len(pairs) > 20
    for one, other in pairs:
        assert ours[one] == theirs[other], (one, other)


def _of_aarch64(text: str) -> str:
    """What the compiler gets of a file there: without lines for x86_64 alone."""
    kept, stack = [], [True]
    for line in text.splitlines():
        if line.startswith("#if"):
            stack.append("defined(__x86_64__)" not in line)
        elif line.startswith("#else"):
            stack[-1] = not stack[-1]
        elif line.startswith("#endif"):
            stack.pop()
        elif all(stack) and not line.startswith("handler "):
            kept.append(line)
    return "\n".join(kept)


def test_aarch64_has_every_handler_that_it_names() -> None:
    files = sorted(_CALLS.parent.glob("*.c"))
    assert len(files) > 10
    text = "\n".join(_of_aarch64(file.read_text()) for file in files)
    defined = set(_HANDLER.findall(text))
    assert set(re.findall(r"\bon_\w+", text)) <= defined
    assert "on_openat" in defined
    assert "on_open" not in defined
