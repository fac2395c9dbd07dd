"""Report models for tests."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from fractions import Fraction

from rules_codspeed.contract.instruments.queries import Query
from rules_codspeed.contract.provenance import ObjectFile
from rules_codspeed.report.html.model import TREE_METRICS, Point, ReportModel, Trees
from rules_codspeed.report.html.report import report
from rules_codspeed.results.changes import Change, MetricChange, Recorded, Verdict
from rules_codspeed.results.graphs.call_graph import metric_graph
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.graphs.graph_tree import graph_tree
from rules_codspeed.results.graphs.stack_tree import stack_tree
from rules_codspeed.results.limits import Limit
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.report.html.programs import program_part
from tests.results.hosts import host
from tests.results.profiles import ProfilePart, write_profile
from tests.results.provenance import provenance
from tests.results.walltime_provenance import walltime_provenance

LABEL = "//pkg:bench"
SLOW = tuple(f"ns::layer3::work_{i}(int)" for i in range(10))

LIBRARIES = [ObjectFile("libm.so.6", "", "33333333"), ObjectFile("libz.so.1", "", "")]


def tree_of(part: ProfilePart, most: int = 100_000) -> CallTree:
    """Returns the call tree of one part of a profile."""
    ((_, graph),) = read_graphs(io.BytesIO(write_profile([part])), "test")
    return graph_tree(metric_graph(graph, TREE_METRICS), most)


def simulated(uri: str, instructions: int, label: str = LABEL) -> Benchmark:
    """Returns a benchmark of a simulation with caches."""
    metrics = {"Ir": instructions, "L1m": 20, "LLm": 3, "estimated_cycles": instructions + 500}
    return Benchmark(uri, label, "simulation", {**metrics})


def moved(uri: str, verdict: Verdict, before: int, after: int, label: str = LABEL) -> Change:
    """Returns a change of the instructions of a benchmark."""
    metric = MetricChange("Ir", before, after, Limit(Fraction(1, 50)), None, verdict)
    return Change(label, "simulation", uri, verdict, "", (metric,))


def model_of(names: Sequence[str]) -> ReportModel:
    """Returns a report of simulated benchmarks without profiles."""
    results = Results(
        SCHEMA,
        [simulated(name, 1000 + at) for at, name in enumerate(names)],
        [provenance(label=LABEL)],
    )
    return ReportModel("//:suite", results)


def full_model() -> ReportModel:
    """Returns a report with everything: both modes, changes, history, both trees."""
    slower = tree_of(program_part("pkg/a.cc::sort", 60, layers=6, slower=SLOW))
    same = tree_of(program_part("pkg/a.cc::sort", 60, layers=6))
    total = slower.totals()[0]
    timed = Benchmark(
        "pkg/t.rs::parse",
        "//pkg:timed",
        "walltime",
        {"median_ns": 12345.5, "mean_ns": 12500.25, "stdev_ns": 300.0, "rounds": 100},
        [[12345.5 + at for at in range(99)], [99_000.0]],
        queries=[Query("SELECT 1", 300, 300, 5, 0, [{"Plan": {"Node Type": "Result"}}])],
    )
    time_change = MetricChange(
        "median_ns", 13000.0, 12345.5, Limit(Fraction(1, 20)), None, "not_comparable"
    )
    sort = (LABEL, "simulation", "pkg/a.cc::sort")
    return ReportModel(
        suite="//:suite",
        results=Results(
            SCHEMA,
            [simulated("pkg/a.cc::sort", total), simulated("pkg/a.cc::find", 500), timed],
            [
                provenance(label=LABEL, host=host(libraries=LIBRARIES)),
                walltime_provenance(label="//pkg:timed"),
            ],
        ),
        compared_with="main at 1234abcd",
        changes=[
            moved("pkg/a.cc::sort", "regressed", same.totals()[0], total),
            moved("pkg/a.cc::find", "unchanged", 500, 500),
            Change(LABEL, "simulation", "pkg/a.cc::gone", "missing", "it is not measured", ()),
            Change("//pkg:timed", "walltime", timed.uri, "not_comparable", "other cpu: A, before B",
                   (time_change,)),
        ],
        before={
            (LABEL, "simulation", "pkg/a.cc::gone"): Recorded({"Ir": 700}),
            ("//pkg:timed", "walltime", timed.uri): Recorded(
                {"median_ns": 13000.0}, [[13000.0, 12900.0, 13100.0]], {"cpu": "B"}
            ),
        },
        history={
            sort: {"Ir": [Point(f"c{at}", 1.7e9 + 86400 * at, total + at % 3) for at in range(9)]}
        },
        trees={
            sort: Trees(slower, same),
            ("//pkg:timed", "walltime", timed.uri): Trees(
                stack_tree({("main", "parse", "next"): 70, ("main", "[kernel]"): 4}), None
            ),
        },
        notes=["The working tree was changed."],
    )  # fmt: skip


def many_model(count: int) -> ReportModel:
    """Returns a report of many benchmarks with 30 runs each; each 50th regressed, and has trees."""
    names = [f"pkg{at % 97}/file_bench.cc::sort<{at}>[size={at % 7}]" for at in range(count)]
    slower = tree_of(program_part("a", 60, layers=6, slower=SLOW), 400)
    trees = Trees(slower, tree_of(program_part("a", 60, layers=6), 400))
    plain = model_of(names)
    slow = set(names[::50])
    numbers = {one.uri: int(one.metrics["Ir"]) * 1000 for one in plain.results.benchmarks}
    return dataclasses.replace(
        plain,
        compared_with="main",
        changes=[
            moved(name, "regressed", number, number * 11 // 10)
            if name in slow
            else moved(name, "unchanged", number, number)
            for name, number in numbers.items()
        ],
        history={
            (LABEL, "simulation", name): {
                metric: [Point(f"c{at:040x}", 1.7e9 + at, number + at % 5) for at in range(30)]
                for metric in TREE_METRICS
            }
            for name, number in numbers.items()
        },
        trees={(LABEL, "simulation", name): trees for name in slow},
    )


def page(model: ReportModel) -> str:
    """Returns the report as text."""
    return "".join(report(model))
