"""Writes the raw run folder for the harvest."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.raw_run import FILE, RECORDING, RESULTS, RawRun
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage.trees import remove_tree
from rules_codspeed.measure.walltime.timed_run import TimedRun

if TYPE_CHECKING:
    from rules_codspeed.capture.capture import Captured

_CLEAN_UP_S = 1.0  # for what a process left in /tmp
# Interpreters that a program of any framework may run in; pytest's is known.
_INTERPRETER = re.compile(r"/(?:node|libpython3[0-9.]*[a-z]?\.so[0-9.]*)$")


def capture_run(run: TimedRun, folder: str, import_path: Sequence[str]) -> Captured | None:
    """Copies the files that a recording refers to; None if there is no recording.

    Args:
      run: the one whose recording is at its place in the folder.
      folder: the raw run.
      import_path: folders of modules that reading a recording needs.

    Raises:
      CodSpeedError: the recording cannot be read, or there is no room.
    """
    if not run.recording:
        return None
    sys.path += [path for path in import_path if path not in sys.path]
    # Only here: it needs more than the standard library.
    from rules_codspeed.capture.capture import capture

    recording, reported = Path(folder, RECORDING), run.reported
    return capture(recording, reported.bench_pids, reported.integration, Path(folder))


def write_raw_run(
    folder: str, spec: Spec, run: TimedRun, captured: Captured | None, modules: Iterable[str]
) -> None:
    """Writes everything but the recording and what was captured.

    Args:
      folder: the raw run.
      spec: the benchmark.
      run: the one that is kept.
      captured: what belongs to its recording.
      modules: canonical paths of the interpreter's files.

    Raises:
      OSError: it cannot be written.
    """
    reported, collected = run.reported, run.collected
    os.makedirs(f"{folder}/{RESULTS}", exist_ok=True)
    for file in collected.results:
        write_document(f"{folder}/{RESULTS}/{file.name}", file.document)
    for name, environment in collected.environments.items():
        write_document(f"{folder}/{name}", environment)
    for name, content in run.findings.files.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        if isinstance(content, bytes):
            Path(folder, name).write_bytes(content)
        else:
            write_document(f"{folder}/{name}", content)
    objects = captured.objects if captured else {}
    found = {path for path in objects if _INTERPRETER.search(path)}
    raw = Path(folder)
    record = RawRun(
        folder=raw,
        label=spec.label,
        framework=spec.framework,
        runner_version=spec.runner_version,
        integration=reported.integration,
        profiled=bool(run.recording),
        bench_pids=reported.bench_pids,
        markers=[(marker.kind.label, marker.at) for marker in reported.markers],
        uri_by_ts=reported.uri_by_ts,
        perf_maps=_by_process(captured.perf_maps, raw) if captured else {},
        jit_dumps=_by_process(captured.jit_dumps, raw) if captured else {},
        objects={path: raw / copy for path, copy in objects.items()},
        debug_files={path: raw / copy for path, copy in captured.debug_files.items()}
        if captured
        else {},
        interpreters=sorted({*modules, *found}),
    )
    write_document(f"{folder}/{FILE}", record.document())


def _by_process(files: Mapping[str, str], folder: Path) -> dict[int, Path]:
    return {int(pid): folder / copy for pid, copy in files.items()}


def keep_recording(runs: Sequence[TimedRun], chosen: int, folder: str) -> None:
    """Moves the recording of one run to its place, and deletes the others."""
    for number, run in enumerate(runs):
        if run.recording and number == chosen:
            os.rename(run.recording, f"{folder}/{RECORDING}")
        elif run.recording:
            os.unlink(run.recording)


def remove_generated_maps(pids: Iterable[int], captured: Captured | None) -> None:
    """Removes what programs left in /tmp, so that a later process of the same id does not append.

    Args:
      pids: processes that reported benchmarks.
      captured: may have found such files of other processes.
    """
    names = {str(pid) for pid in pids}
    if captured:
        names |= {*captured.perf_maps, *captured.jit_dumps}
    for name in names:
        for path in (f"/tmp/perf-{name}.map", f"/tmp/jit-{name}.dump"):
            remove_tree(path, _CLEAN_UP_S)
