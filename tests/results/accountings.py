"""What a measuring driver states of benchmarks without a number, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rules_codspeed.contract.accounting import Accounting, Unmeasured
from rules_codspeed.contract.fields import write_document


def write_accounting(
    folder: Path, unmeasured: Sequence[Unmeasured] = (), label: str = "//pkg:bench"
) -> Path:
    """Writes accounting.json; returns it."""
    file = folder / "accounting.json"
    write_document(str(file), Accounting(1, label, list(unmeasured)))
    return file
