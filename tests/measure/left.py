"""What a measured program leaves that is no file, and what a driver leaves of it: nothing."""

from __future__ import annotations

from pathlib import Path

from tests.measure.target import STAGE

_PASSWD = Path("/etc/passwd").read_bytes()[:30]

NO_FILES = {
    "passwd": "a symbolic link",
    "zero": "a symbolic link",
    "itself": "a symbolic link",
    "fifo": "a FIFO",
    "folder": "a folder",
    "socket": "a socket",
}
"""By what `leave.h` is asked for: what the error calls it."""


def clean(folder: Path) -> None:
    """Nothing of the stage is left, and nothing of the machine was taken into a folder."""
    assert not STAGE.exists()
    for path in folder.rglob("*"):
        assert path.is_dir() or _PASSWD not in path.read_bytes()
