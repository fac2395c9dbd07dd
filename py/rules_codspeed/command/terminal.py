"""What the terminal of a person can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO


def has_links(output: TextIO, variables: Mapping[str, str]) -> bool:
    """Returns whether links (OSC 8) may be printed: a terminal that has none ignores them.

    Those of `TERM=dumb` and `TERM=linux`, the console of the kernel, would show their text.
    """
    return output.isatty() and variables.get("TERM", "dumb") not in ("dumb", "linux")
