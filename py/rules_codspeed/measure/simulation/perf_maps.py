"""Maps of generated code, which runtimes leave in /tmp (spec: simulation 9)."""

from __future__ import annotations

import contextlib
from typing import BinaryIO

from rules_codspeed.contract.file_limits import PERF_MAP
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder
from rules_codspeed.measure.simulation.valgrind import PROFILE_NAME
from rules_codspeed.measure.stage.trees import remove_tree

_FOLDER = "/tmp"  # never below $TMPDIR


def open_perf_map(pid: int) -> BinaryIO:
    """Opens the map of a process.

    Raises:
      FileNotFoundError: it left none.
      Refused: what is there cannot be taken.
    """
    with UntrustedFolder(_FOLDER) as folder:
        return folder.open(f"perf-{pid}.map", PERF_MAP)


def remove_perf_maps(source: str, trusted: str, seconds: float) -> None:
    """Removes a run's perf maps, so that a later process with the same id does not append.

    Args:
      source: folder that the run wrote its profiles to, one for each process.
      trusted: a folder above it that no program can have replaced.
      seconds: that this may take.
    """
    names: list[str] = []
    with (
        contextlib.suppress(FileNotFoundError, Refused),  # the program removed the folder
        UntrustedFolder(source, trusted) as folder,
    ):
        names = folder.names()
    for name in names:
        if match := PROFILE_NAME.fullmatch(name):
            remove_tree(f"{_FOLDER}/perf-{match[1]}.map", seconds)
