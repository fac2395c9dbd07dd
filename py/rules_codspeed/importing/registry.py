"""The formats by name, as the attribute `format` of codspeed_import has them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from rules_codspeed.importing.found import Found, ResultsFile

_READERS = {
    "cargo_criterion": ("cargo_criterion", "read"),
    "criterion": ("criterion", "read"),
    "customBiggerIsBetter": ("custom", "read_bigger"),
    "customSmallerIsBetter": ("custom", "read_smaller"),
    "go": ("go", "read"),
    "google_benchmark": ("google_benchmark", "read"),
    "hyperfine": ("hyperfine", "read"),
    "jmh": ("jmh", "read"),
    "pytest_benchmark": ("pytest_benchmark", "read"),
}
"""Module and function of each."""

FORMATS = tuple(_READERS)


def read_files(name: str, files: Sequence[ResultsFile]) -> Found:
    """Reads files of a format; only its reader is loaded.

    Raises:
      CodSpeedError: one of them has another form.
    """
    module, function = _READERS[name]
    reader = import_module(f"rules_codspeed.importing.formats.{module}")
    found: Found = getattr(reader, function)(files)
    return found
