"""Exports for other tools, one module each: its name is the format's, its `export` writes it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rules_codspeed.results.changes import Change, Key
    from rules_codspeed.results.graphs.call_tree import CallTree
    from rules_codspeed.results.model import Results


class Measured(Protocol):
    """What a run measured, as far as exports need it."""

    @property
    def suite(self) -> str:
        """Label of the suite."""

    @property
    def results(self) -> Results:
        """All numbers."""

    @property
    def changes(self) -> Sequence[Change]:
        """What changed of the benchmarks; none without a comparison."""

    def call_trees(self) -> Mapping[Key, CallTree]:
        """Returns where the costs of benchmarks are; raises CodSpeedError for a bad profile."""

    def callgrind_folders(self) -> Sequence[Path]:
        """Returns the profile folders that hold callgrind's profiles."""


Export = Callable[[Measured, Path], None]
"""Writes a file or a folder; raises CodSpeedError for a bad profile, OSError."""


def formats() -> list[str]:
    """Returns the names of all formats."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def export_to(name: str) -> Export:
    """Returns what writes a format of `formats`; only its module is loaded."""
    export: Export = import_module(f"{__name__}.{name}").export
    return export
