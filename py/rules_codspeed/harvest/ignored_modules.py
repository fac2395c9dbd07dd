"""Interpreters, the modules that are folded away (spec: symbol-harvest 9)."""

from __future__ import annotations

from collections.abc import Collection

from rules_codspeed.harvest.metadata import IgnoredModule

_MASK = (1 << 64) - 1


def is_ignored(path: str, interpreters: Collection[str]) -> bool:
    """Returns whether a module is an interpreter, linked statically or not.

    Args:
      path: of the module.
      interpreters: canonical paths of the machine's interpreters and their libraries.
    """
    return path in interpreters or path.rsplit("/", 1)[-1].startswith("python")


def ignored_module(path: str, bounds: tuple[int, int], load_bias: int) -> IgnoredModule:
    """Returns a module to fold away, at the addresses of one process.

    Args:
      path: of the module.
      bounds: lowest address and highest end of its symbols, as the file states them.
      load_bias: what to add.
    """
    start, end = bounds
    return IgnoredModule(path, (start + load_bias) & _MASK, (end + load_bias) & _MASK)
