"""Writes jit dumps (tools/perf/Documentation/jitdump-specification.txt of Linux)."""

from __future__ import annotations

import struct


def header(pid: int = 4242, order: str = "<", size: int = 40) -> bytes:
    return struct.pack(order + "IIIIIIQQ", 0x4A695444, 1, size, 62, 0, pid, 7, 0)


def record(kind: int, timestamp: int, body: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "IIQ", kind, 16 + len(body), timestamp) + body


def unwinding(timestamp: int, data: bytes, header_size: int, order: str = "<") -> bytes:
    padding = -len(data) % 8
    sizes = struct.pack(order + "QQQ", len(data), header_size, len(data) + padding)
    return record(4, timestamp, sizes + data + bytes(padding), order)


def load(
    timestamp: int, address: int, name: bytes, code: bytes, pid: int = 4242, order: str = "<"
) -> bytes:
    head = struct.pack(order + "IIQQQQ", pid, pid, address, address, len(code), 1)
    return record(0, timestamp, head + name + b"\0" + code, order)


def vector() -> bytes:
    """The dump of the vector (spec: symbol-harvest 8.3)."""
    return b"".join(
        (
            header(),
            unwinding(100, bytes(range(1, 13)), 4),
            load(101, 0x7F0000001000, b"py::f:/a/m.py", b"\x90" * 11),
        )
    )
