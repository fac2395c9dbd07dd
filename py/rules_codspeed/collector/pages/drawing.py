"""Draws the report of a run from archives: a process of its own, so that uploads go on meanwhile.

It reads a `Drawing` in JSON from standard input. Beside the report it leaves its verdict, for lists
and badges. All that it leaves, numbers of archives among it, is made again where it is missing.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from rules_codspeed.collector.pages.numbers import numbers_of
from rules_codspeed.collector.simulation_results import PROFILE
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.modes import MODES
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.report.changes import counts
from rules_codspeed.report.html.history import Earlier, histories
from rules_codspeed.report.html.model import ReportModel, Trees
from rules_codspeed.report.html.profiles import Profile, read_trees
from rules_codspeed.report.html.report import graphed, write_report
from rules_codspeed.results.changes import Change, Key, slower
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from rules_codspeed.results.modes.mode import ProfileKind
from rules_codspeed.results.modes.registry import mode_of, trend_metrics

_MODES: dict[str, str] = {executor: name for name in MODES if (executor := mode_of(name).executor)}
"""Names of modes by executor."""
_LARGEST_PROFILES = 256 << 20
"""Bytes of the profiles of a run of which flame graphs are drawn."""


@dataclass(frozen=True, slots=True)
class Part:
    """An upload: its archive, and what measured."""

    archive: str
    executor: str


@dataclass(frozen=True, slots=True)
class Side:
    """A run: its commit, its time in seconds since 1970, and its uploads."""

    commit: str
    time: int
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What to draw.

    Attributes:
      title: of the report; also stands for the targets of benchmarks, which archives do not name.
      run: what is shown.
      base: what it is compared with, or None.
      compared_with: the base in words.
      history: earlier runs, the oldest first.
      numbers: folder that keeps the numbers of archives.
      report: file to write; the verdict gets the suffix `.json`.
    """

    title: str
    run: Side
    base: Side | None
    compared_with: str
    history: list[Side]
    numbers: str
    report: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a run: whether nothing got slower, and how many benchmarks did what."""

    passed: bool
    headline: str


_DRAWING = TypeAdapter(Drawing)
_VERDICT = TypeAdapter(Verdict)


def draw(drawing: Drawing) -> None:
    """Writes the verdict, and then the report: one that is there has both.

    Raises:
      CodSpeedError: an archive or a profile cannot be read.
      OSError: a file cannot be written.
    """
    now = _results(drawing, drawing.run)
    before = recorded(_results(drawing, drawing.base)) if drawing.base else {}
    changes = (
        compare(before, recorded(now), lambda _, mode: default_rules(mode)) if drawing.base else []
    )
    wanted = graphed(now, changes)
    trees = _trees(drawing, drawing.run, now, wanted)
    base_trees = _trees(drawing, drawing.base, now, wanted) if drawing.base else {}
    model = ReportModel(
        suite=drawing.title,
        results=now,
        compared_with=drawing.compared_with,
        changes=changes,
        before=before,
        history=histories(_earlier(drawing)),
        trees={
            key: Trees(trees.get(key), base_trees.get(key))
            for key in trees.keys() | base_trees.keys()
        },
    )
    _write_verdict(Path(drawing.report), changes, len(now.benchmarks))
    write_report(model, Path(drawing.report))


def _write_verdict(report: Path, changes: Sequence[Change], benchmarks: int) -> None:
    headline = ", ".join(counts(changes)) or f"{benchmarks:,} measured"
    with output_file(verdict_file(report)) as file:
        file.write(json.dumps(asdict(Verdict(not slower(changes), headline))).encode())


def verdict_file(report: Path) -> Path:
    """Returns the file with the verdict of a report."""
    return report.with_suffix(".json")


def read_verdict(report: Path) -> Verdict | None:
    """Returns the verdict of a report; None where it is not drawn yet."""
    try:
        return parse_json(_VERDICT, read_document(verdict_file(report)))
    except (OSError, DocumentError):
        return None


def drawing_json(drawing: Drawing) -> bytes:
    """Returns what `main` reads."""
    return json.dumps(asdict(drawing)).encode()


def _results(drawing: Drawing, side: Side) -> Results:
    """Returns the numbers of a run. A name that several uploads have counts once, by the last."""
    found = {
        key: Benchmark(key[2], drawing.title, key[1], metrics)
        for key, metrics in _numbers(drawing, side)
    }
    return Results(SCHEMA, [found[key] for key in sorted(found)], [])


def _numbers(
    drawing: Drawing, side: Side, *, trends: bool = False
) -> Iterator[tuple[Key, dict[str, int | float]]]:
    """Yields the benchmarks of a run and their numbers.

    Args:
      drawing: what is drawn.
      side: the run.
      trends: whether only those that charts show are looked at.

    Raises:
      CodSpeedError: an archive cannot be read.
    """
    for part in side.parts:
        if mode := _MODES.get(part.executor):
            numbers = numbers_of(Path(part.archive), mode, Path(drawing.numbers))
            for uri, metrics in numbers.rows(trend_metrics(mode) if trends else None):
                yield (drawing.title, mode, uri), metrics


def _earlier(drawing: Drawing) -> Iterator[Earlier]:
    """Yields the runs of the history; one whose archive is damaged is left out."""
    for side in drawing.history:
        try:
            numbers = dict(_numbers(drawing, side, trends=True))
        except CodSpeedError:
            continue
        yield Earlier(side.commit, side.time, numbers.items())


def _trees(
    drawing: Drawing, side: Side, now: Results, wanted: Collection[Key] | None
) -> dict[Key, CallTree]:
    """Returns the flame graphs of a run's simulations; none where they are too large."""
    benchmarks = len(now.benchmarks if wanted is None else wanted)
    trees: dict[Key, CallTree] = {}
    for part in side.parts:
        mode = _MODES.get(part.executor)
        if mode and mode_of(mode).profile is ProfileKind.CALLGRIND:
            with tempfile.TemporaryDirectory(prefix="codspeed-") as folder:
                if _unpack(Path(part.archive), Path(folder)):
                    profile = Profile(drawing.title, mode, Path(folder))
                    trees |= read_trees([profile], benchmarks, wanted)
    return trees


def _unpack(archive: Path, folder: Path) -> bool:
    """Copies the profiles of an archive into a folder; returns whether they are few enough.

    What was received was checked: it has files and folders below its root only.
    """
    left = _LARGEST_PROFILES
    with tarfile.open(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            name = PROFILE.fullmatch(entry.name)
            if not stream or not name:
                continue
            left -= entry.size
            if left < 0:
                return False
            (folder / Path(entry.name).name).write_bytes(stream.read())
    return True


def main() -> int:
    """Draws what standard input describes; returns the exit status."""
    content = sys.stdin.buffer.read()
    return run_entry(lambda: draw(parse_json(_DRAWING, content)))


if __name__ == "__main__":
    sys.exit(main())
