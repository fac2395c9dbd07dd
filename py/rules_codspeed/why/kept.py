"""Runs that are kept as files: folders of `--out`, results, measurements of Bazel, baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.suite import PROFILE_SUFFIX, RESULTS_SUFFIX
from rules_codspeed.judge.baseline import SCHEMA, Baseline
from rules_codspeed.judge.baseline_reader import parse_baseline
from rules_codspeed.report.export import RESULTS, exported_profile
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.comparison import recorded
from rules_codspeed.results.model import Results
from rules_codspeed.results.schema import parse_results
from rules_codspeed.why.side import Side, SideOf

_ProfileOf = Callable[[str, str], Path | None]


def read_kept(path: Path, name: str) -> SideOf:
    """Reads a run that is kept as a file or folder.

    Args:
      path: of it.
      name: as the user wrote it.

    Raises:
      CodSpeedError: it is none.
    """
    file, profile_of = _places(path)
    try:
        content = read_document(file, RESULTS_DOCUMENT)
        if f'"{SCHEMA}"'.encode() in content:
            return _of_baseline(parse_baseline(content), name)
        return _of_results(parse_results(content), profile_of, name)
    except (OSError, DocumentError) as error:
        raise CodSpeedError(
            f"no run in {name}",
            got=f"{file}: {str(error).partition(chr(10))[0]}",
            expected="a folder of --out, results of --format json, a measurement in bazel-bin "
            "(NAME_simulation.profile), or a baseline, of this version of rules_codspeed",
            fix="name one of them, or the number of a stored run",
        ) from error


def _places(path: Path) -> tuple[Path, _ProfileOf]:
    """Returns the file with the numbers, and what finds the profile of a target."""
    stem = path.name.removesuffix(PROFILE_SUFFIX).removesuffix(RESULTS_SUFFIX)
    if stem != path.name:
        profile = path.with_name(stem + PROFILE_SUFFIX)
        return path.with_name(
            stem + RESULTS_SUFFIX
        ), lambda *_: profile if profile.is_dir() else None
    if path.is_dir():
        return path / RESULTS, lambda label, mode: exported_profile(path, label, mode)
    return path, lambda *_: None


def _of_results(results: Results, profile_of: _ProfileOf, name: str) -> SideOf:
    benchmarks = recorded(results)
    how = {(one.label, one.mode): one for one in results.provenance}

    def side(label: str, mode: str) -> Side | None:
        found = _of_target(benchmarks, label, mode)
        if not found:
            return None
        target = (label, mode)
        return Side(name, found, provenance=how.get(target), profile=profile_of(*target))

    return side


def _of_baseline(baseline: Baseline, name: str) -> SideOf:
    def side(label: str, mode: str) -> Side | None:
        found = _of_target(baseline.benchmarks, label, mode)
        costliest = {uri: baseline.functions.get((label, mode, uri), {}) for uri in found}
        return Side(name, found, costliest=costliest) if found else None

    return side


def _of_target(benchmarks: Mapping[Key, Recorded], label: str, mode: str) -> dict[str, Recorded]:
    return {key[2]: one for key, one in benchmarks.items() if key[:2] == (label, mode)}
