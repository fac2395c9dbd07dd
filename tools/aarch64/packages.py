"""packages.json: Debian's packages that the trial of aarch64 uses, a row for each file.

Standard library only: repository rules run what imports it, before there is a Bazel target.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("packages.json")


@dataclass(frozen=True)
class PackageSet:
    """Packages of one architecture that are unpacked into one folder.

    Attributes:
      architecture: Debian's name of it.
      install: packages that are wanted with all that they depend on.
      alone: packages that are wanted without that.
      left_out: packages that others depend on and that nothing here uses.
      packages: SHA-256 by the name of each file, as apt writes it.
    """

    architecture: str
    install: tuple[str, ...]
    alone: tuple[str, ...]
    left_out: tuple[str, ...]
    packages: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What packages.json holds.

    Attributes:
      suite: of Debian. A released one that gets no more point releases keeps its files.
      sets: by name.
    """

    suite: str
    sets: dict[str, PackageSet]

    def text(self) -> str:
        """Returns the table as packages.json spells it."""
        sets = {name: one.__dict__ for name, one in self.sets.items()}
        return json.dumps({"suite": self.suite, "sets": sets}, indent=1) + "\n"


def read_table(file: Path = TABLE) -> Table:
    """Reads the table."""
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    lists = ("install", "alone", "left_out")
    return Table(
        found["suite"],
        {
            name: PackageSet(**{**one, **{key: tuple(one[key]) for key in lists}})
            for name, one in found["sets"].items()
        },
    )
