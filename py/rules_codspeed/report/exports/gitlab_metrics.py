"""All numbers as GitLab's metrics report (artifacts:reports:metrics), in OpenMetrics' text format.

GitLab splits each line as a shell does and takes all from `#` on for a comment, even in a label,
so a name has U+FF03 instead.
"""

from __future__ import annotations

import re
from pathlib import Path

from rules_codspeed.contract.escaping import shortened, visible
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.results.model import Benchmark, Results

_LONGEST_NAME = 300  # characters
_NOT_IN_NAMES = re.compile("[^a-zA-Z0-9_]")


def export(run: Measured, path: Path) -> None:
    """Writes the numbers of a run; raises OSError."""
    with output_file(path) as file:
        file.write(metrics(run.results))


def metrics(results: Results) -> bytes:
    """Returns a line for each metric of each benchmark: its name, labels and value."""
    lines = [line for one in results.benchmarks for line in _lines(one)]
    return "".join(f"{line}\n" for line in [*lines, "# EOF"]).encode()


def _lines(benchmark: Benchmark) -> list[str]:
    labels = {"benchmark": benchmark.uri, "target": benchmark.label, "mode": benchmark.mode}
    written = ",".join(f'{name}="{_label(value)}"' for name, value in labels.items())
    return [
        f"codspeed_{_NOT_IN_NAMES.sub('_', metric)}{{{written}}} {value}"
        for metric, value in benchmark.metrics.items()
    ]


def _label(text: str) -> str:
    shown = shortened(visible(text), _LONGEST_NAME).replace("#", "\uff03")
    return shown.replace("\\", "\\\\").replace('"', '\\"')
