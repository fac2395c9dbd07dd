"""What the first page of a report needs: a row for each benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.report.html.environment import Environments, environment
from rules_codspeed.report.html.model import Point, ReportModel
from rules_codspeed.report.html.pairs import pairs
from rules_codspeed.report.html.text import visible
from rules_codspeed.results import notes
from rules_codspeed.results.change_text import (
    by_text,
    interval_text,
    limit_text,
    number_text,
    percent_text,
    remark,
)
from rules_codspeed.results.changes import Change, Key, MetricChange, Recorded
from rules_codspeed.results.model import Benchmark
from rules_codspeed.results.modes.registry import label, shown_metrics, unit

_SPARK_POINTS = 60
_FROM_ZERO = 1e9  # sorts above every percentage


def keys(model: ReportModel) -> list[Key]:
    """Returns the benchmarks of a report, sorted; those that are missing now among them."""
    measured = {(one.label, one.mode, one.uri) for one in model.results.benchmarks}
    return sorted(measured | {one.key for one in model.changes})


def overview(model: ReportModel, graphs: Mapping[int, str]) -> dict[str, object]:
    """Returns the data of the first page. Texts are shown as they are.

    Args:
      model: of the report.
      graphs: by place in `keys`, where the page of a benchmark has its history and its graph:
        `here`, `left out`, or an address. Those that are absent have neither.
    """
    shown = _shown(model)
    environments = Environments(model.results.provenance)
    rows = _rows(model, shown, graphs, environments)
    return {
        "suite": visible(model.suite),
        "compared": visible(model.compared_with),
        "environment": environment(model.results.provenance),
        "verdicts": Counter(one.verdict for one in model.changes),
        "notes": [visible("".join(sentence)) for sentence in _notes(model)],
        "modes": [
            {
                "name": visible(mode),
                "columns": [[label(one), unit(one)] for one in shown[mode]],
                "rows": rows[mode],
            }
            for mode in sorted(rows)
        ],
        "unmeasured": [
            [visible(one.uri), visible(one.label), one.mode, one.outcome, _lines(one.reason)]
            for one in model.results.unmeasured
        ],
        "environments": environments.tables,
        "provenance": [_provenance(one) for one in model.results.provenance],
        "units": {visible(one): unit(one) for one in _named(model) if unit(one)},
        "labels": {visible(one): visible(label(one)) for one in _named(model)},
    }


def _rows(
    model: ReportModel,
    shown: Mapping[str, Sequence[str]],
    graphs: Mapping[int, str],
    environments: Environments,
) -> dict[str, list[dict[str, object]]]:
    """Returns the rows by mode."""
    changes = {one.key: one for one in model.changes}
    measured = {(one.label, one.mode, one.uri): one for one in model.results.benchmarks}
    provenance = {(one.label, one.mode): at for at, one in enumerate(model.results.provenance)}
    places = {key: at for at, key in enumerate(keys(model))}
    paired = {new: places[old] for new, old in pairs(model).items()}
    modes: dict[str, list[dict[str, object]]] = {}
    for key, at in places.items():
        target, mode, uri = key
        values = _metrics(measured.get(key), model.before.get(key))
        where = provenance.get((target, mode), -1)
        row: dict[str, object] = {
            "id": at,
            "uri": visible(uri),
            "label": visible(target),
            "framework": visible(model.results.provenance[where].framework) if where >= 0 else "",
            "values": [values.get(metric) for metric in shown[mode]],
            "spark": _spark(model.history.get(key, {}), shown[mode]),
            "provenance": where,
            "environments": environments.number(model.before.get(key), where),
            "pair": paired.get(key, -1),
            "graph": graphs.get(at, ""),
            **_changed(changes.get(key)),
        }
        modes.setdefault(mode, []).append(row)
    return modes


def _metrics(now: Benchmark | None, before: Recorded | None) -> Mapping[str, int | float]:
    """Returns the numbers of a row: of one that is missing now, those of before."""
    if now:
        return now.metrics
    return before.metrics if before else {}


def _changed(change: Change | None) -> dict[str, object]:
    """Returns what a row states about a change; of one without a comparison, nothing."""
    deciding = change.deciding if change else None
    return {
        "verdict": change.verdict if change else "",
        "reason": visible(remark(change)) if change else "",
        "moved": _moved(deciding),
        # On which its page opens.
        "metric": visible(deciding.metric) if deciding else "",
        "deciding": _change(deciding) if deciding and change and _is_listed(change) else None,
    }


def _is_listed(change: Change) -> bool:
    """Returns whether the first page lists a benchmark with its change."""
    return change.verdict not in ("unchanged", "new", "missing")


def facts(model: ReportModel) -> list[dict[str, object]]:
    """Returns by benchmark, in the order of `keys`, what its page lists and the first one does not.

    Args:
      model: of the report.
    """
    changes = {one.key: one for one in model.changes}
    measured = {(one.label, one.mode, one.uri): one for one in model.results.benchmarks}
    found: list[dict[str, object]] = []
    for key in keys(model):
        values = _metrics(measured.get(key), model.before.get(key))
        change = changes.get(key)
        found.append(
            {
                "metrics": [[visible(label(one)), number_text(one, values[one])] for one in values],
                "changes": [_change(one) for one in change.metrics] if change else [],
            }
        )
    return found


def _lines(text: str) -> str:
    """Returns text of several lines, as it is to be shown."""
    return "\n".join(map(visible, text.split("\n")))


def _shown(model: ReportModel) -> dict[str, tuple[str, ...]]:
    """Returns the metrics that describe benchmarks in one line, by mode."""
    measured: dict[str, list[Mapping[str, object]]] = {mode: [] for _, mode, _ in keys(model)}
    for one in model.results.benchmarks:
        measured[one.mode].append(one.metrics)
    return {mode: shown_metrics(mode, metrics) for mode, metrics in measured.items()}


def _named(model: ReportModel) -> set[str]:
    """Returns the metrics that pages name besides those of the tables."""
    events = {
        event
        for trees in model.trees.values()
        for tree in (trees.now, trees.base)
        if tree
        for event in tree.events
    }
    return events.union(*model.history.values())


def _notes(model: ReportModel) -> list[Sequence[str]]:
    texts: list[Sequence[str]] = [[note] for note in model.notes]
    for mode in notes.modes(model.results):
        texts += notes.notes(model.results, mode)
    return texts


def _change(change: MetricChange) -> dict[str, object]:
    most = number_text(change.metric, change.budget) if change.budget is not None else ""
    budget = f"at most {most}" if most else ""
    limit = ", ".join(filter(None, [limit_text(change), budget, by_text(change)]))
    return {
        "metric": visible(label(change.metric)),
        "before": number_text(change.metric, change.before),
        "after": number_text(change.metric, change.after),
        "relative": percent_text(change),
        "interval": interval_text(change),
        "limit": limit,
        "verdict": change.verdict,
    }


def _moved(deciding: MetricChange | None) -> list[object] | None:
    """Returns the change to show in the table: of the metric that gives the verdict.

    A list of what is shown and of the number that sorts it.
    """
    if deciding is None or deciding.before is None or deciding.after is None:
        return None
    shown = percent_text(deciding)
    move = _FROM_ZERO if deciding.relative is None and deciding.after else deciding.relative or 0
    if move:
        shown = f"{shown} {visible(label(deciding.metric))}"
    return [shown, move]


def _spark(history: Mapping[str, Sequence[Point]], shown: Sequence[str]) -> list[int | float]:
    """Returns the last values of the first metric that has a history."""
    main = next((history[metric] for metric in shown if history.get(metric)), ())
    return [one.value for one in main[-_SPARK_POINTS:]]


def _provenance(provenance: Provenance) -> list[list[str]]:
    """Returns names and values as text, the nested ones flat."""
    flat: list[list[str]] = []
    waiting: list[tuple[str, object]] = list(reversed(asdict(provenance).items()))
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{name}.{key}", one) for key, one in reversed(value.items())]
        elif value not in (None, "", []):
            flat.append([visible(name.replace("_", " ")), visible(_text(value))])
    return flat


def _text(value: object) -> str:
    """Returns a value as text: records separated by commas, without what is not known."""
    if not isinstance(value, list):
        return str(value)
    if isinstance(value[0], dict):
        return ", ".join(" ".join(str(one) for one in each.values() if one) for each in value)
    return " ".join(map(str, value))
