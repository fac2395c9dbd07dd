"""What a table of results shows besides the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rules_codspeed.results.changes import Change, Key
from rules_codspeed.results.model import Benchmark

Sort = Literal["name", "change"]


@dataclass(frozen=True, slots=True)
class View:
    """What a table shows besides the numbers.

    Attributes:
      changes: by benchmark; empty without a comparison: then there is no column of changes.
      sort: the order of benchmarks and packages: by name, or the largest change first.
      only_changed: whether benchmarks that did not change are left out, and counted.
      pages: address of the report's page, by benchmark: a link where the terminal has links.
    """

    changes: Mapping[Key, Change] = field(default_factory=dict)
    sort: Sort = "name"
    only_changed: bool = False
    pages: Mapping[Key, str] = field(default_factory=dict)

    def change(self, benchmark: Benchmark) -> Change | None:
        """Returns the change of a benchmark; None where there is nothing to compare with."""
        return self.changes.get((benchmark.label, benchmark.mode, benchmark.uri))

    def shows(self, benchmark: Benchmark) -> bool:
        """Returns whether a benchmark has a row."""
        change = self.change(benchmark)
        return not (self.only_changed and change and change.verdict == "unchanged")

    def size(self, benchmark: Benchmark) -> float:
        """Returns how large a change is; -1 where there is none, which is less than any."""
        change = self.change(benchmark)
        deciding = change.deciding if change else None
        return deciding.size if deciding else -1.0
