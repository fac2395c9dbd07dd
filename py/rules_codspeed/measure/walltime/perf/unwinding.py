"""Which call chains perf records: by command and runner's version (spec: walltime 2.4)."""

from __future__ import annotations

import re
from typing import Final

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.runner_versions import Runner

FRAME_POINTERS: Final = "fp"
_DWARF: Final = "dwarf,8192"

_JAVA = frozenset({"gradle", "gradlew", "java", "maven", "mvn", "mvnw"})
_PYTHON = frozenset({"pytest", "uv", "python", "python3"})


def call_graph(command: str, runner: Runner, mode: str = "") -> str:
    """Returns the value of perf's option --call-graph.

    Args:
      command: the benchmark's command line, as one text.
      runner: version of CodSpeed's runner to follow.
      mode: `fp` or `dwarf` if the user chose one.

    Returns:
      `fp`, or `dwarf,` and the size of the stack that is copied for each sample, in bytes.

    Raises:
      CodSpeedError: the mode is not known.
    """
    if mode:
        return _chosen(mode)
    if not runner.by_executable:
        return _by_text(command, runner)
    names = _executables(command)
    if names & _JAVA:
        return FRAME_POINTERS
    if "cargo" in names:
        return _DWARF
    if "go" in names:
        return FRAME_POINTERS
    if names & _PYTHON:
        return f"dwarf,{runner.python_stack}"
    return _DWARF


def _chosen(mode: str) -> str:
    modes = {"fp": FRAME_POINTERS, "dwarf": _DWARF}
    if mode not in modes:
        raise BenchmarkError(
            "the attribute unwinding cannot be used",
            got=f"unwinding = {mode!r}",
            expected="fp, dwarf or auto",
            fix="check the attribute unwinding",
        )
    return modes[mode]


def _by_text(command: str, runner: Runner) -> str:
    """Looks for words anywhere in the command, even inside other words."""
    if "cargo" in command:
        return _DWARF
    if "go test" in command and runner.frame_pointers_for_go:
        return FRAME_POINTERS
    if any(word in command for word in ("pytest", "uv", "python")):
        return f"dwarf,{runner.python_stack}"
    return _DWARF


def _executables(command: str) -> set[str]:
    """Returns the file name of each word."""
    words = re.split(r"[\s|;&()]+", command)
    return {word.rstrip("/").rpartition("/")[2] for word in words}
