"""Where the numbers of a report were measured, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.report.html.text import visible
from rules_codspeed.results.changes import Recorded
from rules_codspeed.results.conditions import conditions


def environment(provenance: Iterable[Provenance]) -> list[str]:
    """Returns the different environments of targets; those of one mode on one machine are one."""
    return sorted({visible(", ".join(filter(None, _parts(one)))) for one in provenance})


def _parts(one: Provenance) -> list[str]:
    parts = [one.mode, one.platform.replace("_", " ", 1)]
    if one.simulator:
        parts.append(f"{one.simulator.name} {one.simulator.version}")
    if one.walltime:
        parts.append(one.walltime.machine.cpu)
    if one.imported:
        parts += one.imported.tool
    if one.root:
        parts.append(f"root {one.root.name}")
    elif one.host and one.host.libc:
        parts.append(f"{one.host.libc.name} {one.host.libc.version}".rstrip())
    return parts


class Environments:
    """Tables of what numbers depend on, before and now; those of many benchmarks are one.

    Attributes:
      tables: each of rows of a name, the value before and that of now.
    """

    def __init__(self, provenance: Sequence[Provenance]) -> None:
        """Starts without a table.

        Args:
          provenance: of the targets of the report.
        """
        self.tables: list[list[list[str]]] = []
        self._now = [conditions(one) for one in provenance]
        self._numbers: dict[tuple[tuple[str, str, str], ...], int] = {}

    def number(self, before: Recorded | None, now: int) -> int:
        """Returns the table of a benchmark as a place in `tables`; -1 where one side is not known.

        Args:
          before: what it is compared with.
          now: how it is measured, as a place in the provenance; -1 where it is not.
        """
        if before is None or now < 0 or not before.conditions:
            return -1
        rows = tuple(_both(before.conditions, self._now[now]))
        number = self._numbers.setdefault(rows, len(self.tables))
        if number == len(self.tables):
            self.tables.append([[visible(text) for text in row] for row in rows])
        return number


def _both(before: Mapping[str, str], now: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    return ((name, before.get(name, ""), now.get(name, "")) for name in sorted({*before, *now}))
