"""Which file configures pytest: one that the target declares, and none of the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

# In the order of pytest, and what each must hold.
# https://docs.pytest.org/en/stable/reference/customize.html#configuration-file-formats
_FILES = (
    ("pytest.toml", ""),
    (".pytest.toml", ""),
    ("pytest.ini", ""),
    (".pytest.ini", ""),
    ("pyproject.toml", r"^\s*\[\s*tool\s*\.\s*pytest\b"),
    ("tox.ini", r"^\[pytest\]"),
    ("setup.cfg", r"^\[tool:pytest\]"),
)


def find_config(tests: Sequence[str], root: str) -> str:
    """Returns the file that pytest finds from tests up to a folder; the null device without one.

    Args:
      tests: absolute paths of files, at least one.
      root: absolute path of the uppermost folder.
    """
    folder = os.path.commonpath([os.path.dirname(test) for test in tests])
    while f"{folder}/".startswith(f"{root}/"):
        for name, section in _FILES:
            path = f"{folder}/{name}"
            if os.path.isfile(path) and _has(path, section):
                return path
        folder = os.path.dirname(folder)
    return os.devnull


def _has(path: str, section: str) -> bool:
    with open(path, encoding="utf-8", errors="replace") as file:
        return re.search(section, file.read(), re.MULTILINE) is not None
