"""Flame graphs in a headless Chromium."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path

from rules_codspeed.report.html.model import Trees
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import OTHER, CallTree
from tests.report.html.browser import Page
from tests.report.html.models import LABEL, model_of
from tests.report.html.pages import COLOURS, SORT, choose, needs_browser, shown, text, type_in

pytestmark = needs_browser
# The shortest time of one of them, in milliseconds: others measure on this machine, too.
TWENTY_DRAWINGS = """(() => {
  const times = [...Array(20)].map(() => {
    const start = performance.now();
    drawGraph();
    return performance.now() - start;
  });
  return d3.min(times);
})()"""


def test_events_and_views_of_a_graph(full: Page) -> None:
    full.follow(SORT)
    assert " instructions; before " in text(full, "frame")
    choose(full, "event", "3")
    assert " estimated cycles; before " in text(full, "frame")
    choose(full, "view", "now")
    assert full.run("byId('legend').hidden") is True
    assert not set(full.run(COLOURS)) & {"rgb(225 60 50)", "rgb(60 120 230)"}
    choose(full, "view", "base")
    assert full.run("graph.drawn") > 5


def test_only_what_certainly_grew_is_shown_as_more(page: Page, tmp_path: Path) -> None:
    main, small, big = Frame("main"), Frame("small"), Frame("big")
    now = CallTree(
        ("Ir", "Ct"), (main, big, small), [0, 1, 2], [0, 1, 1], [[1000, 300, 15], [1, 2, 3]], 0.0,
        {main: [1000, 1], big: [300, 2], small: [15, 3]},
    )  # fmt: skip
    base = CallTree(
        ("Ir",), (main, OTHER), [0, 1], [0, 1], [[1000, 20]], 0.02, {main: [1000], small: [20]}
    )
    key = (LABEL, "simulation", "a.cc::x")
    model = dataclasses.replace(
        model_of(["a.cc::x"]), compared_with="base", trees={key: Trees(now, base)}
    )
    for shown_page in shown(page, tmp_path, model, "#b0"):
        texts = "[1, 2, 3, 4].map((one) => frameText(one))"
        said = {one.split(" — ")[0]: one.split("; ")[1] for one in shown_page.run(texts)}
        assert said["main"] == "before 1,020, change +295"
        assert said["big"] == "before 0, change +300"
        assert said["small"] == "before not known, as small frames are merged"
        assert said["(other)"] == said["small"]
        assert shown_page.run("graph.view") == "change"
        assert shown_page.run(COLOURS)[1:].count("rgb(225 225 225)") == 2
        choose(shown_page, "event", "1")
        assert "before" not in "".join(shown_page.run(texts))
        assert shown_page.run("[graph.view, byId('view').parentElement.hidden]") == ["now", True]
        assert "Functions that cost most" in text(shown_page, "functions")


def test_a_graph_is_used_with_the_keyboard(full: Page) -> None:
    full.follow(SORT)
    full.run("byId('graph').focus()")
    full.press("ArrowDown")
    assert text(full, "frame").startswith("main — src/program.cc:")
    assert "; before " in text(full, "frame")
    full.press("ArrowDown")
    first = text(full, "frame")
    assert first.startswith("ns::layer1::")
    full.press("ArrowRight", "ArrowLeft", "Enter")
    assert text(full, "frame") == first
    assert full.run("Math.round(pixels(graph.current).wide - byId('graph').clientWidth)") == 0
    crumbs = "[...document.querySelectorAll('#breadcrumbs button')].map((one) => one.textContent)"
    assert full.run(crumbs)[:2] == ["all", "main"]
    assert len(full.run(crumbs)) == 3
    full.press("Escape", "ArrowUp")
    assert full.run("graph.zoom") == 0
    full.press("/")
    assert full.run("document.activeElement.id") == "search"


def test_callers_and_merging(full: Page) -> None:
    full.follow(SORT)
    total = full.run("graph.tree.now[0]")
    choose(full, "direction", "callers")
    assert full.run("[graph.tree.now[0], d3.max(graph.tree.ownNow)]")[0] == total
    names = "belowOf(0).map(nodeName)"
    assert "main" in full.run("[...Array(graph.tree.count).keys()].map(nodeName)")
    assert len(full.run(names)) > 5
    choose(full, "direction", "callees")
    choose(full, "merge", "language")
    assert set(full.run(names)) <= {"C", "C++", "machine code", "(other)"}
    assert full.run("graph.tree.now[0]") == total
    choose(full, "merge", "package")
    assert "src" in full.run("[...Array(graph.tree.count).keys()].map(nodeName)")


def test_graphs_are_saved_for_other_tools(full: Page) -> None:
    full.follow(SORT)
    total = full.run("graph.tree.now[0]")
    stacks = full.run("foldedStacks()").splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in stacks) == total
    assert stacks[0].startswith("main")
    scope = json.loads(full.run("speedscopeText()"))
    assert scope["profiles"][0]["endValue"] == total
    opened = [one["type"] for one in scope["profiles"][0]["events"]]
    assert opened.count("O") == opened.count("C") == full.run("graph.tree.count - 1")
    trace = json.loads(full.run("perfettoText()"))["traceEvents"]
    assert (trace[0]["ph"], trace[0]["name"], trace[-1]["ts"]) == ("B", "main", total)
    packed = "pprof().then((one) => one.arrayBuffer()).then((one) => [...new Uint8Array(one)])"
    profile = gzip.decompress(bytes(full.run(packed)))
    assert b"main" in profile
    assert profile[:2] == bytes([1 << 3 | 2, 4])  # sample_type, of two small numbers


def test_search_marks_frames_and_shows_their_share(full: Page) -> None:
    full.follow(SORT)
    type_in(full, "search", "LAYER1::")
    assert text(full, "found").partition(" frames")[0].isdigit()
    assert "rgb(200 80 230)" in full.run(COLOURS)
    type_in(full, "search", "")
    assert "rgb(200 80 230)" not in full.run(COLOURS)
    assert text(full, "found") == ""


def test_inlined_code_and_samples_are_shown(full: Page) -> None:
    full.follow(SORT)
    type_in(full, "search", "algorithm.h")
    assert int(text(full, "found").partition(" ")[0]) > 0
    full.follow("#b3")
    assert full.run("byId('view').parentElement.hidden") is True
    assert text(full, "frame") == "all: 74 samples"
    assert "sampled stacks" in text(full, "merged")


def test_fifty_thousand_frames_are_drawn_in_a_moment(page: Page, tmp_path: Path) -> None:
    frames = tuple(Frame(f"function_{at}", "a.cc", "", at) for at in range(5000))
    depths = [0, *(1 + at % 49 for at in range(49_999))]
    nodes = [at % 5000 for at in range(50_000)]
    costs = [1 + at * 31 % 97 for at in range(50_000)]
    now = CallTree(("Ir",), frames, nodes, depths, [costs], 0.0, {frames[0]: [sum(costs)]})
    base = dataclasses.replace(now, self_costs=[[cost + at % 2 for at, cost in enumerate(costs)]])
    key = (LABEL, "simulation", "a")
    model = dataclasses.replace(model_of(["a"]), trees={key: Trees(now, base)})
    for big in shown(page, tmp_path, model, "#b0"):
        assert "50,000 frames" in text(big, "merged")
        assert 0 < big.run("graph.drawn") < 50_000
        assert big.run(TWENTY_DRAWINGS) < 50
        big.run("byId('graph').focus()")
        big.press("ArrowDown", "ArrowDown", "Enter")
        assert 0 < big.run("graph.drawn") < 50_000
        type_in(big, "search", "function_7")
        assert int(text(big, "found").partition(" ")[0].replace(",", "")) > 1000
