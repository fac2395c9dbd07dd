"""Call graphs as read from callgrind profiles."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.perf_map import parse_perf_map, read_perf_map
from rules_codspeed.results.callgrind.reader import CallgrindError
from rules_codspeed.results.graphs.call_graph import CallGraph, Frame, metric_graph
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.graphs.profile_graphs import profile_graphs
from rules_codspeed.results.simulation_metrics import simulation_metrics
from tests.results.profiles import Style, random_parts, write_profile

TESTDATA = Path(__file__).parents[2] / "results" / "testdata"
HEAD = b"# callgrind format\npart: 1\ndesc: Trigger: Client Request: a::b\npositions: line\n"

STYLES = st.builds(
    Style,
    compress_names=st.booleans(),
    relative_positions=st.booleans(),
    positions=st.sampled_from([("line",), ("instr", "line")]),
    hex_costs=st.booleans(),
    trailing_zeros=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    comments=st.booleans(),
)


def graphs(profile: bytes) -> list[CallGraph]:
    return [graph for _, graph in read_graphs(io.BytesIO(profile), "test.out")]


def graph_of(body: bytes, events: bytes = b"Ir", totals: bytes = b"0") -> CallGraph:
    (graph,) = graphs(HEAD + b"events: " + events + b"\n\n" + body + b"totals: " + totals + b"\n")
    return graph


def calls(graph: CallGraph) -> dict[tuple[str, str], tuple[int, list[int]]]:
    """Returns count and costs by the names of caller and callee."""
    return {
        (graph.frames[caller].name, graph.frames[callee].name): (call.times, list(call.costs))
        for caller, called in enumerate(graph.calls)
        for callee, call in called.items()
    }


@pytest.mark.parametrize("name", ["plain", "compressed", "recursion", "pytest"])
def test_self_costs_of_real_profiles_add_up_to_their_totals(name: str) -> None:
    with (TESTDATA / f"{name}.out").open("rb") as stream:
        for part, graph in read_graphs(stream, name):
            assert graph.totals() == part.totals if graph.frames else not any(part.totals)


@pytest.mark.parametrize("name", ["plain", "compressed"])
def test_reads_functions_calls_and_lines_of_a_real_profile(name: str) -> None:
    with (TESTDATA / f"{name}.out").open("rb") as stream:
        _, (_, fill), (_, fib), _ = read_graphs(stream, name)
    source = ("two_benchmarks.c", "two_benchmarks")
    assert Frame("main", *source, 34) in fill.frames
    assert Frame("fill", *source, 6) in fill.frames
    count, costs = calls(fill)["main", "fill"]
    assert (count, costs[0]) == (1, 24583)
    assert calls(fib)["fib", "fib'2"][0] == 2
    assert calls(fib)["fib'2", "fib'2"][1][0] == 11687


def test_a_call_states_the_file_of_no_other_line() -> None:
    # As callgrind writes a function that begins with a call: lines 2 and 3 are in f, 9 is in h.
    lines = b"ob=o\nfl=f\nfn=a\nfi=h\ncfn=c\ncalls=1 3\n7 8\n2 1\n3 4\nfi=h\n9 2\nfe=f\n\n"
    graph = graph_of(lines, totals=b"7")
    own = zip(graph.frames, graph.self_costs, strict=True)
    assert {(frame.file, *costs) for frame, costs in own} >= {("f", 5), ("h", 2)}


def test_reads_inlined_code_of_a_real_profile() -> None:
    with (TESTDATA / "pytest.out").open("rb") as stream:
        graph = next(graph for part, graph in read_graphs(stream, "") if part.number == 2)
    (free,) = (at for at, one in enumerate(graph.frames) if one.name == "free")
    inlined = {graph.frames[one] for one in graph.calls[free] if graph.calls[free][one].times == 0}
    assert {(one.kind, one.file, one.line) for one in inlined} == {
        ("inlined", "./malloc/./malloc/arena.c", 162)
    }


@given(st.integers(0, 50), STYLES)
@settings(max_examples=40)
def test_every_spelling_gives_the_same_graph(seed: int, style: Style) -> None:
    parts = random_parts(2, 12, seed)
    assert graphs(write_profile(parts, style)) == graphs(write_profile(parts))


@given(st.integers(0, 1000), st.integers(1, 30))
@settings(max_examples=40)
def test_self_costs_add_up(seed: int, functions: int) -> None:
    (part,) = random_parts(1, functions, seed)
    (graph,) = graphs(write_profile([part]))
    assert graph.totals() == part.totals()


def test_inlined_code_is_below_its_function_and_holds_what_it_calls() -> None:
    graph = graph_of(
        b"ob=prog\nfl=a.c\nfn=main\n5 10\nfi=b.h\n7 3\ncfi=a.c\ncfn=leaf\ncalls=2 20\n7 40\n"
        b"fe=a.c\n6 1\n\nfn=leaf\n20 40\n",
        totals=b"54",
    )
    assert graph.frames == (
        Frame("main", "a.c", "prog", 5),
        Frame("", "b.h", "prog", 7, "inlined"),
        Frame("leaf", "a.c", "prog", 20),
    )
    assert [list(one) for one in graph.self_costs] == [[11], [3], [40]]
    assert calls(graph) == {("main", ""): (0, [43]), ("", "leaf"): (2, [40])}
    assert graph.inclusive(0) == (54,)


def test_names_of_inlined_functions_are_those_of_codspeeds_build() -> None:
    graph = graph_of(
        b"fl=a.c\nfn=main\n5 1\ncfni=helper\n6 2\nfi=b.h\n3 4\ncfni=???\nfe=a.c\n7 8\n"
        b"\nfn=other\n9 16\n",
        totals=b"31",
    )
    own = {(one.name, one.file): graph.self_costs[at] for at, one in enumerate(graph.frames)}
    assert own == {
        ("main", "a.c"): [9],
        ("helper", "a.c"): [2],
        ("helper", "b.h"): [4],
        ("other", "a.c"): [16],
    }  # fmt: skip


def test_an_inlined_name_ends_with_its_function() -> None:
    graph = graph_of(b"fl=a.c\nfn=f\ncfni=helper\n1 1\n\nfn=g\n2 2\n", totals=b"3")
    assert [(one.name, one.kind) for one in graph.frames if one.name == "g"] == [("g", "function")]
    assert [list(own) for own in graph.self_costs] == [[0], [1], [2]]


def test_a_callee_of_another_object_and_file() -> None:
    graph = graph_of(
        b"ob=prog\nfl=a.c\nfn=main\n1 1\ncob=lib.so\ncfi=c.c\ncfn=far\ncalls=1 9\n1 5\n"
        b"cfn=near\ncalls=1 2\n1 7\n\nfn=near\n2 7\n\nob=lib.so\nfl=c.c\nfn=far\n9 5\n",
        totals=b"13",
    )
    assert {(one.name, one.file, one.object) for one in graph.frames} == {
        ("main", "a.c", "prog"), ("far", "c.c", "lib.so"), ("near", "a.c", "prog"),
    }  # fmt: skip


def test_jumps_cost_nothing_and_costs_without_a_function_are_kept() -> None:
    graph = graph_of(b"fl=a.c\n1 2\njcnd=1/2 5\n1\njump=3 7\n*\n+1 3\n", totals=b"5")
    assert graph.frames == (Frame("", "a.c", "", 1),)
    assert graph.totals() == (5,)


def test_a_damaged_line_is_reported_with_its_place() -> None:
    with pytest.raises(CallgrindError, match=r"test\.out:8: .*'\?\?' is not a line of a callgrind"):
        graph_of(b"fn=main\n??\n")


def test_metrics_of_a_graph_are_those_of_its_totals() -> None:
    (part,) = random_parts(1, 20)
    (graph,) = graphs(write_profile([part]))
    metrics = simulation_metrics(graph.events, graph.totals())
    names = ["estimated_cycles", "LLm", "Ir", "nothing"]
    made = metric_graph(graph, names)
    assert made.events == ("estimated_cycles", "LLm", "Ir")
    assert made.totals() == tuple(metrics[name] for name in made.events)
    assert [call.times for one in made.calls for call in one.values()] == [
        call.times for one in graph.calls for call in one.values()
    ]


def test_generated_code_is_named_by_the_perf_map(tmp_path: Path) -> None:
    body = b"fn=0x0000000000401010\n0 5\n\nfn=0x0000000000401030\n0 6\n\nfn=main\n0 1\n"
    profile = HEAD + b"events: Ir\n\n" + body + b"totals: 12\n"
    (tmp_path / "1.out").write_bytes(profile)
    (tmp_path / "2.out").write_bytes(b"")
    (tmp_path / "log.out").write_bytes(b"no profile")
    (tmp_path / "perf-1.map").write_bytes(b"401000 20 py::fib:/a b.py\nbad line\n401030 0 empty\n")
    ((uri, graph),) = profile_graphs(tmp_path)
    assert uri == "a::b"
    assert [one.name for one in graph.frames] == [
        "py::fib:/a b.py",
        "0x0000000000401030",
        "main",
    ]


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_perf_map_is_read(text: bytes) -> None:
    found = parse_perf_map(text)
    assert found.name("main") == "main"
    for symbol in read_perf_map(text):
        address = f"{symbol.addr:#018x}"
        assert found.name(address) == address or symbol.size


def test_code_without_a_name_is_named_by_its_place(tmp_path: Path) -> None:
    functions = [b"0x000000000055d1d0", b"0x000000000055d1d0'2", b"0x0000000000001010 [PLT]"]
    functions += [b"0x00007f0000001010", b"main"]
    body = b"ob=usr/bin/python3.11\n" + b"".join(b"fn=%b\n0 1\n\n" % one for one in functions)
    content = HEAD + b"events: Ir\n\n" + body + b"ob=???\nfn=0x0000000000001010\n0 1\n\ntotals: 6\n"
    (tmp_path / "1.out").write_bytes(content)
    ((_, graph),) = profile_graphs(tmp_path)
    assert [one.name for one in graph.frames] == [
        "python3.11+0x55d1d0",
        "python3.11+0x55d1d0'2",
        "python3.11+0x1010 [PLT]",
        "0x00007f0000001010",
        "main",
        "0x0000000000001010",
    ]
