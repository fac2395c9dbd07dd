"""The numbers of the calls, which only the kernel's headers know, are those of one call on both."""

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
