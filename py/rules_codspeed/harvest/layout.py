"""The layout of the profile folder in each version of the official runner.

What changed when is in docs/spec (spec: symbol-harvest 11; walltime 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.runner_versions import find_runner, known_versions

_ROUNDS = {"BenchmarkStart": "RoundStart", "BenchmarkEnd": "RoundEnd"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout that one version of the runner writes.

    Attributes:
      version: for example `5.0.2`.
      metadata_file: name of the metadata file.
      marker_names: new name by the name that markers have in a raw run.
      unwind_version: format of unwind files: 2, 3 or 4 (spec: symbol-harvest 5.3).
      header_optional: whether unwind data without `.eh_frame_hdr` counts.
      fork_inheritance: whether a fork copies the parent's modules to the child.
      exec_purge: whether an exec drops the modules of the process.
      debug_files: whether separate debug files are read.
      legacy: before 4.11.0: everything by pid, nothing by key, no filter of pids.
    """

    version: str
    metadata_file: str
    marker_names: Mapping[str, str]
    unwind_version: int
    header_optional: bool
    fork_inheritance: bool
    exec_purge: bool
    debug_files: bool
    legacy: bool

    def marker_name(self, name: str) -> str:
        """Returns the name that this version gives to a marker of a raw run."""
        return self.marker_names.get(name, name)


def layout_of(version: str) -> Layout:
    """Returns the layout of a version, for example `5.0.2` or `v5.0.2`.

    Raises:
      CodSpeedError: it is not a version, or not one whose layout is known.
    """
    runner = find_runner(version)
    if not (runner and runner.walltime):
        raise CodSpeedError(
            "the raw run is to have the layout of an unknown version of CodSpeed's runner",
            got=repr(version),
            expected=known_versions(version, "walltime"),
            fix="measure again: what measures names one of these",
        )
    return Layout(
        version=runner.version,
        metadata_file="walltime.metadata" if runner.walltime_metadata else "perf.metadata",
        marker_names=_ROUNDS if runner.walltime_metadata else {},
        unwind_version=runner.unwind_format,
        header_optional=runner.header_optional,
        fork_inheritance=runner.fork_inheritance,
        exec_purge=runner.exec_purge,
        debug_files=runner.debug_files,
        legacy=runner.by_process,
    )
