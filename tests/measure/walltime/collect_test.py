"""What a run left is read strictly, and its names are made independent of the stage."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.fifo.protocol import Marker, MarkerKind
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.walltime.collect import Collected, Reported, collect
from rules_codspeed.measure.walltime.rounds.rounds import write_rounds

NS = ("min_ns", "max_ns", "mean_ns", "stdev_ns", "q1_ns", "median_ns", "q3_ns", "total_time")
COUNTS = ("iqr_outlier_rounds", "stdev_outlier_rounds", "warmup_iters")
OPEN, START = MarkerKind.SAMPLE_START, MarkerKind.BENCHMARK_START
CLOSE, END = MarkerKind.SAMPLE_END, MarkerKind.BENCHMARK_END
# Two rounds of 20 and 40 ns.
MARKED = [Marker(OPEN, 1), Marker(START, 10), Marker(END, 30), Marker(START, 40), Marker(END, 80)]


def entry(uri: str, rounds: int = 2, iterations: int = 10) -> dict[str, Any]:
    stats = {**dict.fromkeys(NS, 1.5), **dict.fromkeys(COUNTS, 0)}
    stats.update(rounds=rounds, iter_per_round=iterations)
    return {"name": "b", "uri": uri, "config": {}, "stats": stats}


class Stage:
    """A stage in which a program ran."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(str(folder))
        self.profile = Path(self.layout.profile)
        self.profile.mkdir()

    def results(self, name: str, *entries: Mapping[str, Any]) -> None:
        document = {
            "creator": {"name": "i", "version": "1", "pid": 7},
            "instrument": {"type": "walltime"},
            "benchmarks": list(entries),
        }
        self.write(f"results/{name}", json.dumps(document))

    def write(self, name: str, content: str) -> None:
        path = self.profile / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def rounds(self, rounds: Mapping[str, Sequence[float]]) -> None:
        with UntrustedFolder(self.layout.profile) as profile:
            write_rounds(profile, 7, rounds)

    def collect(self, reported: Reported = Reported(), allow_empty: bool = False) -> Collected:  # noqa: B008
        names = Names({"far~1.0": "far"}, self.layout.root)
        return collect(self.layout, reported.renamed(names), 99, names, allow_empty)

    def refused(self) -> str:
        with pytest.raises(CodSpeedError) as caught:
            self.collect()
        return str(caught.value)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An empty one."""
    return Stage(tmp_path)


def test_rounds_by_markers(stage: Stage) -> None:
    stage.results("7.json", entry("a"))
    reported = Reported(markers=MARKED, uri_by_ts=[(90, "a")])
    assert stage.collect(reported).rounds == {"a": [2.0, 4.0]}


def test_rounds_by_markers_in_another_number(stage: Stage) -> None:
    stage.results("7.json", entry("a", rounds=3))
    assert stage.collect(Reported(markers=MARKED, uri_by_ts=[(90, "a")])).rounds == {}


def test_rounds_of_the_statistics_are_preferred(stage: Stage) -> None:
    stage.results("7.json", entry("a"))
    stage.rounds({"a": [1.0, 2.0], "unknown": [3.0]})
    reported = Reported(markers=MARKED, uri_by_ts=[(90, "a")])
    assert stage.collect(reported).rounds == {"a": [1.0, 2.0]}


def test_no_iterations(stage: Stage) -> None:
    stage.results("7.json", entry("a", iterations=0))
    reported = Reported(markers=MARKED, uri_by_ts=[(90, "a")])
    assert stage.collect(reported).rounds == {"a": [20.0, 40.0]}


def test_names_lose_the_stage(stage: Stage) -> None:
    root = stage.layout.root
    uris = [f"{root}/w/_main/x.py::a", f"{root}/cargo/y.rs::b", "external/far~1.0/z.c::c"]
    stage.results("7.json", *map(entry, uris))
    stage.rounds({uris[1]: [1.0]})
    found = stage.collect()
    assert list(found.stats()) == ["x.py::a", "y.rs::b", "external/far/z.c::c"]
    assert found.rounds == {"y.rs::b": [1.0]}


def test_names_of_markers_lose_the_stage_too(stage: Stage) -> None:
    uri = f"{stage.layout.root}/w/_main/x.py::a"
    stage.results("7.json", entry(uri))
    reported = Reported(markers=MARKED, uri_by_ts=[(90, uri)])
    assert stage.collect(reported).rounds == {"x.py::a": [2.0, 4.0]}


def test_results_of_go(stage: Stage) -> None:
    raw = {
        "name": "BenchmarkX",
        "uri": "x.go::BenchmarkX",
        "pid": 12,
        "codspeed_time_per_round_ns": [100, 300],
        "codspeed_iters_per_round": [10, 10],
    }
    stage.write(f"raw_results/{'0' * 32}.json", json.dumps(raw))
    found = stage.collect(Reported(integration=("codspeed-go", "1.2.1")))
    assert found.results[0].name == "12.json"
    assert found.results[0].document["creator"]["version"] == "1.2.1"
    assert found.rounds == {"x.go::BenchmarkX": [10.0, 30.0]}


def test_results_of_rust(stage: Stage) -> None:
    folder = Path(stage.layout.cargo, "target/codspeed/walltime/raw_results/criterion")
    folder.mkdir(parents=True)
    nothing = entry("y.rs::empty")
    nothing["stats"]["min_ns"] = 0
    (folder / "1.json").write_text(json.dumps(nothing))
    reported = Reported(integration=("codspeed-rust", "5.0.1"), bench_pids=[55])
    found = stage.collect(reported)
    assert found.results[0].name == "55.json"
    assert found.remarks == ["b takes no time: the compiler removed what it measures"]


def test_environment(stage: Stage) -> None:
    stage.results("7.json", entry("a"))
    stage.write("environment-7.json", '{"x": 1}')
    stage.write("environment-x.json", "not looked at")
    assert stage.collect().environments == {"environment-7.json": {"x": 1}}


def test_broken_environment(stage: Stage) -> None:
    stage.results("7.json", entry("a"))
    stage.write("environment-7.json", "{")
    assert "environment-7.json cannot be read" in stage.refused()


def test_pipe_in_place_of_results(stage: Stage) -> None:
    (stage.profile / "results").mkdir()
    os.mkfifo(stage.profile / "results/7.json")
    assert "it is not a regular file" in stage.refused()


def test_twice_in_one_file(stage: Stage) -> None:
    stage.results("7.json", entry("a"), entry("a"))
    assert "reported a benchmark twice: a" in stage.refused()


def test_twice_after_names_were_made_the_same(stage: Stage) -> None:
    stage.results("7.json", entry("x.c::a"), entry(f"{stage.layout.root}/w/_main/x.c::a"))
    assert "reported a benchmark twice: x.c::a" in stage.refused()


def test_nothing(stage: Stage) -> None:
    assert "measured nothing" in stage.refused()
    assert stage.collect(allow_empty=True) == Collected([], {}, {}, [])


def test_folder_that_was_replaced(stage: Stage) -> None:
    stage.profile.rmdir()
    assert "removed its profile folder" in stage.refused()
    stage.profile.symlink_to("/")
    assert "removed its profile folder" in stage.refused()


@pytest.mark.parametrize("integration", ["go", "rust"])
def test_results_are_not_written_through_links(
    stage: Stage, tmp_path: Path, integration: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (stage.profile / "results").mkdir()
    (stage.profile / "results/12.json").symlink_to(victim)
    if integration == "go":
        raw = {"name": "B", "uri": "x.go::B", "pid": 12}
        raw |= {"codspeed_time_per_round_ns": [1], "codspeed_iters_per_round": [1]}
        stage.write("raw_results/1.json", json.dumps(raw))
    else:
        folder = Path(stage.layout.cargo, "target/codspeed/walltime/raw_results")
        folder.mkdir(parents=True)
        (folder / "1.json").write_text(json.dumps(entry("y.rs::b")))
    found = stage.collect(Reported(bench_pids=[12]))
    assert [file.name for file in found.results] == ["12.json"]
    assert victim.read_text() == "mine"


def test_link_to_a_folder_of_results(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("results", "raw_results"):
        (stage.profile / name).symlink_to(tmp_path / "elsewhere")
        assert f"{name}: it is not a folder but a symbolic link" in stage.refused()
        (stage.profile / name).unlink()


@pytest.mark.parametrize("name", ["a b.json", "\x1b.json", "x" * 200 + ".json"])
def test_odd_names(stage: Stage, name: str) -> None:
    stage.results(name, entry("a"))
    text = stage.refused()
    assert "unusable name" in text
    assert text.isprintable()
