"""Recordings of perf, in the form that a pipe has."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from rules_codspeed.harvest.samples.profile_metadata import read_metadata
from rules_codspeed.harvest.samples.samples import read_samples
from rules_codspeed.harvest.samples.windows import Windows
from rules_codspeed.profiles.document import Benchmark, Profile

METADATA = ("walltime.metadata", "perf.metadata")
SAMPLES = "samples"
"""Their number, among the totals of a benchmark."""
_PERIOD = "period"


def read(stream: BinaryIO, name: str, folder: Path | None) -> Profile:
    """Counts the samples of a recording.

    Args:
      stream: the recording.
      name: of the file, for errors.
      folder: where its metadata is; without one the samples are of no benchmark.

    Raises:
      CodSpeedError: it is damaged, or not written to a pipe.
    """
    metadata = read_metadata(folder) if folder else None
    windows = Windows(metadata.uri_by_ts, metadata.markers) if metadata else None
    found = {uri: {SAMPLES: 0, _PERIOD: 0} for _, uri in (metadata.uri_by_ts if metadata else ())}
    totals = {SAMPLES: 0, _PERIOD: 0}
    for sample in read_samples(stream, name):
        uri = None if windows is None or sample.time is None else windows.uri(sample.time)
        for sums in [totals, *([] if uri is None else [found[uri]])]:
            sums[SAMPLES] += 1
            sums[_PERIOD] += sample.period
    benchmarks = [Benchmark(uri, uri, sums) for uri, sums in found.items()]
    return Profile("perf", None, False, benchmarks, totals)
