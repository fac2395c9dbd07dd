"""Draws the report of a run from archives: a process of its own, so that uploads go on meanwhile.

It reads a `Drawing` in JSON from standard input. Beside the report it leaves its verdict, for lists
and badges. All that it leaves, numbers of archives among it, is made again where it is missing.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from rules_codspeed.collector import memory_results, simulation_results, walltime_results
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.modes import MODES
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.report.changes import counts
from rules_codspeed.report.html.model import Point, ReportModel, Trees
from rules_codspeed.report.html.profiles import Profile, read_trees
from rules_codspeed.report.html.report import write_report
from rules_codspeed.results.callgrind.source import CallgrindError
from rules_codspeed.results.changes import Change, Key, slower
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from rules_codspeed.results.modes.mode import ProfileKind
from rules_codspeed.results.modes.registry import mode_of

_MODES: dict[str, str] = {executor: name for name in MODES if (executor := mode_of(name).executor)}
"""Names of modes by executor."""
_READERS = {
    "simulation": simulation_results.read_metrics,
    "walltime": walltime_results.read_metrics,
    "memory": memory_results.read_metrics,
}
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


# The last two are of gzip.
_DAMAGES = (OSError, tarfile.TarError, CallgrindError, DocumentError, EOFError, zlib.error)
_Numbers = list[tuple[str, dict[str, int | float]]]
_DRAWING = TypeAdapter(Drawing)
_VERDICT = TypeAdapter(Verdict)
_NUMBERS = TypeAdapter(_Numbers)


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
    trees = _trees(drawing, drawing.run, len(now.benchmarks))
    base_trees = _trees(drawing, drawing.base, len(now.benchmarks)) if drawing.base else {}
    model = ReportModel(
        suite=drawing.title,
        results=now,
        compared_with=drawing.compared_with,
        changes=changes,
        before=before,
        history=_history(drawing),
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
        (mode, uri): Benchmark(uri, drawing.title, mode, metrics)
        for part in side.parts
        if (mode := _MODES.get(part.executor))
        for uri, metrics in _numbers(drawing, part, mode)
    }
    return Results(SCHEMA, [found[key] for key in sorted(found)], [])


def _numbers(drawing: Drawing, part: Part, mode: str) -> _Numbers:
    archive = Path(part.archive)
    kept = Path(drawing.numbers) / f"{archive.name}.json"
    try:
        return parse_json(_NUMBERS, read_document(kept, RESULTS_DOCUMENT))
    except (OSError, DocumentError):
        pass
    try:
        numbers = list(_READERS[mode](archive))
    except _DAMAGES as error:
        raise CodSpeedError(
            f"the archive {archive.name} cannot be read",
            got=str(error).partition("\n")[0],
            expected="profiles as CodSpeed's runner packs them",
            fix="send the run again",
        ) from error
    with output_file(kept) as file:
        file.write(json.dumps(numbers).encode())
    return numbers


def _history(drawing: Drawing) -> dict[Key, dict[str, list[Point]]]:
    """Returns the series of earlier runs; one whose archive is damaged is left out."""
    found: dict[Key, dict[str, list[Point]]] = {}
    for side in drawing.history:
        try:
            benchmarks = _results(drawing, side).benchmarks
        except CodSpeedError:
            continue
        for one in benchmarks:
            series = found.setdefault((one.label, one.mode, one.uri), {})
            for metric, value in one.metrics.items():
                series.setdefault(metric, []).append(Point(side.commit, side.time, value))
    return found


def _trees(drawing: Drawing, side: Side, benchmarks: int) -> dict[Key, CallTree]:
    """Returns the flame graphs of a run's simulations; none where they are too large."""
    trees: dict[Key, CallTree] = {}
    for part in side.parts:
        mode = _MODES.get(part.executor)
        if mode and mode_of(mode).profile is ProfileKind.CALLGRIND:
            with tempfile.TemporaryDirectory(prefix="codspeed-") as folder:
                if _unpack(Path(part.archive), Path(folder)):
                    trees |= read_trees([Profile(drawing.title, mode, Path(folder))], benchmarks)
    return trees


def _unpack(archive: Path, folder: Path) -> bool:
    """Copies the profiles of an archive into a folder; returns whether they are few enough.

    What was received was checked: it has files and folders below its root only.
    """
    left = _LARGEST_PROFILES
    with tarfile.open(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            name = simulation_results.PROFILE.fullmatch(entry.name)
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
