"""What machines add to programs, for tests."""

from __future__ import annotations

import dataclasses
from typing import Any

from rules_codspeed.contract.provenance import Host, ObjectFile

DEBIAN = Host(
    loader=ObjectFile("ld-linux-x86-64.so.2", "2.36", "22" * 20),
    libc=ObjectFile("libc.so.6", "2.36", "11" * 20),
    interpreter=None,
    libraries=[],
    kernel="6.12.0",
    cpu="AMD EPYC 7763",
    worker="",
)


def host(**changes: Any) -> Host:
    """Returns the machine with some facts changed."""
    return dataclasses.replace(DEBIAN, **changes)


def python(version: str, build_id: str) -> ObjectFile:
    """Returns an interpreter of a machine."""
    return ObjectFile("python3", version, build_id)


GLIBC_243 = host(
    loader=ObjectFile("ld-linux-x86-64.so.2", "2.43", "bb" * 20),
    libc=ObjectFile("libc.so.6", "2.43", "aa" * 20),
)
STATIC = host(loader=None, libc=None)
