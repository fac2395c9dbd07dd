"""Finds the results of a suite's targets and makes one document of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import parse_record
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.suite import (
    EXPLAINED_SUFFIX,
    MEASURED,
    PROFILE_SUFFIX,
    MeasuredTarget,
    SuiteManifest,
)
from rules_codspeed.results.model import Results, merge

Locate = Callable[[str], Path]

_REBUILD = "build the suite again with 'bazel run'"


@dataclass(frozen=True, slots=True)
class Target:
    """One measurement of a suite.

    Attributes:
      label: Bazel label of the benchmark target.
      mode: how it was measured.
      results: file with its results.
      profile: folder with its profile.
      provenance: file that describes how it was measured.
      log: file with what was printed, where archives have it.
    """

    label: str
    mode: str
    results: Path
    profile: Path
    provenance: Path
    log: Path | None = None

    @property
    def explained(self) -> Path | None:
        """Folder with the profile that tells its Python functions apart, if that was built."""
        return explained_profile(self.profile.resolve(), self.provenance)


def explained_profile(profile: Path, provenance: Path) -> Path | None:
    """Returns the folder beside a profile that explains it; None if it was not built.

    Bazel keeps it also where it explains an earlier measurement.

    Args:
      profile: folder of the measurement, where Bazel made it.
      provenance: file of the measurement.
    """
    stem = profile.name.removesuffix(PROFILE_SUFFIX)
    found = profile.with_name(f"{stem}{EXPLAINED_SUFFIX}")
    try:
        same = (found / MEASURED).read_bytes() == provenance.read_bytes()
    except OSError:
        return None
    return found if same else None


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite: its Bazel label and its measurements."""

    label: str
    targets: tuple[Target, ...]

    def measured(self, results: Results) -> Suite:
        """Returns the suite without the targets that failed: these have no profile."""
        known = {(one.label, one.mode) for one in results.provenance}
        return Suite(
            self.label, tuple(one for one in self.targets if (one.label, one.mode) in known)
        )


def read_suite(manifest: Path, locate: Locate) -> Suite:
    """Reads the manifest that the rule `codspeed_suite` writes.

    Args:
      manifest: the file, see `contract/suite.py`.
      locate: returns the file of a runfiles path.

    Raises:
      CodSpeedError: the file is missing or is not such a manifest.
    """
    try:
        suite = parse_record(SuiteManifest, read_document(manifest))
        return Suite(suite.suite, tuple(_located(one, locate) for one in suite.targets))
    except (OSError, DocumentError) as error:
        raise CodSpeedError(
            "no suite",
            got=f"{manifest}: {error}",
            expected="a manifest that codspeed_suite writes",
            fix=_REBUILD,
        ) from error


def _located(target: MeasuredTarget, locate: Locate) -> Target:
    return Target(
        label=target.label,
        mode=target.mode,
        results=locate(target.results),
        profile=locate(target.profile),
        provenance=locate(target.provenance),
        log=locate(target.log) if target.log else None,
    )


def collect(suite: Suite, allow_empty: bool = False) -> Results:
    """Reads, validates and merges the results of all targets.

    Args:
      suite: the suite.
      allow_empty: whether a suite without benchmarks is right.

    Raises:
      CodSpeedError: results are missing or invalid, or no target measured anything.
    """
    merged = merge(_read(target) for target in suite.targets)
    if not (merged.benchmarks or merged.unmeasured or allow_empty):
        raise CodSpeedError(
            f"{suite.label} has no results",
            got=f"{len(suite.targets)} targets without a benchmark",
            expected="at least one benchmark",
            fix="list targets in the suite that have benchmarks",
        )
    return merged


def _read(target: Target) -> Results:
    # Slow to import, and of no use where the manifest is wrong.
    from rules_codspeed.results.schema import parse_results

    try:
        return parse_results(read_document(target.results, RESULTS_DOCUMENT))
    except (OSError, DocumentError) as error:
        fault = str(error).partition("\n")[0]
        raise CodSpeedError(
            f"no results of {target.label} ({target.mode})",
            got=f"{target.results}: {fault}",
            expected="results of this version of rules_codspeed",
            fix=_REBUILD,
        ) from error
