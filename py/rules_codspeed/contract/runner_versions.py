"""The versions of CodSpeed's runner that we can behave like, and what depends on them.

Sources: the runner's tags (spec: upload 4.1; walltime 2.4, 5, 9; symbol-harvest 5.3, 11). A new
version is a row of `_SINCE`.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError

Number = tuple[int, int, int]

_VERSION: Final = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")


class Runner(NamedTuple):
    """What one version of CodSpeed's runner does.

    Attributes:
      number: the version.
      metadata_schema: version of the run metadata that it writes.
      signed_exponents: whether it writes the number 1e16 as `1e+16`, as its JSON library does,
        or as `1e16`.
      walltime: whether we know how it writes walltime profiles.
      memory: whether it measures memory with protocol and artifact as we know them.
      by_process: whether it writes the files of a walltime profile by process, not by key.
      walltime_metadata: whether the profile's metadata is `walltime.metadata` and its markers are
        those of rounds, or `perf.metadata` and those of benchmarks.
      unwind_format: format of the files of unwind data.
      header_optional: whether unwind data without `.eh_frame_hdr` counts.
      fork_inheritance: whether a fork copies the parent's modules to the child.
      exec_purge: whether an exec drops the modules of the process.
      debug_files: whether separate debug files are read.
      java_options: whether it sets JAVA_TOOL_OPTIONS.
      frame_pointers_for_go: whether programs of Go have frame pointers for it.
      by_executable: whether it chooses how call chains are found by the names of executables,
        or by words anywhere in the command.
      python_stack: bytes of stack that are copied for each sample of Python.
      exec_harness: version of exec-harness that it brings along.
    """

    number: Number
    metadata_schema: int
    signed_exponents: bool = False
    walltime: bool = False
    memory: bool = False
    by_process: bool = True
    walltime_metadata: bool = False
    unwind_format: int = 2
    header_optional: bool = False
    fork_inheritance: bool = False
    exec_purge: bool = False
    debug_files: bool = False
    java_options: bool = False
    frame_pointers_for_go: bool = False
    by_executable: bool = False
    python_stack: int = 16384
    exec_harness: str = "1.2.0"

    @property
    def version(self) -> str:
        """The version as text, such as `5.0.2`."""
        return ".".join(map(str, self.number))

    @property
    def profile_layout(self) -> tuple[bool, bool, int]:
        """What a reader of a walltime profile has to know; versions of one layout are equal."""
        return self.by_process, self.walltime_metadata, self.unwind_format


# The first version of each change, and what it changes; the last row is the newest known version.
_SINCE: Final[tuple[tuple[Number, dict[str, Any]], ...]] = (
    ((4, 9, 0), {"metadata_schema": 8}),
    ((4, 10, 6), {"walltime": True, "memory": True}),
    ((4, 11, 0), {"by_process": False, "unwind_format": 3}),
    ((4, 12, 0), {"metadata_schema": 9, "frame_pointers_for_go": True}),
    ((4, 13, 0), {"java_options": True, "by_executable": True}),
    ((4, 14, 0), {"metadata_schema": 10}),
    ((4, 15, 0), {"debug_files": True, "exec_harness": "1.3.0"}),
    ((4, 15, 1), {"python_stack": 32768}),
    ((4, 16, 0), {"walltime_metadata": True}),
    ((4, 16, 2), {"fork_inheritance": True}),
    ((4, 17, 0), {"signed_exponents": True}),
    ((4, 17, 4), {"exec_purge": True}),
    ((4, 17, 6), {"unwind_format": 4, "header_optional": True}),
    ((5, 0, 2), {}),
)

OLDEST: Final[Number] = _SINCE[0][0]
NEWEST: Final[Number] = _SINCE[-1][0]


def text(number: Number) -> str:
    """Returns a version as text, such as `5.0.2`."""
    return ".".join(map(str, number))


def first_with(**facts: object) -> Number:
    """Returns the first version that has these values of `Runner`'s fields."""
    return next(first for first, _ in _SINCE if facts.items() <= _at(first)._asdict().items())


def find_runner(version: str) -> Runner | None:
    """Returns what a version such as `5.0.2` or `v5.0.2` does.

    Returns:
      None if it is not a version, or older or newer than what is known.
    """
    match = _VERSION.fullmatch(version)
    number = (int(match[1]), int(match[2]), int(match[3])) if match else (0, 0, 0)
    return _at(number) if OLDEST <= number <= NEWEST else None


def runner_of(label: str, version: str, mode: Literal["walltime", "memory"]) -> Runner:
    """Returns the version of CodSpeed's runner that a target is measured as.

    Args:
      label: of the target.
      version: as the setting has it; empty for the newest.
      mode: that the version has to know.

    Raises:
      CodSpeedError: there is no such version, or it does not measure in that mode.
    """
    runner = find_runner(version or text(NEWEST))
    if runner and getattr(runner, mode):
        return runner
    raise CodSpeedError(
        f"{label} cannot be measured as that version of CodSpeed's runner",
        got=repr(version),
        expected=f"{text(first_with(**{mode: True}))} to {text(NEWEST)}",
        fix="choose one by --@rules_codspeed//rules/settings:runner_version, or leave it out",
    )


def _at(number: Number) -> Runner:
    facts: dict[str, Any] = {}
    for first, changes in _SINCE:
        if number >= first:
            facts |= changes
    return Runner(number, **facts)
