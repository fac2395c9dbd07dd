"""The manifest of a suite: what its command is about.

The rule `codspeed_suite` writes it (rules/private/suite.bzl), and `report/collect.py` reads it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

RESULTS_SUFFIX = ".results.json"
"""How a measuring rule names the file of its results (rules/private/measure/measurement.bzl)."""
PROFILE_SUFFIX = ".profile"
"""How it names the folder of its profile."""

PROVENANCE_SUFFIX = ".provenance.json"
"""How it names the file that states how it was measured."""
EXPLAINED_SUFFIX = ".explained.profile"
"""How it names the folder of the profile that explains that of a Python program, beside it."""
MEASURED = "measured.json"
"""In the profile of an explanation: the provenance of the measurement that it explains."""


class MeasuredTarget(NamedTuple):
    """One measurement of a suite; the files are runfiles paths.

    Attributes:
      label: Bazel label of the benchmark target.
      mode: how it was measured.
      profile: folder with its profile.
      provenance: file that states how it was measured.
      results: file with its results.
      log: file with what was printed, where archives have it; empty elsewhere.
    """

    label: str
    mode: str
    profile: str
    provenance: str
    results: str
    log: str = ""


class SuiteManifest(NamedTuple):
    """A suite: its Bazel label and its measurements."""

    schema: Literal[1]
    suite: str
    targets: list[MeasuredTarget]
