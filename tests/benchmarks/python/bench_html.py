"""The report: call trees of profiles, and the page that shows them."""

from __future__ import annotations

import io
from pathlib import Path

from pytest_codspeed import BenchmarkFixture

from rules_codspeed.report.exports.speedscope import speedscope
from rules_codspeed.report.html.difference import overlay
from rules_codspeed.report.html.model import TREE_METRICS
from rules_codspeed.report.html.report import write_report
from rules_codspeed.results.graphs.call_graph import CallGraph, metric_graph
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.graphs.graph_tree import graph_tree
from rules_codspeed.results.graphs.stack_tree import stack_tree
from rules_codspeed.results.graphs.tree_pruning import pruned
from tests.report.html.models import full_model
from tests.report.html.programs import program_part
from tests.results.profiles import write_profile

PROFILE = write_profile([program_part("a.cc::sort", 200)])
STACKS = {
    (*(f"outer_{at % depth}" for depth in range(1, 20)), f"leaf_{at}"): at for at in range(1, 300)
}


def graph_of(profile: bytes) -> CallGraph:
    ((_, graph),) = read_graphs(io.BytesIO(profile), "benchmark.out")
    return metric_graph(graph, TREE_METRICS)


GRAPH = graph_of(PROFILE)
TREE = graph_tree(GRAPH, 1000)


def test_read_graph(benchmark: BenchmarkFixture) -> None:
    assert benchmark(graph_of, PROFILE) == GRAPH


def test_unfold_graph(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(graph_tree, GRAPH, 1000).nodes) > 900


def test_fold_stacks(benchmark: BenchmarkFixture) -> None:
    assert benchmark(stack_tree, STACKS).totals() == (sum(STACKS.values()),)


def test_prune_tree(benchmark: BenchmarkFixture) -> None:
    assert benchmark(pruned, TREE, 200).totals() == TREE.totals()


def test_lay_trees_over_each_other(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(overlay, TREE, TREE).frames) == len(TREE.nodes)


def test_export_to_speedscope(benchmark: BenchmarkFixture) -> None:
    assert benchmark(speedscope, "//:suite", {("//a:b", "simulation", "c"): TREE})


def test_write_report(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    model = full_model()
    benchmark(write_report, model, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size > 100_000
