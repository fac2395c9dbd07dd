"""What a pinned root stands for: whatever a distribution puts below these folders."""

from __future__ import annotations

MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
"""The folders that a merged /usr holds; at the top there are links to them."""
AREAS = ("etc", "usr", *MERGED)
"""All of them, as in rules/kernel/root.c."""


def is_of_root(path: str) -> bool:
    """Whether an absolute path is below one of the folders."""
    return path.startswith("/") and path[1:].partition("/")[0] in AREAS
