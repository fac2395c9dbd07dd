"""What a measurement of memory leaves: numbers, and the folder of CodSpeed's runner."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.timestamps import FILE as TIMESTAMPS
from rules_codspeed.contract.timestamps import encode_timestamps
from rules_codspeed.measure.memory.channel import Totals
from rules_codspeed.measure.memory.recorder import Recorder

_RESULTS = "results"
ARTIFACT = f"{_RESULTS}/1.MemtrackArtifact.msgpack"
"""Its number stands for the process that the runner starts, and is the same everywhere."""


def write_numbers(path: str, names: Sequence[str | None], recorder: Recorder, label: str) -> None:
    """Writes the numbers of benchmarks, for results/readers/numbers.py.

    Args:
      path: of the file.
      names: URI of each of the recorder's totals, free of paths of the stage; None for those that
        must have no number.
      recorder: that has ended.
      label: of the target.

    Raises:
      CodSpeedError: a benchmark was measured twice, or has no name.
    """
    metrics: dict[str, dict[str, int]] = {}
    for name, totals in zip(names, recorder.totals, strict=True):
        if name is None:
            continue
        if not name.strip():
            raise BenchmarkError(
                f"{label} reports a benchmark without a name",
                got=f"the URI {name!r}",
                expected="one such as 'pkg/sort_bench.cc::sort'",
                fix="report the benchmark by a URI that is not blank",
            )
        if name in metrics:
            raise BenchmarkError(
                f"{label} measured a benchmark twice",
                got=name[:300],
                expected="one name for each benchmark",
                fix="give the benchmarks different names, and measure each once",
            )
        metrics[name] = _metrics(totals)
    benchmarks = [{"uri": name, "metrics": metrics[name]} for name in sorted(metrics)]
    write_document(path, {"benchmarks": benchmarks})


def _metrics(totals: Totals) -> dict[str, int]:
    found = totals._asdict()
    if totals.calls:
        # Rounded to a byte, half up: the total is exact.
        found["average"] = (2 * totals.total + totals.calls) // (2 * totals.calls)
    return found


def write_timestamps(folder: str, names: Sequence[str | None], recorder: Recorder) -> None:
    """Writes when benchmarks ran, on the artifact's clock (spec: memory 6.4).

    Raises:
      OSError: it cannot be written.
    """
    named = zip(recorder.named_at, names, strict=True)
    uri_by_ts = [(at, name) for at, name in named if name is not None]
    with open(f"{folder}/{_RESULTS}/{TIMESTAMPS}", "wb") as file:
        file.write(encode_timestamps(uri_by_ts, recorder.markers))


def artifact_path(folder: str) -> str:
    """Returns the path of the artifact in a profile folder, whose folder is made."""
    os.makedirs(f"{folder}/{_RESULTS}", exist_ok=True)
    return f"{folder}/{ARTIFACT}"
