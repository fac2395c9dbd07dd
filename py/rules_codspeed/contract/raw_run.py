"""The raw run: the folder that the measuring action leaves to the harvest, schema 1.

`run.json` states what else there is: `measure/walltime/raw_run.py` writes it, and
`harvest/raw_run.py` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = "run.json"
RECORDING = "perf.pipedata"
RESULTS = "results"
INSTRUMENTS = "instruments"
"""Folder of what instruments found, in a raw run and in a profile."""
SCHEMA = 1
MARKERS = ("SampleStart", "SampleEnd", "BenchmarkStart", "BenchmarkEnd")


@dataclass(frozen=True, slots=True)
class RawRun:
    """What run.json states; all paths of files are below the folder.

    Attributes:
      folder: the raw run.
      label: Bazel label of the target.
      framework: how the program was driven, such as `hooks`.
      runner_version: whose layout is to be written.
      integration: name and version, or None if the program never reported them.
      profiled: whether there is a recording.
      bench_pids: processes that ran benchmarks, ascending.
      markers: name (one of `MARKERS`) and time (ns of CLOCK_MONOTONIC), in order of arrival.
      uri_by_ts: time (ns) and URI, in order of arrival; the time is after the benchmark.
      perf_maps: file by process.
      jit_dumps: file by process.
      objects: file by the path that the recording has for it.
      debug_files: separate debug file by the same path.
      interpreters: canonical paths of interpreters.
    """

    folder: Path
    label: str
    framework: str
    runner_version: str
    integration: tuple[str, str] | None
    profiled: bool
    bench_pids: Sequence[int]
    markers: Sequence[tuple[str, int]]
    uri_by_ts: Sequence[tuple[int, str]]
    perf_maps: Mapping[int, Path]
    jit_dumps: Mapping[int, Path]
    objects: Mapping[str, Path]
    debug_files: Mapping[str, Path]
    interpreters: Sequence[str]

    def document(self) -> dict[str, object]:
        """Returns what run.json holds, its paths relative to the folder."""

        def below(files: Mapping[int, Path] | Mapping[str, Path]) -> dict[str, str]:
            return {
                str(key): file.relative_to(self.folder).as_posix() for key, file in files.items()
            }

        return {
            "schema": SCHEMA,
            "label": self.label,
            "framework": self.framework,
            "runner_version": self.runner_version,
            "integration": self.integration,
            "profiled": self.profiled,
            "bench_pids": self.bench_pids,
            "markers": self.markers,
            "uri_by_ts": self.uri_by_ts,
            "perf_maps": below(self.perf_maps),
            "jit_dumps": below(self.jit_dumps),
            "objects": below(self.objects),
            "debug_files": below(self.debug_files),
            "interpreters": self.interpreters,
        }
