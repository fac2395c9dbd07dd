"""Files of other users, for tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def give_away(path: Path) -> None:
    """Makes a file or folder another user's; skips the test where nobody can."""
    try:
        os.chown(path, 12345, 12345)
    except OSError as error:
        pytest.skip(f"needs root, to give files away: {error.strerror}")
