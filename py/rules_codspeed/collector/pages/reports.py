"""The reports of runs: which are drawn, and those that are being drawn, one after the other."""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.collector.index import Run
from rules_codspeed.collector.metadata_parser import parse_metadata
from rules_codspeed.collector.pages.drawing import (
    Drawing,
    Part,
    Side,
    Verdict,
    drawing_json,
    read_verdict,
)
from rules_codspeed.collector.recent import Recent
from rules_codspeed.collector.store import Store
from rules_codspeed.contract.errors import last_lines

_LOG = logging.getLogger(__name__)

_DRAWS = "rules_codspeed.collector.pages.drawing"
_PATIENCE = 1200  # seconds for one report
_HISTORY = 20  # runs
_SEARCHED = 200  # uploads of a branch, among which the history is looked for
_MOST_WAITING = 1000  # reports, of some KB each
_REMEMBERED = 4096  # runs, of a KB each
_NICENESS = 10  # uploads and pages go first


@dataclass(frozen=True, slots=True)
class Group:
    """The uploads that are a run together, and are there; at least one.

    Attributes:
      parts: the uploads.
    """

    parts: Sequence[Run]

    @property
    def run(self) -> Run:
        """The upload that stands for all."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The state of a report.

    Attributes:
      file: of the report; it is there unless something else is stated.
      waiting: whether it is being drawn, or will be.
      fault: why it cannot be drawn; empty where it can.
    """

    file: Path
    waiting: bool = False
    fault: str = ""


class Reports:
    """Draws reports on demand, and keeps them in a folder from where they may be removed."""

    def __init__(self, store: Store, folder: Path) -> None:
        """Prepares the folder.

        Raises:
          OSError: it cannot be made.
        """
        self._store = store
        self._folder = folder
        self._numbers = folder / "numbers"
        self._numbers.mkdir(parents=True, exist_ok=True)
        self._waiting: set[Path] = set()
        self._faults: Recent[Path, str] = Recent(_REMEMBERED)
        # By upload; its metadata never change.
        self._refs: Recent[str, str] = Recent(_REMEMBERED)
        # A run that is compared with nothing has a base as well: none.
        self._bases: Recent[tuple[str, ...], tuple[Group | None]] = Recent(_REMEMBERED)
        self._verdicts: Recent[Path, Verdict] = Recent(_REMEMBERED)
        self._changing = threading.Lock()
        self._queue: queue.Queue[Drawing] = queue.Queue(_MOST_WAITING)
        # A daemon: the collector can end meanwhile.
        threading.Thread(target=self._work, daemon=True).start()

    def group(self, run: Run) -> Group | None:
        """Returns the run of an upload; None where nothing of it is there."""
        parts = [one for one in self._store.index.parts(run) if one.state == "complete"]
        return Group(parts) if parts else None

    def groups(self, provider: str, repository: str, count: int) -> list[Group]:
        """Returns the runs among the newest uploads of a project, the newest first."""
        found = self._store.index.of_project(provider, repository, count)
        return _grouped([one for one in found if one.state == "complete"])

    def drawn(self, group: Group, base: Group | None = None) -> Drawn:
        """Returns the state of a report, and has it drawn where it is not.

        Where too many wait already, it is left out until somebody looks again. So is one that
        could not be drawn, after that was stated once: a full disk may have been the cause.

        Args:
          group: the run.
          base: what it is compared with; None for the newest run before it of its branch, or of the
            branch that its change is for.
        """
        base = base or self._base(group)
        file = self._file(group, base)
        if file.exists():
            return Drawn(file)
        with self._changing:
            if fault := self._faults.take(file):
                return Drawn(file, fault=fault)
            if file not in self._waiting and not self._queue.full():
                self._waiting.add(file)
                self._queue.put(self._drawing(group, base, file))
        return Drawn(file, waiting=True)

    def prepare(self, run: Run) -> None:
        """Has the report of a run drawn whose archive has just arrived."""
        group = self.group(run)
        if group:
            self.drawn(group)

    def verdict(self, group: Group) -> Verdict | None:
        """Returns the verdict on a run, compared by itself; None where it is not drawn yet."""
        file = self._file(group, self._base(group))
        if known := self._verdicts.get(file):
            return known
        found = read_verdict(file)
        return self._verdicts.keep(file, found) if found else None

    def _base(self, group: Group) -> Group | None:
        """Returns what a run is compared with by itself: the same each time."""
        ids = tuple(one.id for one in group.parts)
        known = self._bases.get(ids)
        (base,) = known or self._bases.keep(ids, (next(iter(self._before(group)), None),))
        return base

    def _before(self, group: Group) -> list[Group]:
        run = group.run
        found = self._store.index.before(run, self._base_ref(run), _SEARCHED)
        return _grouped([one for one in found if one.commit_hash != run.commit_hash])

    def _base_ref(self, run: Run) -> str:
        if known := self._refs.get(run.id):
            return known
        metadata = parse_metadata(self._store.metadata(run).read_bytes())
        is_change = metadata.event == "pull_request" and metadata.base_ref
        return self._refs.keep(run.id, f"refs/heads/{metadata.base_ref}" if is_change else run.ref)

    def _file(self, group: Group, base: Group | None) -> Path:
        ids = [one.id for one in group.parts], [one.id for one in base.parts] if base else []
        return self._folder / f"{hashlib.sha256(repr(ids).encode()).hexdigest()[:32]}.html"

    def _drawing(self, group: Group, base: Group | None, file: Path) -> Drawing:
        earlier = self._before(group)[:_HISTORY]
        return Drawing(
            title=group.run.repository,
            run=self._side(group),
            base=self._side(base) if base else None,
            compared_with=f"{base.run.commit_hash[:12]} of {base.run.ref}" if base else "",
            history=[self._side(one) for one in reversed(earlier)],
            numbers=str(self._numbers),
            report=str(file),
        )

    def _side(self, group: Group) -> Side:
        parts = [Part(str(self._store.archive(one)), one.executor) for one in group.parts]
        return Side(group.run.commit_hash, int(group.run.created_at), parts)

    def _work(self) -> None:
        while True:
            drawing = self._queue.get()
            fault = _draw(drawing)
            file = Path(drawing.report)
            if fault:
                _LOG.warning("no report %s: %s", file.name, fault)
            with self._changing:
                self._waiting.discard(file)
                if fault:
                    self._faults.keep(file, fault)


def _grouped(uploads: Sequence[Run]) -> list[Group]:
    """Returns the runs that uploads are of, in the order of their first ones."""
    found: dict[tuple[str, str], list[Run]] = {}
    for one in uploads:
        found.setdefault((one.environment, one.ci_run_id or one.id), []).append(one)
    return [Group(sorted(parts, key=lambda one: one.run_part_id or "")) for parts in found.values()]


def _draw(drawing: Drawing) -> str:
    """Draws in a process of its own; returns why that failed, or nothing."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", _DRAWS],
            input=drawing_json(drawing),
            capture_output=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            preexec_fn=_step_back,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"it was not drawn in {_PATIENCE} seconds"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return (last_lines(done.stderr) or [f"status {done.returncode}"])[-1]


def _step_back() -> None:
    os.nice(_NICENESS)
