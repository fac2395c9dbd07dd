"""Reads numbers that a mode's driver counted itself: there is no profile to add them up from.

Format: a JSON object with `benchmarks`, a list of objects with `uri`, a text, `metrics`, numbers by
name, and in mode memory `timeline`, as `model.Timeline`. Modes without a reader of their own write
this.
"""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.contract.strict_json import DocumentError, load_json, read_document
from rules_codspeed.contract.values import is_measured, is_text, shown
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Timeline, merge
from rules_codspeed.results.summary import problem


def summarize(measured: Path, provenance: Provenance, allow_empty: bool = False) -> Results:
    """Makes results from what the driver counted.

    Args:
      measured: the document.
      provenance: how it was measured.
      allow_empty: let a document without a benchmark pass.

    Raises:
      CodSpeedError: the document has another form, a URI is blank or occurs twice, a metric has
        no name or a number that cannot be measured, or nothing was measured.
      OSError: the file cannot be read.
    """
    benchmarks: dict[str, Benchmark] = {}
    for number, one in enumerate(_listed(measured, provenance)):
        where = f"{measured}: benchmarks[{number}]"
        fields = one if isinstance(one, dict) else {}
        uri, metrics = fields.get("uri"), fields.get("metrics")
        if not (isinstance(uri, str) and is_text(uri) and uri.strip()) or uri in benchmarks:
            raise _bad(provenance, f"{where}.uri is {shown(uri)}", "a different text for each")
        if not isinstance(metrics, dict) or not metrics:
            raise _bad(
                provenance, f"{where}.metrics is {shown(metrics)}", "a number for each metric"
            )
        for name, value in metrics.items():
            if not is_text(name) or not name.strip():
                raise _bad(provenance, f"{where}.metrics has {shown(name)}", "a text as its name")
            if not is_measured(value):
                raise _bad(
                    provenance,
                    f"{where}.metrics of {shown(name)} is {shown(value)}",
                    "a number from 0 to below 10^21",
                )
        timeline = _timeline(fields.get("timeline"), where, provenance)
        benchmarks[uri] = Benchmark(
            uri, provenance.label, provenance.mode, metrics, timeline=timeline
        )
    if not benchmarks and not allow_empty:
        raise problem(
            provenance,
            "measured nothing",
            f"no benchmark in {measured}",
            "at least one",
            "check that the program runs its benchmarks, or set allow_empty",
        )
    return merge([Results(SCHEMA, list(benchmarks.values()), [provenance])])


def _listed(measured: Path, provenance: Provenance) -> list[object]:
    try:
        document = load_json(read_document(measured, RESULTS_DOCUMENT))
    except DocumentError as error:
        raise _bad(provenance, f"{measured}: {error}", "JSON") from error
    found = document.get("benchmarks") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise _bad(
            provenance, f"{measured}: {shown(document)}", "an object with a list, benchmarks"
        )
    return found


def _timeline(found: object, where: str, provenance: Provenance) -> Timeline | None:
    if found is None:
        return None
    step, live = (found.get("step"), found.get("live")) if isinstance(found, dict) else (0, None)
    if not is_measured(step) or not isinstance(live, list) or not all(map(is_measured, live)):
        raise _bad(provenance, f"{where}.timeline is {shown(found)}", "a step, and sizes in bytes")
    return Timeline(int(step), live)


def _bad(provenance: Provenance, got: str, expected: str) -> CodSpeedError:
    return problem(
        provenance, "left numbers that cannot be read", got, expected, "build the benchmark again"
    )
