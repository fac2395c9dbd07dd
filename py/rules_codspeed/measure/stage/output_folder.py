"""Folders to write to: an action's, kept open while a driver fills it, and empty ones."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.stage.trees import remove_tree


@contextlib.contextmanager
def output_folder(path: str, label: str) -> Iterator[str]:
    """Yields a folder to write to, by its descriptor; where the benchmark fails, it is left empty.

    A driver that outlives a killed Bazel goes on; if Bazel has made the folder anew
    meanwhile, the old one is gone, and nothing gets into the new one.

    Args:
      path: of the folder; made if it is not there.
      label: of the benchmark.

    Raises:
      CodSpeedError: it is not empty.
    """
    os.makedirs(path, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if os.listdir(descriptor):
            raise CodSpeedError(
                f"the profile folder of {label} is not empty",
                got=path,
                expected="an empty folder",
                fix="remove what is in it",
            )
        folder = f"/proc/self/fd/{descriptor}"
        try:
            yield folder
        except BenchmarkError:
            # Nobody shall take a part of a profile for the whole.
            for name in os.listdir(descriptor):
                remove_tree(f"{folder}/{name}")
            raise
    finally:
        os.close(descriptor)


def open_profile(layout: Layout, program: str) -> UntrustedFolder:
    """Opens the folder that a run wrote its profile to.

    Args:
      layout: the stage.
      program: what ran, in words.

    Raises:
      CodSpeedError: the run removed or replaced it.
    """
    try:
        return UntrustedFolder(layout.profile, layout.parent)
    except (FileNotFoundError, Refused) as error:
        raise BenchmarkError(
            f"{program} removed its profile folder",
            got=error.reason if isinstance(error, Refused) else "no folder at the end of the run",
            expected="the folder $CODSPEED_PROFILE_FOLDER, which its profile is written to",
            fix="let the program leave it alone",
        ) from error


def empty_folder(layout: Layout, folder: str, label: str, deadline: Deadline) -> None:
    """Makes a folder of the stage empty, whatever an earlier run left in its place.

    Args:
      layout: the stage.
      folder: directly in the stage.
      label: of the benchmark.
      deadline: of the measurement.

    Raises:
      CodSpeedError: it cannot be emptied in time, or a run replaced the stage.
    """
    # Through a link, the folder of another place would be emptied.
    if _is_folder(layout.root) and remove_tree(folder, deadline.for_cleaning_up()):
        os.mkdir(folder)
        return
    raise BenchmarkError(
        f"a folder of the stage cannot be made empty for the next run of {label}",
        got=f"{folder}, as an earlier run of the program left it",
        expected="what this user may remove, with nothing mounted in it",
        fix="let the program unmount what it mounts, and leave the stage itself alone",
    )


def _is_folder(path: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return stat.S_ISDIR(os.lstat(path).st_mode)
    return False
