"""Recognises the format of a file by its first bytes."""

from __future__ import annotations

import io

import zstandard

from rules_codspeed.contract.timestamps import FILE as TIMESTAMPS

HEAD = 1 << 18
"""Bytes that are enough to recognise a file: a block of zstd has up to half as many."""

WINDOW = 1 << 27
"""Bytes that a frame of zstd may refer back."""

_CALLGRIND = b"# callgrind format"
_TRACEGRIND = b"TGMP"
_PERF = b"PERFILE2"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_TAR, _TAR_AT = b"ustar", 257


def kind_of(head: bytes, name: str) -> str:
    """Returns the format of a file, or an empty text.

    Args:
      head: its first bytes.
      name: of the file; only what the bytes leave open is decided by it.
    """
    if head.startswith(_CALLGRIND):
        return "callgrind"
    if head.startswith(_TRACEGRIND):
        return "tracegrind"
    if head.startswith(_PERF):
        return "perf"
    if head.startswith(_ZSTD):
        is_archive = name.endswith(".tar.zst") or _is_tar(_expanded(head))
        return "tar.zst" if is_archive else "memtrack"
    if head.startswith(_GZIP):
        return "tar.gz"
    if _is_tar(head):
        return "tar"
    if name.endswith(TIMESTAMPS):
        return "timestamps"
    if head.lstrip(b" \t\r\n").startswith(b"{"):
        return "json"
    return ""


def _is_tar(head: bytes) -> bool:
    return head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


def _expanded(head: bytes) -> bytes:
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(io.BytesIO(head))
        return reader.read(_TAR_AT + len(_TAR))
    except zstandard.ZstdError:
        return b""
