"""Call trees: nothing is lost, whatever the graph."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.graphs.call_flow import call_flow, split
from rules_codspeed.results.graphs.call_graph import Call, CallGraph, Frame
from rules_codspeed.results.graphs.call_tree import DEEPEST, OTHER, CallTree
from rules_codspeed.results.graphs.graph_tree import graph_tree
from rules_codspeed.results.graphs.stack_tree import stack_tree
from rules_codspeed.results.graphs.tree_pruning import pruned

COSTS = st.tuples(st.integers(0, 10**6), st.integers(0, 3))


def graph(own: Sequence[Sequence[int]], calls: dict[tuple[int, int], Sequence[int]]) -> CallGraph:
    called: list[dict[int, Call]] = [{} for _ in own]
    for (caller, callee), costs in calls.items():
        called[caller][callee] = Call(1, costs)
    frames = tuple(Frame(f"f{at}", "a.c", "", at) for at in range(len(own)))
    events = tuple(f"e{at}" for at in range(len(own[0]) if own else 1))
    return CallGraph(events, frames, tuple(own), tuple(called))


@st.composite
def any_graphs(draw: st.DrawFn) -> CallGraph:
    """Draws graphs with cycles, whose costs need not be consistent."""
    own = draw(st.lists(COSTS, min_size=1, max_size=8))
    place = st.integers(0, len(own) - 1)
    return graph(own, draw(st.dictionaries(st.tuples(place, place), COSTS, max_size=20)))


def shown(tree: CallTree) -> list[str]:
    """Returns a line for each node, indented by its depth."""
    rows = zip(tree.nodes, tree.depths, zip(*tree.self_costs, strict=True), strict=True)
    return [
        "  " * depth + " ".join([tree.frames[index].name, *map(str, own)])
        for index, depth, own in rows
    ]


def check_shape(tree: CallTree, totals: tuple[int, ...]) -> None:
    before = -1
    for depth in tree.depths:
        assert 0 <= depth <= before + 1
        before = depth
    assert all(cost >= 0 for column in tree.self_costs for cost in column)
    assert tree.totals() == totals or not any(totals)


@given(any_graphs(), st.integers(1, 60), st.sampled_from([0.0, 0.001, 0.2, 2.0]))
@settings(max_examples=200)
def test_a_tree_adds_up_to_its_graph(made: CallGraph, most: int, least: float) -> None:
    tree = graph_tree(made, most, least)
    check_shape(tree, made.totals())
    assert len(tree.nodes) <= most


@given(any_graphs())
@settings(max_examples=200)
def test_every_function_keeps_its_own_costs(made: CallGraph) -> None:
    flow = call_flow(made)
    assert tuple(map(sum, zip(*(costs for _, costs in flow.roots), strict=True))) == (
        made.totals() if any(made.totals()) else ()
    )
    for frame, own in enumerate(made.self_costs):
        below = [costs for _, costs in flow.calls[frame]]
        assert list(map(sum, zip(own, *below, strict=True))) == list(flow.inclusive[frame])


@given(any_graphs(), st.integers(1, 40), st.sampled_from([0.0, 0.01, 0.3]))
@settings(max_examples=200)
def test_pruning_keeps_the_sum_and_the_size(made: CallGraph, most: int, least: float) -> None:
    whole = graph_tree(made, 10_000)
    tree = pruned(whole, most, least)
    check_shape(tree, made.totals())
    assert len(tree.nodes) <= most
    assert tree.functions == whole.functions
    assert shown(pruned(whole, 10_000)) == shown(whole)


@given(
    st.lists(st.integers(0, 10**20), min_size=1, max_size=3).flatmap(
        lambda total: st.tuples(
            st.just(total),
            st.lists(
                st.lists(st.integers(0, 10**20), min_size=len(total), max_size=len(total)),
                min_size=1,
                max_size=6,
            ),
        )
    )
)
@settings(max_examples=200)
def test_split_is_exact(case: tuple[list[int], list[list[int]]]) -> None:
    total, weights = case
    parts = split(total, weights)
    assert list(map(sum, zip(*parts, strict=True))) == total
    assert min(map(min, parts)) >= 0
    for event, column in enumerate(zip(*weights, strict=True)):
        if whole := sum(column):
            for part, weight in zip(parts, column, strict=True):
                assert abs(part[event] * whole - total[event] * weight) < whole


def test_a_callee_is_divided_among_its_callers() -> None:
    made = graph(
        [[10], [20], [30], [400]],
        {(0, 1): [120], (0, 2): [330], (1, 3): [100], (2, 3): [300]},
    )
    assert shown(graph_tree(made)) == [
        "f0 10", "  f2 30", "    f3 300", "  f1 20", "    f3 100",
    ]  # fmt: skip


def test_what_a_divided_function_calls_is_divided_too() -> None:
    made = graph(
        [[0], [0], [0], [30], [10]],
        {(0, 1): [30], (0, 2): [10], (1, 3): [30], (2, 3): [10], (3, 4): [10]},
    )
    assert shown(graph_tree(made)) == [
        "f0 0", "  f1 0", "    f3 22", "      f4 8", "  f2 0", "    f3 7", "      f4 3",
    ]  # fmt: skip


def test_recursion_is_folded() -> None:
    made = graph([[5], [2545]], {(0, 1): [2545], (1, 1): [11687]})
    assert shown(graph_tree(made)) == ["f0 5", "  f1 2545"]


def test_a_circle_is_entered_once_and_keeps_all_own_costs() -> None:
    made = graph(
        [[1], [60], [40]],
        {(0, 1): [100], (1, 2): [150], (2, 1): [110]},
    )
    assert shown(graph_tree(made)) == ["f0 1", "  f1 60", "    f2 40"]


def test_a_circle_that_nobody_entered_is_shown() -> None:
    made = graph([[3], [4]], {(0, 1): [7], (1, 0): [7]})
    assert graph_tree(made).totals() == (7,)


def test_small_parts_are_merged_and_noted() -> None:
    made = graph(
        [[0], [900], [60], [40]],
        {(0, 1): [900], (0, 2): [60], (0, 3): [40]},
    )
    tree = graph_tree(made, least=0.1)
    assert shown(tree) == ["f0 0", "  f1 900", "  (other) 100"]
    assert tree.merged == 0.06
    assert tree.functions[Frame("f3", "a.c", "", 3)] == [40]


def test_a_part_that_is_large_for_one_event_is_kept() -> None:
    made = graph([[1000, 0], [1, 5]], {(0, 1): [1, 5]})
    assert shown(graph_tree(made, least=0.5)) == ["f0 1000 0", "  f1 1 5"]


def test_a_deep_chain_is_cut() -> None:
    count = 3 * DEEPEST
    made = graph([[1]] * count, {(at, at + 1): [count - at - 1] for at in range(count - 1)})
    tree = graph_tree(made)
    check_shape(tree, (count,))
    assert max(tree.depths) < DEEPEST
    assert tree.frames[tree.nodes[-1]] == OTHER


def test_a_graph_of_many_paths_stays_bounded() -> None:
    layers = 40  # 2 functions a layer: 2 ** 40 paths
    own = [[1]] * (2 * layers)
    calls: dict[tuple[int, int], Sequence[int]] = {}
    for at in range(layers - 1):
        for caller in (2 * at, 2 * at + 1):
            for callee in (2 * at + 2, 2 * at + 3):
                calls[caller, callee] = [layers - at - 1]
    tree = graph_tree(graph(own, calls), 5000)
    assert len(tree.nodes) <= 5000
    check_shape(tree, (2 * layers,))


def test_inclusive_costs_are_sums_of_what_is_below() -> None:
    made = graph([[1, 0], [2, 7], [4, 0]], {(0, 1): [2, 7], (0, 2): [4, 0]})
    tree = graph_tree(made)
    assert shown(tree) == ["f0 1 0", "  f2 4 0", "  f1 2 7"]
    assert tree.inclusive() == [[7, 4, 2], [7, 0, 7]]
    assert tree.parents() == [-1, 0, 0]


def test_stacks_become_a_tree() -> None:
    stacks = {("main", "a", "b"): 5, ("main", "a"): 2, ("main", "c"): 9, (): 1, ("x",): 0}
    tree = stack_tree(stacks)
    assert tree.events == ("samples",)
    assert shown(tree) == ["main 0", "  c 9", "  a 2", "    b 5", "(no stack) 1"]
    assert tree.functions[Frame("a")] == [2]


@given(
    st.dictionaries(
        st.lists(st.sampled_from("abc"), max_size=6).map(tuple), st.integers(0, 100), max_size=20
    ),
    st.integers(1, 30),
)
@settings(max_examples=100)
def test_stacks_lose_no_sample(stacks: dict[tuple[str, ...], int], most: int) -> None:
    tree = stack_tree(stacks, most)
    check_shape(tree, (sum(stacks.values()),))
    assert len(tree.nodes) <= most


def test_a_stack_of_any_depth_is_cut() -> None:
    tree = stack_tree({("f",) * 5000: 3})
    assert (len(tree.nodes), tree.totals()) == (DEEPEST, (3,))
