"""What a report holds: data, limits of size, and the page around it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.report.html.details import Page, details
from rules_codspeed.report.html.difference import overlay
from rules_codspeed.report.html.functions import MOST, top_functions
from rules_codspeed.report.html.history import Runs
from rules_codspeed.report.html.model import Point, ReportModel, Trees, tree_limits
from rules_codspeed.report.html.names import FrameNames
from rules_codspeed.report.html.profiles import Profile, read_trees, sampled_trees
from rules_codspeed.report.html.report import SCRIPTS, write_folder, write_report
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.graphs.stack_tree import stack_tree
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Timeline
from tests.report.html.models import LABEL, full_model, model_of, moved, page, tree_of
from tests.report.html.programs import program_part
from tests.report.html.unpacked import blocks
from tests.results.profiles import random_parts, write_profile

STACKS = st.dictionaries(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(tuple),
    st.integers(1, 100),
    min_size=1,
    max_size=12,
)


def overview(model: ReportModel) -> Any:
    return blocks(page(model))["overview"]


def test_the_first_page_has_a_row_a_benchmark_and_its_mode() -> None:
    data = overview(full_model())
    assert [mode["name"] for mode in data["modes"]] == ["simulation", "walltime"]
    find, gone, sort = data["modes"][0]["rows"]
    assert [one["uri"] for one in (find, gone, sort)] == [
        "pkg/a.cc::find", "pkg/a.cc::gone", "pkg/a.cc::sort",
    ]  # fmt: skip
    assert data["modes"][0]["columns"][0] == ["Instructions", ""]
    assert find["values"] == [500, 20, 3, 1000]
    assert gone["values"] == [700, None, None, None]
    assert (gone["verdict"], gone["reason"]) == ("missing", "it is not measured")
    assert sort["moved"][0].startswith("+")
    assert sort["moved"][0].endswith(" Instructions")
    assert sort["moved"][1] > 0.02
    assert len(sort["spark"]) == 9
    assert [one["graph"] for one in (find, gone, sort)] == ["", "", "here"]
    (timed,) = data["modes"][1]["rows"]
    assert data["modes"][1]["columns"][0] == ["Median", "ns"]
    assert timed["deciding"]["relative"] == "-5.03 %"
    assert blocks(page(full_model()))["facts-0"][3]["changes"] == [
        {
            "metric": "Median",
            "before": "13.00 µs",
            "after": "12.35 µs",
            "relative": "-5.03 %",
            "interval": "",
            "limit": "5 %",
            "verdict": "not_comparable",
        }
    ]


def test_the_first_page_names_the_environments_and_what_differs() -> None:
    data = overview(full_model())
    assert data["environment"] == [
        "simulation, linux x86_64, valgrind 3.19.0, libc.so.6 2.36",
        "walltime, linux x86_64, AMD EPYC 7763 64-Core Processor",
    ]
    (timed,) = data["modes"][1]["rows"]
    rows = {
        name: (before, now) for name, before, now in data["environments"][timed["environments"]]
    }
    assert rows["cpu"] == ("B", "AMD EPYC 7763 64-Core Processor")
    assert [row["environments"] for row in data["modes"][0]["rows"]] == [-1, -1, -1]


def test_times_of_rounds_are_there_before_and_now() -> None:
    rounds = blocks(page(full_model()))["details-3"]["rounds"]
    assert rounds["before"] == [12900.0, 13000.0, 13100.0]
    assert (len(rounds["now"]), rounds["now"][-1]) == (100, 99_000.0)


def test_live_memory_has_its_steps() -> None:
    measured = Benchmark("a", LABEL, "memory", {"peak": 9}, timeline=Timeline(4, [9, 3]))
    unseen = Benchmark("b", LABEL, "memory", {"total": 9})
    model = ReportModel("//:suite", Results(SCHEMA, [measured, unseen], []))
    data = blocks(page(model))
    assert data["details-0"]["timeline"] == {"step": 4, "live": [9, 3]}
    assert "details-1" not in data


def test_of_many_benchmarks_the_changed_ones_have_pages() -> None:
    names = [f"a.cc::b[{at:05}]" for at in range(1001)]
    points = [Point("c", 86400.0 * at, at) for at in range(3)]
    model = dataclasses.replace(
        model_of(names),
        compared_with="base",
        changes=[
            moved(one, "regressed" if one == names[7] else "unchanged", 1, 2) for one in names
        ],
        history={(LABEL, "simulation", one): {"Ir": points} for one in names},
    )
    data = blocks(page(model))
    assert [one for one in data if one.startswith("details")] == ["details-7"]
    graphs = [row["graph"] for row in data["overview"]["modes"][0]["rows"]]
    assert (graphs[7], set(graphs)) == ("here", {"here", "left out"})


def test_the_first_page_shows_what_a_reader_should_know() -> None:
    data = overview(full_model())
    assert data["suite"] == "//:suite"
    assert data["compared"] == "main at 1234abcd"
    assert data["verdicts"] == {"regressed": 1, "unchanged": 1, "missing": 1, "not_comparable": 1}
    assert data["notes"][0] == "The working tree was changed."
    assert "Numbers of the stock Valgrind are not comparable with CodSpeed's" in data["notes"]
    assert ["simulator.name", "valgrind"] in data["provenance"][0]
    assert ["command", "w/_main/pkg/bench"] in data["provenance"][0]
    assert ["host.libc.version", "2.36"] in data["provenance"][0]
    libraries = "libm.so.6 33333333, libz.so.1"
    assert ["host.libraries", libraries] in data["provenance"][0]


def test_cycles_of_the_simulator_stand_for_the_formula() -> None:
    model = model_of(["a", "b"])
    for one in model.results.benchmarks:
        one.metrics["Ct"] = 12_345
    (mode,) = overview(model)["modes"]
    assert mode["columns"][-1] == ["Cycles (throughput)", "hundredths"]
    assert [row["values"][-1] for row in mode["rows"]] == [12_345, 12_345]
    del model.results.benchmarks[0].metrics["Ct"]
    (mode,) = overview(model)["modes"]
    assert mode["columns"][-1] == ["Estimated cycles", ""]


def test_a_benchmark_has_its_tree_its_base_and_its_history() -> None:
    data = blocks(page(full_model()))
    tree, names = data["details-2"]["tree"], data["names"]
    assert tree["events"] == ["Ir", "L1m", "LLm", "estimated_cycles"]
    assert names["strings"][names["frames"][tree["frames"][0]][0]] == "main"
    assert sum(tree["now"][0]) > sum(tree["base"][0]) > 0
    assert len(tree["depths"]) == len(tree["frames"]) == len(tree["now"][3])
    ((metric, runs, values, changes, _),) = data["details-2"]["history"]
    assert (metric, values[1] - values[0], changes) == ("Ir", 1, [])
    assert data["runs"][runs[1]] == ["c1", 1.7e9 + 86400]
    assert data["overview"]["labels"]["estimated_cycles"] == "Estimated cycles"
    assert data["details-3"]["tree"]["events"] == ["samples"]
    assert "details-0" not in data


@given(STACKS, STACKS)
@settings(max_examples=100)
def test_trees_laid_over_each_other_keep_their_sums(now: Any, base: Any) -> None:
    first, second = stack_tree(now), stack_tree(base)
    both = overlay(first, second)
    assert both.base
    assert both.base[0] is not None
    assert (sum(both.now[0]), sum(both.base[0])) == (sum(now.values()), sum(base.values()))
    paths = set()
    path: list[Frame] = []
    for frame, depth in zip(both.frames, both.depths, strict=True):
        del path[depth:]
        path.append(frame)
        paths.add(tuple(path))
    assert len(paths) == len(both.frames)


def test_functions_are_compared_whatever_their_line_is() -> None:
    def tree(line: int, cost: int) -> CallTree:
        frame = Frame("f", "a.c", "", line)
        return CallTree(("Ir",), (frame,), [0], [0], [[cost]], 0.0, {frame: [cost]})

    ((frame, now, base),) = top_functions(tree(7, 100), tree(5, 60))
    assert (frame.line, now, base) == (7, [100], [60])
    both = overlay(tree(7, 100), tree(5, 60))
    assert (both.now, both.base) == ([[100]], [[60]])


def test_what_the_base_did_not_count_is_not_nothing() -> None:
    frame = Frame("f")
    now = CallTree(("Ir", "Ct"), (frame,), [0], [0], [[7], [9]], 0.0, {frame: [7, 9]})
    base = CallTree(("Ir",), (frame,), [0], [0], [[5]], 0.0, {frame: [5]})
    assert overlay(now, base).base == [[5], None]


def test_functions_of_any_event_are_listed() -> None:
    functions = {Frame(f"f{n}"): [n, 1000 - n] for n in range(1000)}
    tree = CallTree(("Ir", "LLm"), (), [], [], [[], []], 0.0, functions)
    names = {one.frame.name for one in top_functions(tree, None)}
    assert names == {f"f{n}" for n in (*range(MOST), *range(1000 - MOST, 1000))}


def test_details_stay_below_their_size() -> None:
    trees = Trees(tree_of(program_part("a", 200, seed=2)), None)
    assert trees.now is not None
    assert len(trees.now.nodes) > 5000
    text = details(Page([], trees), FrameNames(), 20_000)
    assert 5_000 < len(text) <= 20_000


def test_long_histories_and_odd_times_are_cut() -> None:
    points = [Point("c" * 500 + str(at), 1e300, at) for at in range(2000)]
    key = (LABEL, "simulation", "a")
    history = {key: {"Ir": points, "Dr": points, "LLm": points[:1]}}
    data = blocks(page(dataclasses.replace(model_of(["a"]), history=history)))
    assert [metric for metric, *_ in data["details-0"]["history"]] == ["Ir", "LLm"]
    _, runs, values, *_ = data["details-0"]["history"][0]
    assert (len(runs), values[0]) == (1000, 1000)
    commit, date = data["runs"][runs[0]]
    assert (len(commit) < 120, date) == (True, None)
    assert len(data["overview"]["modes"][0]["rows"][0]["spark"]) == 60


def test_many_benchmarks_share_the_room_for_history() -> None:
    runs = Runs(1000)
    points = [Point(f"c{at}", float(at), at) for at in range(500)]
    for _ in range(3):
        ((_, numbers, *_),) = runs.series("simulation", {"Ir": points})
    assert len(numbers) == len(runs.table()) == 100


def test_names_are_cut_where_all_of_them_are_too_much() -> None:
    names = FrameNames()
    for number in range(3000):
        digest = hashlib.shake_256(str(number).encode()).hexdigest(2000)
        names.index(Frame(digest))
    assert len(names.packed()) <= 4_000_000


def test_more_benchmarks_get_smaller_trees() -> None:
    assert tree_limits(1) == (100_000, 0.0)
    assert tree_limits(1000) == (400, 0.001)
    assert tree_limits(10**6) == (200, 0.001)


def test_the_policy_allows_our_scripts_and_nothing_else() -> None:
    text = page(full_model())
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0]
    allowed = re.findall(r"'sha256-([^']*)'", policy)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert [b64decode(one) for one in allowed] == [
        hashlib.sha256(one.encode()).digest() for one in scripts
    ]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert "unsafe-eval" not in policy


def test_nothing_is_loaded_and_licences_are_there() -> None:
    text = page(full_model())
    markup = re.sub(
        r"<script.*?</script>|<style>.*?</style>|<pre>.*?</pre>", "", text, flags=re.DOTALL
    )
    assert not re.search(r"https?:|(?<!_codspeed)//[a-z]|src=|url\(|@import", markup)
    assert "Copyright 2010-" in text


def test_our_scripts_make_no_markup_of_strings() -> None:
    assets = Path(__file__).parents[3] / "py/rules_codspeed/report/html/assets"
    assert {one.stem for one in assets.glob("*.js")} == set(SCRIPTS)
    for name in SCRIPTS:
        text = (assets / f"{name}.js").read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.html\(|eval", text
        )
        assert len(text.splitlines()) <= 300


def test_writing_replaces_a_report_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")
    write_report(model_of(["a"]), file)
    assert file.read_text().endswith("</html>\n")
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(FileNotFoundError):
        write_report(model_of(["a"]), tmp_path / "none" / "report.html")


def test_graphs_beside_a_page_are_complete_and_replace_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / ("0" * 20 + ".txt")).write_text("of an earlier report")
    (tmp_path / "graphs" / "notes.txt").write_text("somebody's")
    write_folder(full_model(), tmp_path)
    text = (tmp_path / "index.html").read_text()
    assert "connect-src 'self'; base-uri 'none'" in text
    data = blocks(text)
    assert list(data) == ["overview", "facts-0"]
    graphs = [row["graph"] for mode in data["overview"]["modes"] for row in mode["rows"]]
    assert graphs[:2] == ["", ""]
    kept = {one.name for one in (tmp_path / "graphs").iterdir()}
    assert kept == {"notes.txt", *(Path(one).name for one in graphs[2:])}
    found = json.loads(zlib.decompress(b64decode((tmp_path / graphs[2]).read_text())))
    assert found["names"]["strings"][found["names"]["frames"][found["tree"]["frames"][0]][0]]
    assert found["runs"][0][0] == "c0"


def test_equal_models_give_equal_reports() -> None:
    assert page(full_model()) == page(full_model())


def test_trees_of_profile_folders(tmp_path: Path) -> None:
    profiles = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        # Together more than one process reads.
        parts = [program_part(f"a::{at}", 300, at) for at in range(2)] + random_parts(6, 300)
        (folder / "1.out").write_bytes(write_profile(parts))
        profiles.append(Profile(f"//pkg:{number}", "simulation", folder))
    trees = read_trees(profiles, 24)
    assert len(trees) == 24
    tree = trees["//pkg:2", "simulation", "a::1"]
    assert tree.totals()[0] == program_part("a::1", 300, 1).totals()[0]
    assert trees["//pkg:0", "simulation", "a::1"] == tree


@pytest.mark.parametrize("damage", ["text", "absent"])
def test_a_damaged_profile_is_reported(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "profile"
    if damage == "text":
        folder.mkdir()
        (folder / "1.out").write_text("no profile\n")
    with pytest.raises(CodSpeedError) as caught:
        read_trees([Profile("//pkg:bench", "simulation", folder)], 1)
    assert str(caught.value).startswith("no flame graphs of //pkg:bench (simulation). Got: ")
    assert str(caught.value).endswith(
        "Expected: complete callgrind profiles. Fix: build the suite again with 'bazel run'."
    )


def test_samples_become_trees() -> None:
    trees = sampled_trees("//p:t", "walltime", {"a": {("m", "f"): 3}, "b": {}}, 2)
    assert [key[2] for key in trees] == ["a"]
    assert trees["//p:t", "walltime", "a"].totals() == (3,)
