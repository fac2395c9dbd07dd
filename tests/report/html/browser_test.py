"""The report in a headless Chromium, from the disk and without a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.report.html.model import ReportModel, Trees
from rules_codspeed.report.html.report import write_report
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import OTHER, CallTree
from tests.report.html.browser import Page, find_browser, open_browser
from tests.report.html.hostile import HOSTILE, hostile_model
from tests.report.html.models import LABEL, full_model, model_of

BROWSER = find_browser()
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

SORT = "#b2"  # the benchmark of the full model with both trees


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert BROWSER
    with open_browser(BROWSER, tmp_path_factory.mktemp("browser")) as page:
        page.resize(1300, 900)
        yield page


@pytest.fixture
def full(page: Page, tmp_path: Path) -> Iterator[Page]:
    """Shows the first page of the full model; checks at the end that nothing went wrong."""
    yield from shown(page, tmp_path, full_model())


def shown(page: Page, folder: Path, model: ReportModel, fragment: str = "") -> Iterator[Page]:
    file = folder / "report.html"
    write_report(model, file)
    page.console.clear()
    page.requests.clear()
    page.prefer("light")
    page.resize(1300, 900)
    page.open(file, fragment)
    yield page
    page.run("1")  # collects what was not read yet
    assert page.console == []
    assert {one.partition("#")[0] for one in page.requests} == {file.as_uri()}


def rows(page: Page) -> list[str]:
    """Returns the benchmarks in the order of the tables."""
    found = page.run(
        "[...document.querySelectorAll('#tables tbody bdi')].map((one) => one.textContent)"
    )
    assert isinstance(found, list)
    return found


def text(page: Page, id: str) -> str:
    return str(page.run(f"byId('{id}').textContent"))


def choose(page: Page, id: str, value: str) -> None:
    page.run(f"byId('{id}').value = {value!r}, byId('{id}').dispatchEvent(new Event('change'))")


def type_in(page: Page, id: str, value: str) -> None:
    page.run(f"byId('{id}').value = {value!r}, byId('{id}').dispatchEvent(new Event('input'))")


def test_the_first_page_shows_the_worst_first(full: Page) -> None:
    assert rows(full) == ["pkg/a.cc::sort", "pkg/a.cc::gone", "pkg/a.cc::find", "pkg/t.rs::parse"]
    assert text(full, "shown") == "4 of 4 benchmarks"
    assert text(full, "compared") == "Compared with main at 1234abcd."
    assert full.run("document.querySelectorAll('.spark path').length") == 1
    cells = "[...document.querySelector('#tables tbody tr').children].map((one) => one.textContent)"
    assert full.run(cells)[-2] == "regressed"
    assert full.run("document.title") == "Benchmarks of //:suite"


def test_a_table_is_sorted_by_its_heads_with_the_keyboard(full: Page) -> None:
    heads = "[...document.querySelectorAll('#tables table:first-of-type th button')]"
    full.run(f"{heads}[0].focus()")
    full.press("Enter")
    assert rows(full)[:3] == ["pkg/a.cc::find", "pkg/a.cc::gone", "pkg/a.cc::sort"]
    assert full.run("document.querySelector('#tables th').getAttribute('aria-sort')") == "ascending"
    full.press("Tab", "Enter")
    # Rows without a number are last, in either order.
    assert rows(full)[:3] == ["pkg/a.cc::sort", "pkg/a.cc::find", "pkg/a.cc::gone"]
    full.press("Enter")
    assert rows(full)[:3] == ["pkg/a.cc::find", "pkg/a.cc::sort", "pkg/a.cc::gone"]


def test_tables_are_filtered_by_words_and_verdicts(full: Page) -> None:
    type_in(full, "filter", "TIMED parse")
    assert rows(full) == ["pkg/t.rs::parse"]
    assert text(full, "shown") == "1 of 4 benchmarks"
    type_in(full, "filter", "")
    full.run("document.querySelector('#verdicts .missing').click()")
    assert rows(full) == ["pkg/a.cc::gone"]
    pressed = "document.querySelector('#verdicts .missing').getAttribute('aria-pressed')"
    assert full.run(pressed) == "true"
    full.run("document.querySelector('#verdicts .regressed').click()")
    assert len(rows(full)) == 2


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
    reds = "[...document.querySelectorAll('#graph rect')].map((one) => one.getAttribute('fill'))"
    colours = set(full.run(reds))
    assert "rgb(225 60 50)" in colours
    assert len(colours) > 3


def test_events_and_views_of_a_graph(full: Page) -> None:
    full.follow(SORT)
    instructions = text(full, "frame")
    assert instructions.startswith("all: ")
    assert instructions.endswith(" instructions")
    choose(full, "event", "3")
    assert text(full, "frame").endswith(" estimated cycles")
    choose(full, "view", "now")
    assert full.run("byId('legend').hidden") is True
    fills = "[...document.querySelectorAll('#graph rect')].map((one) => one.getAttribute('fill'))"
    assert any(fill.startswith("hsl(") for fill in full.run(fills))
    choose(full, "view", "base")
    assert full.run("document.querySelectorAll('#graph g.frame').length") > 5


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
        texts = "[...Array(4).keys()].map((one) => frameText(one))"
        said = {one.split(" — ")[0]: one.split("; ")[1] for one in shown_page.run(texts)}
        assert said["main"] == "before 1,020, change +295"
        assert said["big"] == "before 0, change +300"
        assert said["small"] == "before not known, as small frames are merged"
        assert said["(other)"] == said["small"]
        assert shown_page.run("graph.view") == "change"
        greys = "[...Array(4).keys()].map((one) => colour({ data: { node: one } }))"
        assert shown_page.run(greys).count("rgb(225 225 225)") == 2
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
    wide = "Number(document.querySelector('#graph g.current rect').getAttribute('width'))"
    assert full.run(f"Math.round({wide} - byId('graph').clientWidth)") == 0
    full.press("Escape", "ArrowUp")
    assert full.run("document.querySelectorAll('#graph g.current').length") == 1
    full.press("/")
    assert full.run("document.activeElement.id") == "search"


def test_search_marks_frames_and_shows_their_share(full: Page) -> None:
    full.follow(SORT)
    type_in(full, "search", "LAYER1::")
    assert text(full, "found").partition(" frames")[0].isdigit()
    marked = "document.querySelectorAll('#graph rect[fill=\"rgb(200 80 230)\"]').length"
    assert full.run(marked) >= 1
    type_in(full, "search", "")
    assert full.run(marked) == 0
    assert text(full, "found") == ""


def test_inlined_code_and_samples_are_shown(full: Page) -> None:
    full.follow(SORT)
    type_in(full, "search", "algorithm.h")
    assert int(text(full, "found").partition(" ")[0]) > 0
    full.follow("#b3")
    assert full.run("byId('view').parentElement.hidden") is True
    assert text(full, "frame") == "all: 74 samples"
    assert "sampled stacks" in text(full, "merged")


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
        drawn = "Number(document.querySelector('#graph svg').getAttribute('width'))"
        full.wait(f"{drawn} === byId('graph').clientWidth")


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


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(page: Page, tmp_path: Path, name: str) -> None:
    for hostile in shown(page, tmp_path, hostile_model(name), "#b0"):
        assert hostile.run("document.title") != "owned"
        assert hostile.run("document.images.length") == 0
        assert hostile.run("document.scripts.length") == 8
        assert hostile.run("document.querySelectorAll('#graph g.frame').length") == 4
        assert hostile.run("({}).polluted") is None
        assert hostile.run("document.documentElement.scrollWidth") <= 1300


def test_a_hundred_thousand_frames_stay_usable(page: Page, tmp_path: Path) -> None:
    frames = tuple(Frame(f"function_{at}", "a.cc", "", at) for at in range(5000))
    depths = [0, *(1 + at % 99 for at in range(99_999))]
    nodes = [at % 5000 for at in range(100_000)]
    costs = [1 + at * 31 % 97 for at in range(100_000)]
    now = CallTree(("Ir",), frames, nodes, depths, [costs], 0.0, {frames[0]: [sum(costs)]})
    base = dataclasses.replace(now, self_costs=[[cost + at % 2 for at, cost in enumerate(costs)]])
    key = (LABEL, "simulation", "a")
    model = dataclasses.replace(model_of(["a"]), trees={key: Trees(now, base)})
    for big in shown(page, tmp_path, model, "#b0"):
        assert "100,000 frames" in text(big, "merged")
        drawn = "document.querySelectorAll('#graph g.frame').length"
        assert 0 < big.run(drawn) < 100_000
        big.run("byId('graph').focus()")
        big.press("ArrowDown", "ArrowDown", "Enter")
        assert 0 < big.run(drawn) < 100_000
        type_in(big, "search", "function_7")
        assert int(text(big, "found").partition(" ")[0]) > 1000


def test_ten_thousand_benchmarks_are_shown_in_parts(page: Page, tmp_path: Path) -> None:
    model = model_of([f"a.cc::sort[{at}]" for at in range(10_000)])
    for big in shown(page, tmp_path, model):
        assert len(rows(big)) == 1000
        assert rows(big)[:3] == ["a.cc::sort[0]", "a.cc::sort[1]", "a.cc::sort[2]"]
        type_in(big, "filter", "[9999]")
        assert rows(big) == ["a.cc::sort[9999]"]
