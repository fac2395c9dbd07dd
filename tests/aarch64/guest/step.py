"""A step of the job and what it found, as the trial's table shows it."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

_SHOWN = 600


@dataclass(frozen=True)
class Found:
    """What a step found.

    Attributes:
      result: a short text for the table.
      problem: what is wrong; empty if nothing is.
    """

    result: str
    problem: str = ""


@dataclass(frozen=True)
class Step:
    """A step: its name in the table, and what runs it."""

    name: str
    run: Callable[[], Found]

    def record(self, folder: Path) -> None:
        """Runs the step and writes a file of its own; a failure is what was found."""
        start = time.monotonic()
        try:
            found = self.run()
        # The table has to show whatever went wrong in the guest.
        except Exception as error:
            found = Found(type(error).__name__, traceback.format_exc())
        row = {"step": self.name, **asdict(found), "seconds": time.monotonic() - start}
        print(f"guest: {self.name}: {found.result} ({row['seconds']:.0f} s)", flush=True)
        if found.problem:
            # All of it is in the table.
            print(f"guest: {found.problem[-_SHOWN:]}", flush=True)
        (folder / f"{re.sub('[^a-z0-9]+', '-', self.name)}.json").write_text(json.dumps(row))
