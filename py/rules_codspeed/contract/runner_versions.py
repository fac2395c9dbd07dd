"""What depends on the version of CodSpeed's runner that we behave like.

The versions and what they changed are in data/runners.py.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple

from rules_codspeed.contract.data.runners import DEFAULT, RELEASES, SINCE
from rules_codspeed.contract.errors import CodSpeedError

Number = tuple[int, int, int]
RunnerMode = Literal["simulation", "walltime", "memory"]

_VERSION: Final = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")
_SETTING: Final = "--@rules_codspeed//rules/settings:runner_version"


class Runner(NamedTuple):
    """What one version of CodSpeed's runner does.

    Attributes:
      number: the version.
      metadata_schema: version of the run metadata that it writes.
      signed_exponents: whether it writes the number 1e16 as `1e+16`, as its JSON library does,
        or as `1e16`.
      exclude_allocations: whether its metadata asks for costs without allocations.
      simulation: whether we know its command line of Valgrind.
      walltime: whether we know how it writes walltime profiles.
      memory: whether it measures memory with protocol and artifact as we know them.
      tool_first: whether Valgrind's tool and its options stand before what all tools take.
      native_children: patterns of the executables that Valgrind does not follow.
      log_by_process: whether each simulated process has a log of its own.
      cycle_estimation: whether Valgrind estimates cycles where nobody chose.
      separate_threads: whether it states if each thread has numbers of its own, and whether
        counting starts with the program behind what all tools take, not within.
      python_perf_maps: where PYTHONPERFSUPPORT=1 is set: modes, or `<mode>/exec` for programs
        without an integration.
      by_process: whether it writes the files of a walltime profile by process, not by key.
      walltime_metadata: whether the profile's metadata is `walltime.metadata` and its markers are
        those of rounds, or `perf.metadata` and those of benchmarks.
      unwind_format: format of the files of unwind data.
      header_optional: whether unwind data without `.eh_frame_hdr` counts.
      fork_inheritance: whether a fork copies the parent's modules to the child.
      exec_purge: whether an exec drops the modules of the process.
      debug_files: whether separate debug files are read.
      java_options: what JAVA_TOOL_OPTIONS is set to in walltime; empty if it is not.
      frame_pointers_for_go: whether programs of Go have frame pointers for it.
      by_executable: whether it chooses how call chains are found by the names of executables,
        or by words anywhere in the command.
      python_stack: bytes of stack that are copied for each sample of Python.
      exec_harness: version of exec-harness that it brings along.
    """

    number: Number
    metadata_schema: int
    signed_exponents: bool = False
    exclude_allocations: bool = False
    simulation: bool = False
    walltime: bool = False
    memory: bool = False
    tool_first: bool = True
    native_children: str = "*esbuild"
    log_by_process: bool = False
    cycle_estimation: bool = False
    separate_threads: bool = False
    python_perf_maps: frozenset[str] = frozenset({"simulation/exec"})
    by_process: bool = True
    walltime_metadata: bool = False
    unwind_format: int = 2
    header_optional: bool = False
    fork_inheritance: bool = False
    exec_purge: bool = False
    debug_files: bool = False
    java_options: str = ""
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

    def python_variables(self, mode: RunnerMode, framework: str) -> dict[str, str]:
        """Returns the variables by which Python states what it compiles (spec: simulation 4)."""
        places = {mode, f"{mode}/{framework}"}
        return {"PYTHONPERFSUPPORT": "1"} if places & self.python_perf_maps else {}


def _number(version: str) -> Number | None:
    match = _VERSION.fullmatch(version)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _numbered(version: str) -> Number:
    number = _number(version)
    assert number, "the table has versions only"
    return number


_RELEASED: Final = tuple(_numbered(one) for one in RELEASES)
_CHANGES: Final = tuple((_numbered(first), changes) for first, changes in SINCE.items())


def text(number: Number) -> str:
    """Returns a version as text, such as `5.0.2`."""
    return ".".join(map(str, number))


def first_with(**facts: object) -> Number:
    """Returns the first version that has these values of `Runner`'s fields."""
    return next(one for one in _RELEASED if facts.items() <= _at(one)._asdict().items())


def find_runner(version: str) -> Runner | None:
    """Returns what a version such as `5.0.2` or `v5.0.2` does.

    Returns:
      None if it is not a version, or not one that is known.
    """
    number = _number(version)
    return _at(number) if number in _RELEASED else None


def nearest(version: str, mode: RunnerMode | None = None) -> Runner:
    """Returns the known version that stands for another text best.

    Args:
      version: what was asked for.
      mode: that the version has to know, if any.

    Returns:
      The last one before it, the first one where there is none, or the default for what is no
      version.
    """
    known = [one for one in map(_at, _RELEASED) if mode is None or getattr(one, mode)]
    number = _number(version) or _numbered(DEFAULT)
    return max((one for one in known if one.number <= number), default=known[0])


def known_versions(version: str, mode: RunnerMode | None = None) -> str:
    """Returns, for an error, which versions there are and which of them is nearest to one.

    Args:
      version: what was asked for.
      mode: that a version has to know, if any.
    """
    oldest = first_with(**{mode: True}) if mode else _RELEASED[0]
    close = nearest(version, mode).version
    return f"a release from {text(oldest)} to {RELEASES[-1]}; the nearest is {close}"


def runner_of(label: str, version: str, mode: RunnerMode) -> Runner:
    """Returns the version of CodSpeed's runner that a target is measured as.

    Args:
      label: of the target.
      version: as the setting has it; empty for the default.
      mode: that the version has to know.

    Raises:
      CodSpeedError: there is no such version, or it does not measure in that mode.
    """
    runner = find_runner(version or DEFAULT)
    if runner and getattr(runner, mode):
        return runner
    raise CodSpeedError(
        f"{label} cannot be measured as that version of CodSpeed's runner",
        got=repr(version),
        expected=known_versions(version, mode),
        fix=f"pass {_SETTING}={nearest(version, mode).version}, or leave the setting out for "
        f"{DEFAULT}",
    )


def _at(number: Number) -> Runner:
    facts: dict[str, Any] = {}
    for first, changes in _CHANGES:
        if number >= first:
            facts |= changes
    return Runner(number, **facts)
