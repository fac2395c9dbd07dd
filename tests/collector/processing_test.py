"""Reports on archives, while many others are asked for."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from rules_codspeed.collector.processing import Processing

_ARCHIVES = [Path(str(number)) for number in range(100)]


def test_more_archives_than_are_remembered_are_each_read_once() -> None:
    read: list[Path] = []
    may_read = threading.Event()

    def results(archive: Path) -> list[dict[str, Any]]:
        may_read.wait(60)
        read.append(archive)
        return []

    processing = Processing(results)
    for _ in range(3):
        for archive in _ARCHIVES:
            processing.report(archive)
    may_read.set()
    end = time.monotonic() + 60
    while len(read) < len(_ARCHIVES) and time.monotonic() < end:
        time.sleep(0.01)
    assert sorted(read) == sorted(_ARCHIVES)
