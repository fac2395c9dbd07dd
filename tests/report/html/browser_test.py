"""The report in a headless Chromium, from the disk and without a network."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rules_codspeed.report.html.model import Point, ReportModel
from rules_codspeed.report.html.report import SCRIPTS, write_folder
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Timeline
from tests.report.html.browser import Page
from tests.report.html.hostile import HOSTILE, hostile_model
from tests.report.html.models import LABEL, full_model, many_model, model_of
from tests.report.html.pages import (
    COLOURS,
    SORT,
    choose,
    needs_browser,
    rows,
    served,
    shown,
    text,
    type_in,
)

pytestmark = needs_browser


def test_the_first_page_states_whether_something_got_slower(full: Page) -> None:
    assert text(full, "headline") == "1 of 4 benchmarks regressed, 1 gone, 1 without a verdict"
    assert text(full, "compared") == "Compared with main at 1234abcd."
    assert text(full, "environment").startswith("simulation, linux x86_64, valgrind ")
    assert rows(full, "changed") == ["pkg/a.cc::sort", "pkg/t.rs::parse"]
    assert full.run("document.querySelectorAll('#changed .spark path').length") == 1
    cells = "[...document.querySelector('#changed tbody tr').children].map((one) => one.innerText)"
    assert full.run(cells)[-1] == "regressed"
    assert full.run("document.title") == "Benchmarks of //:suite"


def test_names_that_came_and_went_are_folded(full: Page) -> None:
    folds = "[...document.querySelectorAll('#came-and-went summary')].map((one) => one.textContent)"
    assert full.run(folds) == ["1 benchmark gone"]
    assert rows(full, "came-and-went") == ["pkg/a.cc::gone"]
    assert full.run("document.querySelector('#came-and-went details').open") is False


def test_packages_fold_and_have_totals(full: Page) -> None:
    assert rows(full) == ["pkg/a.cc::find", "pkg/a.cc::sort", "pkg/t.rs::parse"]
    summary = full.run("document.querySelector('#packages summary').textContent")
    assert summary.startswith("pkg1 regressed1 not comparable3 benchmarks · ")
    assert summary.endswith(" instructions, 12.35\u202fµs median")
    full.run("document.querySelector('#packages summary').click()")
    assert full.run("document.querySelector('#packages details').open") is False


def test_a_table_is_sorted_by_its_heads_with_the_keyboard(full: Page) -> None:
    full.run("document.querySelectorAll('#packages [data-mode=simulation] th button')[1].focus()")
    full.press("Enter")
    assert rows(full)[:2] == ["pkg/a.cc::sort", "pkg/a.cc::find"]
    head = "document.querySelectorAll('#packages [data-mode=simulation] th')[1]"
    assert full.run(f"{head}.getAttribute('aria-sort')") == "descending"
    assert full.run(f"document.activeElement === {head}.firstChild") is True
    full.press("Enter")
    assert rows(full)[:2] == ["pkg/a.cc::find", "pkg/a.cc::sort"]


def test_filters_are_in_the_address(full: Page) -> None:
    type_in(full, "text", "TIMED parse")
    assert rows(full) == ["pkg/t.rs::parse"]
    assert text(full, "shown") == "1 of 4 benchmarks"
    full.wait("location.hash === '#text=TIMED+parse'")
    type_in(full, "text", "")
    full.run("document.querySelector('#verdicts .missing').click()")
    pressed = "document.querySelector('#verdicts .missing').getAttribute('aria-pressed')"
    assert full.run(pressed) == "true"
    assert rows(full) == []
    full.run("document.querySelector('#verdicts .regressed').click()")
    assert rows(full, "came-and-went") + rows(full) == ["pkg/a.cc::gone", "pkg/a.cc::sort"]
    choose(full, "mode", "walltime")
    assert rows(full, "came-and-went") + rows(full) == []
    full.wait("location.hash.startsWith('#mode=walltime&verdict=missing')")
    full.follow("#verdict=regressed&package=%2F%2Fpkg&framework=hooks")
    assert rows(full) == ["pkg/a.cc::sort"]
    full.follow(SORT)
    assert full.run("byId('back').hash").startswith("#verdict=regressed")
    full.follow("#verdict=nonsense&mode=none")
    assert (text(full, "shown"), rows(full)) == ("0 of 4 benchmarks", [])


def test_dots_of_all_changes_lead_to_benchmarks(full: Page) -> None:
    assert full.run("strip.dots.map((dot) => dot.row.id).toSorted()") == [0, 2, 3]
    box = full.run("(({ x, y }) => ({ x, y }))(byId('strip').getBoundingClientRect())")
    dot = full.run("(({ x, y }) => ({ x, y }))(strip.dots.find((one) => one.row.id === 2))")
    place: dict[str, object] = {
        "x": box["x"] + dot["x"],
        "y": box["y"] + dot["y"],
        "button": "left",
    }
    full.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
    assert text(full, "strip-text").startswith("pkg/a.cc::sort: +")
    for kind in ("mousePressed", "mouseReleased"):
        full.call("Input.dispatchMouseEvent", type=kind, clickCount=1, **place)
    full.wait(f"document.body.dataset.ready === '{SORT}'")


def test_without_a_base_the_first_page_shows_where_the_cost_is(page: Page, tmp_path: Path) -> None:
    for plain in shown(page, tmp_path, model_of([f"a.cc::b[{at}]" for at in range(30)])):
        assert text(plain, "headline") == "30 benchmarks, compared with nothing yet"
        assert "tools:compare -- --base main" in plain.run("byId('how-to-compare').innerText")
        assert plain.run("document.querySelectorAll('#treemap a').length") == 30
        assert plain.run("byId('strip-section').hidden") is True


def test_a_benchmark_shows_what_changed_and_where(full: Page) -> None:
    full.follow(SORT)
    assert text(full, "uri") == "pkg/a.cc::sort"
    assert "Instructions" in text(full, "changes")
    assert full.run("document.querySelectorAll('#history circle').length") == 9
    assert full.run("byId('view').value") == "change"
    assert full.run("byId('legend').hidden") is False
    assert text(full, "legend-more").startswith("more (+")
    functions = (
        "[...document.querySelectorAll('#functions tbody bdi')].map((one) => one.textContent)"
    )
    assert all(name.startswith("ns::layer3::work_") for name in full.run(functions))
    assert full.run(functions)
    colours = set(full.run(COLOURS))
    assert "rgb(225 60 50)" in colours
    assert len(colours) > 3


def test_the_history_marks_where_the_level_changed(page: Page, tmp_path: Path) -> None:
    points = [Point(f"c{at}", 1.7e9 + 86400 * at, 1000 + 100 * (at > 5)) for at in range(12)]
    key = (LABEL, "simulation", "a")
    model = dataclasses.replace(model_of(["a"]), history={key: {"Ir": points}})
    for marked in shown(page, tmp_path, model, "#b0"):
        assert marked.run("document.querySelectorAll('#chart .changed-at').length") == 1
        assert text(marked, "change-points").startswith("Changed with c6 (")
        assert "+10\u202f%" in text(marked, "change-points")
        assert "UTC" in marked.run("document.querySelector('#chart circle title').textContent")
        marked.run("document.querySelector('#chart circle').dispatchEvent(new Event('click'))")
        assert "-- --compare c0 --report" in text(marked, "point")


def test_times_of_rounds_and_environments_are_shown(full: Page) -> None:
    full.follow("#b3")
    assert full.run("document.querySelectorAll('#histogram .bins').length") == 2
    assert "99.00\u202fµs" in text(full, "outliers")
    assert text(full, "outliers").startswith("1 outlier of 100 rounds")
    differs = "[...document.querySelectorAll('#environments .differs')].map((one) => one.innerText)"
    assert any(one.startswith("cpu") and "EPYC" in one for one in full.run(differs))
    assert text(full, "again").startswith("bazel build //pkg:timed --@rules_codspeed//")


def test_live_memory_is_drawn(page: Page, tmp_path: Path) -> None:
    measured = Benchmark("a", LABEL, "memory", {"peak": 4096}, timeline=Timeline(2, [4096, 1, 0]))
    model = ReportModel("//:suite", Results(SCHEMA, [measured], []))
    for drawn in shown(page, tmp_path, model, "#b0"):
        assert drawn.run("byId('timeline').hidden") is False
        label = drawn.run("document.querySelector('#live svg').getAttribute('aria-label')")
        assert "over 6 calls of the allocator: at most 4.00\u202fKiB, at the end 0\u202fB" in label
        assert "M90" in drawn.run("document.querySelector('#live .live').getAttribute('d')")
        assert "the most of each 2 of them" in text(drawn, "timeline-note")


def test_queries_are_shown_with_their_plans(full: Page) -> None:
    full.follow("#b3")
    assert full.run("byId('queries-section').hidden") is False
    assert "300" in text(full, "queries")
    assert full.run("document.querySelector('#queries pre').textContent") == "Result"
    full.follow("#b1")
    assert full.run("byId('queries-section').hidden") is True


def test_a_missing_benchmark_has_a_page_without_a_graph(full: Page) -> None:
    full.follow("#b1")
    assert text(full, "reason") == "it is not measured"
    assert full.run("byId('graph-section').hidden") is True
    full.follow("")
    assert full.run("byId('page-overview').hidden") is False


@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (400, "dark")])
@pytest.mark.parametrize("fragment", ["", SORT])
def test_no_page_is_wider_than_the_window(
    full: Page, width: int, scheme: str, fragment: str
) -> None:
    full.prefer(scheme)
    full.resize(width, 800)
    full.follow(fragment)
    assert full.run("document.documentElement.scrollWidth") <= width
    if fragment:
        full.wait("graph.width === byId('graph').clientWidth")


def test_colours_follow_the_system_and_the_button(full: Page) -> None:
    back = "getComputedStyle(document.body).backgroundColor"
    assert full.run(back) == "rgb(255, 255, 255)"
    full.prefer("dark")
    assert full.run(back) == "rgb(21, 24, 28)"
    full.run("byId('theme').click()")
    assert full.run(back) == "rgb(255, 255, 255)"


def test_paper_gets_table_and_graph_without_controls(full: Page) -> None:
    full.follow(SORT)
    full.prefer("light", media="print")
    shown_is = "getComputedStyle(document.querySelector({!r})).display"
    assert full.run(shown_is.format(".controls")) == "none"
    assert full.run(shown_is.format("#graph")) == "block"
    data = full.call("Page.printToPDF", printBackground=True)["data"]
    assert len(data) > 10_000


def test_graphs_beside_a_page_come_from_its_server(page: Page, tmp_path: Path) -> None:
    write_folder(full_model(), tmp_path)
    with served(tmp_path) as address:
        page.call("Page.navigate", url=f"{address}/{SORT}")
        page.wait(f"document.body?.dataset.ready === '{SORT}'")
        assert page.run("graph.tree.count") > 5
        assert page.run("byId('not-beside').hidden") is True
        page.follow("#b3")
        assert text(page, "frame") == "all: 74 samples"
    # From the disk there is all but the graph.
    page.open(tmp_path / "index.html", SORT)
    assert page.run("byId('not-beside').hidden") is False
    assert page.run("byId('graph-section').hidden") is True
    assert text(page, "uri") == "pkg/a.cc::sort"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(page: Page, tmp_path: Path, name: str) -> None:
    for hostile in shown(page, tmp_path, hostile_model(name), "#b0"):
        assert hostile.run("document.title") != "owned"
        assert hostile.run("document.images.length") == 0
        assert hostile.run("document.scripts.length") == 6 + len(SCRIPTS)
        assert hostile.run("graph.tree.count") == 4
        assert hostile.run("({}).polluted") is None
        assert hostile.run("document.documentElement.scrollWidth") <= 1300


def test_ten_thousand_benchmarks_are_light_and_shown_in_parts(page: Page, tmp_path: Path) -> None:
    for big in shown(page, tmp_path, many_model(10_000)):
        assert (tmp_path / "report.html").stat().st_size < 6_000_000
        # The aim is a second in all; other work on the machine does not count here.
        assert big.thread_seconds() < 1
        assert text(big, "headline") == "200 of 10,000 benchmarks regressed"
        assert len(rows(big, "changed")) == 100
        assert rows(big) == []
        big.run("document.querySelector('#packages summary').click()")
        big.wait("document.querySelector('#packages tbody')")
        assert len(rows(big)) == 1000
        assert rows(big)[0] == "pkg0/file_bench.cc::sort<0>[size=0]"
        type_in(big, "text", "sort<9999>")
        assert rows(big) == ["pkg8/file_bench.cc::sort<9999>[size=3]"]
        big.follow("#b0")
        assert big.run("byId('left-out').hidden !== byId('graph-section').hidden") is True
