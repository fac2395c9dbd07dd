"""What a measurement of memory leaves: numbers, and the folder of CodSpeed's runner."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.timestamps import FILE as TIMESTAMPS
from rules_codspeed.contract.timestamps import encode_timestamps
from rules_codspeed.measure.frameworks.framework import Allocated
from rules_codspeed.measure.memory.channel import Timeline
from rules_codspeed.measure.memory.recorder import Recorder

_RESULTS = "results"
ARTIFACT = f"{_RESULTS}/1.MemtrackArtifact.msgpack"
"""Its number stands for the process that the runner starts, and is the same everywhere."""


def write_numbers(
    path: str,
    names: Sequence[str | None],
    recorder: Recorder,
    counted: Mapping[str, Allocated],
    label: str,
) -> None:
    """Writes the numbers of benchmarks, for results/readers/numbers.py.

    Args:
      path: of the file.
      names: URI of each of the recorder's totals, free of paths of the stage; None for those that
        must have no number.
      recorder: that has ended.
      counted: what runtimes themselves counted, by URI.
      label: of the target.

    Raises:
      CodSpeedError: a benchmark was measured twice, or has no name.
    """
    metrics = {uri: _of_runtime(one) for uri, one in counted.items()}
    timelines: dict[str, Timeline] = {}
    for name, totals, timeline in zip(names, recorder.totals, recorder.timelines, strict=True):
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
        metrics[name] = _with_average(totals._asdict())
        timelines[name] = timeline
    benchmarks = [
        {"uri": name, "metrics": metrics[name]}
        | ({"timeline": timelines[name]._asdict()} if name in timelines else {})
        for name in sorted(metrics)
    ]
    write_document(path, {"benchmarks": benchmarks})


def _of_runtime(counted: Allocated) -> dict[str, int]:
    if counted.calls is None:
        return {"total": counted.total}
    return _with_average({"total": counted.total, "calls": counted.calls})


def _with_average(metrics: dict[str, int]) -> dict[str, int]:
    total, calls = metrics["total"], metrics["calls"]
    # Rounded to a byte, half up: the total is exact.
    return {**metrics, "average": (2 * total + calls) // (2 * calls)} if calls else metrics


def write_timestamps(folder: str, names: Sequence[str | None], recorder: Recorder) -> None:
    """Writes when benchmarks ran, on the artifact's clock (spec: memory 6.4).

    Raises:
      OSError: it cannot be written.
    """
    uri_by_ts: list[tuple[int, str]] = []
    markers: list[tuple[str, int]] = []
    before = 0
    for at, name in zip(recorder.named_at, names, strict=True):
        # Without its windows: they would be taken for those of the next name.
        if name is not None:
            uri_by_ts.append((at, name))
            markers += [one for one in recorder.markers if before < one[1] <= at]
        before = at
    with open(f"{folder}/{_RESULTS}/{TIMESTAMPS}", "wb") as file:
        file.write(encode_timestamps(uri_by_ts, markers))


def discard_profile(folder: str) -> None:
    """Empties a profile folder: CodSpeed would show windows without events as 0 bytes."""
    os.remove(f"{folder}/{ARTIFACT}")
    os.rmdir(f"{folder}/{_RESULTS}")


def artifact_path(folder: str) -> str:
    """Returns the path of the artifact in a profile folder, whose folder is made."""
    os.makedirs(f"{folder}/{_RESULTS}", exist_ok=True)
    return f"{folder}/{ARTIFACT}"
