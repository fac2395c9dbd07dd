"""The newest output of CodSpeed's Valgrind: inlined functions, threads, started processes."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.simulation.normalise import normalise_callgrind
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.results.callgrind.process_tree import adopted, descendants, whole
from rules_codspeed.results.callgrind.reader import Part, read_file, read_parts
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd, Termination
from rules_codspeed.results.graphs.call_graph import CallGraph
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.graphs.graph_tree import graph_tree
from rules_codspeed.results.graphs.profile_graphs import profile_graphs
from rules_codspeed.results.readers.simulation import summarize
from tests.results.callgrind.fork_profiles import EVENTS, RECORDS, Item, Meaning, head, section
from tests.results.provenance import provenance

TESTDATA = Path(__file__).parents[1] / "testdata"


def graphs(content: bytes) -> list[tuple[Part, CallGraph]]:
    return list(read_graphs(io.BytesIO(content), "x.out"))


def meaning(graph: CallGraph) -> Meaning:
    """Returns what a graph says, in the words of the generator; inlined code of any file."""
    found = Meaning()
    owners = {
        callee: caller
        for caller, called in enumerate(graph.calls)
        for callee in called
        if graph.frames[callee].kind == "inlined"
    }

    def key(at: int) -> tuple[str, str]:
        frame = graph.frames[at]
        owner = graph.frames[owners[at]].name if at in owners else frame.name
        return owner, frame.name if at in owners else ""

    for at, costs in enumerate(graph.self_costs):
        own = found.own.setdefault(key(at), Counter())
        own.update(dict(zip(graph.events, costs, strict=True)))
        for callee, call in graph.calls[at].items():
            if graph.frames[callee].kind != "inlined":
                edge = key(at), graph.frames[callee].name
                costs_of = found.called.setdefault(edge, Counter())
                costs_of.update(dict(zip(graph.events, call.costs, strict=True)))
                found.times[edge] += call.times
    found.totals.update(dict(zip(graph.events, graph.totals(), strict=True)))
    return found


def plain(found: Meaning) -> tuple[object, ...]:
    """Returns a meaning without what costs nothing."""
    own = {frame: +costs for frame, costs in found.own.items() if +costs}
    called = {edge: +costs for edge, costs in found.called.items() if +costs}
    return own, called, +found.times, +found.totals


def inline_graph() -> CallGraph:
    ((part, graph),) = graphs((TESTDATA / "inline.callgrind.out").read_bytes())
    assert part.trigger == BenchmarkEnd("a.c::one")
    assert part.totals == (78, 7, 7800, 14000)
    assert (part.pid, part.spawned, part.threads) == (77, (), ())
    return graph


def test_the_example_of_the_specification() -> None:
    graph = inline_graph()
    at = {frame.name: index for index, frame in enumerate(graph.frames)}
    own = {name: graph.self_costs[index][0] for name, index in at.items()}
    assert own == {"work": 3, "square": 5, "mul": 4, "cube": 6, "leaf": 60}
    assert graph.inclusive(at["work"])[0] == 78
    assert graph.inclusive(at["cube"])[0] == 26
    assert graph.inclusive(at["leaf"])[0] == 60
    calls = [one[at["leaf"]].times for one in graph.calls if at["leaf"] in one]
    assert sum(calls) == 3
    assert graph.frames[at["square"]].line == 3
    assert graph.frames[at["mul"]].line == 9


def test_inlined_functions_are_taken_out_of_their_function() -> None:
    tree = graph_tree(inline_graph())
    named = [
        (tree.frames[node].name, depth) for node, depth in zip(tree.nodes, tree.depths, strict=True)
    ]
    widths = dict(zip(named, tree.inclusive()[0], strict=True))
    assert widths[("work", 0)] == 78
    assert widths[("square", 1)] == 5
    assert widths[("cube", 1)] == 26
    assert tree.totals() == (78, 7, 7800, 14000)


def threads() -> dict[int, list[Part]]:
    return {pid: list(read_file(TESTDATA / f"threads-{pid}.out")) for pid in (4242, 4250)}


def test_threads_of_a_part_are_one() -> None:
    _, part, end = threads()[4242]
    assert (part.number, part.totals, part.threads) == (2, (100,), (4242, 4249))
    assert (part.pid, part.spawned) == (4242, (4250,))
    assert (end.number, end.trigger, end.totals) == (3, Termination(), (0,))


def test_started_processes_belong_to_the_benchmark() -> None:
    processes = threads()
    assert [whole(part, processes).totals for part in processes[4242]] == [(0,), (600,), (0,)]
    assert adopted(processes) == {4250}


def test_a_folder_with_a_started_process(tmp_path: Path) -> None:
    for pid, number in ((4242, 1), (4250, 2)):
        with (
            (TESTDATA / f"threads-{pid}.out").open("rb") as reading,
            (tmp_path / f"{number}.out").open("wb") as writing,
        ):
            uris = normalise_callgrind(
                reading, writing, Names({}), number, ordinals={4242: 1, 4250: 2}
            )
            assert uris == (["exec_harness::p"] if number == 1 else [])
    text = (tmp_path / "1.out").read_text()
    assert "42" not in text.replace("codspeed", "")
    assert text.count("\ndesc: Spawned pid: 2\ndesc: Benchmark pid: 1\nthread: ") == 2
    results = summarize(tmp_path, provenance())
    assert [(one.uri, one.metrics) for one in results.benchmarks] == [
        ("exec_harness::p", {"Ir": 600})
    ]
    ((uri, graph),) = profile_graphs(tmp_path)
    assert (uri, graph.totals()) == ("exec_harness::p", (600,))
    assert {(one.name, one.object) for one in graph.frames} == {
        ("main", "/h"), ("loop", "/h"), ("main", "/p")
    }  # fmt: skip


def test_processes_that_name_each_other_count_once() -> None:
    def part(pid: int, spawned: tuple[int, ...], cost: int) -> Part:
        return Part(1, BenchmarkEnd("x"), ("Ir",), (cost,), 1, pid, spawned)

    processes = {
        1: [part(1, (2, 3, 9), 1)],
        2: [part(2, (3, 1), 10)],
        3: [part(3, (2,), 100), part(3, (4,), 1000)],
        4: [Part(1, BenchmarkEnd("y"), ("Dr", "Ir"), (5, 10000), 1, 4)],
    }
    assert descendants(processes[1][0], processes) == [2, 3, 4]
    assert whole(processes[1][0], processes).totals == (11111,)


def test_a_callee_is_found_by_its_own_record() -> None:
    # The calls leave out, or state, another file than the record.
    content = head(1) + (
        "part: 1\ndesc: Trigger: Client Request: x\nevents: Ir\n\nob=/b\nfl=a.c\nfn=main\n"
        "1 1\ncfn=leaf\ncalls=1 9\n* 4\nfi=h.h\n3 2\ncfn=leaf\ncalls=2 9\n* 8\nfe=a.c\n"
        "2 0\ncfi=z.c\ncfn=leaf\ncalls=3 9\n* 16\n\nfl=a.c\nfn=leaf\n9 28\n\ntotals: 31\n"
    )
    ((_, graph),) = graphs(content.encode())
    called = {
        (graph.frames[callee].file, one.times, tuple(one.costs))
        for calls in graph.calls
        for callee, one in calls.items()
        if graph.frames[callee].name == "leaf"
    }
    assert called == {("a.c", 4, (20,)), ("a.c", 2, (8,))}


def test_skipped_code_is_no_function_of_the_program() -> None:
    content = head(1) + (
        "part: 1\ndesc: Trigger: Client Request: x\nevents: Ir\n\n"
        "ob=???\nfl=(callgrind-internal)\nfn=(skipped)\n0 3\n\ntotals: 3\n"
    )
    ((_, graph),) = graphs(content.encode())
    assert [(one.name, one.file, one.kind) for one in graph.frames] == [("(skipped)", "", "other")]


@given(
    st.lists(st.lists(RECORDS, min_size=1, max_size=3), min_size=1, max_size=3),
    st.booleans(),
    st.integers(1, 1 << 12),
)
@settings(max_examples=50)
def test_what_is_written_by_the_grammar_is_read(
    parts: list[list[list[tuple[str, list[Item]]]]], separate: bool, block: int
) -> None:
    text, expected = head(5), []
    for number, sections in enumerate(parts, start=1):
        said = Meaning()
        for thread, records in enumerate(sections if separate else sections[:1], start=100):
            trigger = f"Client Request: x::{number}"
            text += section(number, trigger, records, said, thread if separate else None, (6, 6))
        expected.append(said)
    content = text.encode()
    read = list(read_parts(io.BytesIO(content), "x.out", block))
    assert [part.totals for part in read] == [
        tuple(said.totals[event] for event in EVENTS) for said in expected
    ]
    assert {part.spawned for part in read} == {(6,)}
    found = graphs(content)
    assert [part for part, _ in found] == read
    for (_, graph), said in zip(found, expected, strict=True):
        assert plain(meaning(graph)) == plain(said)
    normalised = io.BytesIO()
    uris = normalise_callgrind(io.BytesIO(content), normalised, Names({}), 5)
    assert uris == [f"x::{number}" for number in range(1, len(parts) + 1)]
    for (_, graph), said in zip(graphs(normalised.getvalue()), expected, strict=True):
        assert plain(meaning(graph)) == plain(said)
