"""What the entries that make results.json have in common: what they read, and their errors."""

from __future__ import annotations

import shlex
from pathlib import Path

from rules_codspeed.contract.accounting import Accounting, parse_accounting
from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.fields import among
from rules_codspeed.contract.provenance import Provenance, parse_provenance
from rules_codspeed.contract.strict_json import DocumentError, read_document

_LONGEST_COMMAND = 200  # characters


def problem(provenance: Provenance, what: str, got: str, expected: str, fix: str) -> BenchmarkError:
    """Returns an error with the command that was measured and where its output is.

    The user sees the error of the action that reads, not the output of the one that measured.

    Args:
      provenance: how it was measured.
      what: what is wrong, after the label.
      got: what was found, and where.
      expected: what a correct program leaves.
      fix: the next step.
    """
    label = provenance.label
    command = shlex.join(provenance.command)
    if len(command) > _LONGEST_COMMAND:
        command = f"{command[:_LONGEST_COMMAND]} ..."
    return BenchmarkError(
        f"{label} {what}",
        got=f"{got}; the program was: {printable(command)}",
        expected=expected,
        fix=f"{fix}; what it printed is in its log: 'bazel build --output_groups=log {label}'",
    )


def read_provenance(path: Path, mode: str) -> Provenance:
    """Reads the provenance that the driver of a mode wrote.

    Raises:
      CodSpeedError: it is not a provenance of this version, or that of another mode.
      OSError: the file cannot be read.
    """
    try:
        provenance = parse_provenance(read_document(path))
        among("mode", provenance.mode, (mode,))
        return provenance
    except DocumentError as error:
        raise CodSpeedError(
            "no provenance",
            got=f"{path}: {error}",
            expected="what the measuring driver of this version writes",
            fix="build the benchmark again",
        ) from error


def read_accounting(path: Path) -> Accounting:
    """Reads the accounting that the driver of a mode wrote.

    Raises:
      CodSpeedError: it is not an accounting of this version.
      OSError: the file cannot be read.
    """
    try:
        return parse_accounting(read_document(path))
    except DocumentError as error:
        raise CodSpeedError(
            "no accounting",
            got=f"{path}: {error}",
            expected="what the measuring driver of this version writes",
            fix="build the benchmark again",
        ) from error
