"""Reads the results of archives in the background, as CodSpeed does (spec: upload-results 13.1)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rules_codspeed.collector.recent import Recent

_LOG = logging.getLogger(__name__)
_REMEMBERED = 64  # each of a MB, if the archive has a thousand benchmarks


@dataclass(slots=True)
class Report:
    """The results of one archive, once it was read."""

    status: Literal["PROCESSING", "COMPLETED", "FAILURE"] = "PROCESSING"
    results: list[dict[str, Any]] = field(default_factory=list)


class Processing:
    """The reports on archives. One that many others were asked for after is read again."""

    def __init__(self, read: Callable[[Path], list[dict[str, Any]]]) -> None:
        self._read = read
        self._reports: Recent[Path, Report] = Recent(_REMEMBERED)
        # Apart from those that are kept: whatever many others ask for, none is begun twice.
        self._begun: dict[Path, Report] = {}
        self._changing = threading.Lock()
        self._reading = threading.Lock()

    def report(self, archive: Path) -> Report:
        """Returns the report of an archive; whoever asks first starts to read it."""
        with self._changing:
            known = self._begun.get(archive) or self._reports.get(archive)
            if known:
                return known
            report = self._begun[archive] = Report()
        # A daemon: the collector can end meanwhile.
        threading.Thread(target=self._process, args=(archive, report), daemon=True).start()
        return Report()

    def _process(self, archive: Path, report: Report) -> None:
        with self._reading:
            try:
                report.results = self._read(archive)
                report.status = "COMPLETED"
            except Exception as error:
                _LOG.warning("no results of %s: %s", archive, error)
                report.status = "FAILURE"
        with self._changing:
            self._reports.keep(archive, self._begun.pop(archive))
