"""What the profile folder of each version of the official runner looks like.

Source: spec/symbol-harvest.md section 11 and spec/walltime.md section 9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rules_codspeed.capture.errors import problem

_VERSION = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")
_OLDEST = (4, 10, 6)
_NEWEST = (5, 0, 2)
_ROUNDS = {"BenchmarkStart": "RoundStart", "BenchmarkEnd": "RoundEnd"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout that one version of the runner writes.

    Attributes:
      version: such as `5.0.2`.
      metadata_file: name of the metadata file.
      marker_names: new name by the name that markers have in a raw run.
      unwind_version: format of unwind files: 2, 3 or 4 (spec/symbol-harvest.md 5.3).
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
    """Returns the layout of a version such as `5.0.2` or `v5.0.2`.

    Raises:
      HarvestError: it is no version, or none whose layout we know.
    """
    match = _VERSION.fullmatch(version)
    number = (int(match[1]), int(match[2]), int(match[3])) if match else (0, 0, 0)
    if not _OLDEST <= number <= _NEWEST:
        raise problem(
            "unknown runner version",
            repr(version),
            f"{_text(_OLDEST)} to {_text(_NEWEST)}",
            f"choose one of these, or leave it out for {_text(_NEWEST)}",
        )
    legacy = number < (4, 11, 0)
    optional = number >= (4, 17, 6)
    renamed = number >= (4, 16, 0)
    return Layout(
        version=_text(number),
        metadata_file="walltime.metadata" if renamed else "perf.metadata",
        marker_names=_ROUNDS if renamed else {},
        unwind_version=4 if optional else 2 if legacy else 3,
        header_optional=optional,
        fork_inheritance=number >= (4, 16, 2),
        exec_purge=number >= (4, 17, 4),
        debug_files=number >= (4, 15, 0),
        legacy=legacy,
    )


def _text(number: tuple[int, int, int]) -> str:
    return ".".join(map(str, number))
