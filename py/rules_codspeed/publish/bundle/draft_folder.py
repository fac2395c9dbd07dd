"""The hidden folders in which bundles are made, also those whose process was killed."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rules_codspeed.contract.output.parts import is_part
from rules_codspeed.publish.bundle.folder_lock import locked_folder

_PREFIX = ".codspeed-"
_STALE_AFTER = 3600.0  # seconds
# What `tempfile` makes of the prefix, and what a bundle has in its folder.
_NAME = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")
# The last is of earlier versions.
_CONTENT = re.compile(r"part-\d+|bundle\.json|\.bundle\.json\..*")


@contextlib.contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """Makes a hidden folder; it is removed at the end unless it was renamed.

    Raises:
      OSError: it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    try:
        with locked_folder(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_stale(parent: Path, clock: Callable[[], float] = time.time) -> None:
    """Removes drafts that no process works on, as a killed process leaves them.

    Args:
      parent: folder that holds bundles.
      clock: gives the time in seconds since 1970.
    """
    with contextlib.suppress(OSError):
        for folder in list(parent.iterdir()):
            with contextlib.suppress(OSError):  # locked, or gone
                _remove_if_stale(folder, clock())


def _remove_if_stale(folder: Path, now: float) -> None:
    if not _NAME.fullmatch(folder.name) or now - folder.lstat().st_mtime < _STALE_AFTER:
        return
    with locked_folder(folder) as locked:
        names = [one.name for one in folder.iterdir()]
        if locked and all(_CONTENT.fullmatch(name) or is_part(name) for name in names):
            shutil.rmtree(folder, ignore_errors=True)
