"""The vectors A to G: metadata as they are sent, and their run hashes (spec: upload 16).

The publisher must write these bytes, and the collector must accept them. The hashes were recorded
with the documents; `sha256sum -c SHA256SUMS` in their folder verifies both.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "vectors"


def vectors() -> dict[str, tuple[bytes, str]]:
    """Returns body and run hash by the name of the vector, in their order."""
    lines = (_FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {
        file.removesuffix(".json"): ((_FOLDER / file).read_bytes(), digest)
        for digest, file in (line.split("  ") for line in lines)
    }
