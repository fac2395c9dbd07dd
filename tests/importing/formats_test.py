"""What is imported of files that the tools themselves wrote."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.provenance import Imported
from rules_codspeed.importing.found import ResultsFile
from rules_codspeed.importing.registry import read_files
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import Results
from rules_codspeed.results.notes import notes
from rules_codspeed.results.schema import parse_results
from tests.importing.imports import TESTDATA, by_uri, file, imported


def _document(name: str) -> Any:
    return json.loads((TESTDATA / name).read_bytes())


def _stated(results: Results) -> Imported:
    (provenance,) = results.provenance
    assert provenance.imported
    return provenance.imported


def _criterion(*names: str) -> list[ResultsFile]:
    root = TESTDATA / "criterion"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    kept = [path for path in files if not names or path.name in names]
    return [ResultsFile(path, f"target/{path.relative_to(TESTDATA)}") for path in kept]


def test_google_benchmark_has_a_round_for_each_repetition() -> None:
    benchmarks = by_uri(imported("google_benchmark", file("google_benchmark.json")))
    assert list(benchmarks) == ["Sort/10", "Sort/1000"]
    rows = _document("google_benchmark.json")["benchmarks"]
    for uri, one in benchmarks.items():
        own = {row["aggregate_name"]: row for row in rows if row["name"].startswith(f"{uri}_")}
        assert len(one.rounds_ns[0]) == one.metrics["rounds"] == 5
        # Microseconds, and the statistics of the library itself.
        assert one.metrics["median_ns"] == pytest.approx(own["median"]["real_time"] * 1000)
        assert one.metrics["mean_ns"] == pytest.approx(own["mean"]["real_time"] * 1000)
        assert one.metrics["stdev_ns"] == pytest.approx(own["stddev"]["real_time"] * 1000)


def test_google_benchmark_with_aggregates_only_has_no_rounds() -> None:
    found = by_uri(imported("google_benchmark", file("google_benchmark_aggregates.json")))
    for one in found.values():
        assert one.rounds_ns == []
        assert list(one.metrics) == ["median_ns", "mean_ns", "stdev_ns", "rounds"]
        assert one.metrics["rounds"] == 3


def test_go_has_a_round_for_each_line() -> None:
    results = imported("go", file("go.txt"))
    benchmarks = by_uri(results)
    # Go puts GOMAXPROCS behind each name, here 2.
    assert list(benchmarks) == [
        "example.com/sorting::BenchmarkSort/n=10",
        "example.com/sorting::BenchmarkSort/n=1000",
        "example.com/sorting::BenchmarkWhole",
    ]
    sort = benchmarks["example.com/sorting::BenchmarkSort/n=10"]
    assert sort.rounds_ns == [[315.1, 299.1, 239.4, 465.4, 355.2, 212.9]]
    assert sort.metrics["median_ns"] == 307.1
    assert sort.metrics["iterations"] == 20
    assert _stated(results).cpu == "AMD EPYC"


def test_go_on_one_processor_has_the_same_names() -> None:
    one = by_uri(imported("go", file("go_one_processor.txt")))
    assert list(one) == list(by_uri(imported("go", file("go.txt"))))[:2]


def test_one_round_has_no_deviation() -> None:
    one = by_uri(imported("go", file("go_one_processor.txt")))
    (first, _) = one.values()
    assert first.metrics == {"median_ns": 227.4, "mean_ns": 227.4, "rounds": 1, "iterations": 20}


def test_go_names_what_was_skipped() -> None:
    results = imported("go", file("go_verbose.txt"))
    assert len(results.benchmarks) == 3
    assert [(one.uri, one.outcome, one.reason) for one in results.unmeasured] == [
        ("example.com/sorting::BenchmarkSkipped", "skipped", "skipped by the benchmark itself")
    ]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        # -cpu 2,4
        (
            ["BenchmarkA", "BenchmarkA-2 10 9 ns/op", "BenchmarkA-4 10 8 ns/op"],
            ["BenchmarkA-2", "BenchmarkA-4"],
        ),
        (
            ["BenchmarkA", "BenchmarkA/x", "BenchmarkA/x 10 9 ns/op", "BenchmarkA/x-2 10 8 ns/op"],
            ["BenchmarkA/x", "BenchmarkA/x-2"],
        ),
        # One processor.
        (
            ["BenchmarkS", "BenchmarkS/size-16", "BenchmarkS/size-16 10 9 ns/op"],
            ["BenchmarkS/size"],
        ),
    ],
)
def test_go_prints_what_starts_without_its_processors(
    tmp_path: Path, lines: list[str], names: list[str]
) -> None:
    path = tmp_path / "go.txt"
    path.write_text("\n".join([*lines, "PASS", ""]))
    assert list(by_uri(imported("go", ResultsFile(path, "go.txt")))) == names


def test_go_compares_many_names_in_little_time(tmp_path: Path) -> None:
    path, count = tmp_path / "go.txt", 3000
    names = [f"BenchmarkA{one}" for one in range(count)]
    path.write_text("".join(f"{one}\n{one}-8 10 9 ns/op\n" for one in names))
    files = [ResultsFile(path, "go.txt")]
    calls = 0

    def count_calls(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count_calls)
    try:
        found = read_files("go", files)
    finally:
        sys.setprofile(None)
    assert len(found.benchmarks) == count
    # Calls, because time depends on the machine: a scan of all names for each has millions.
    assert calls < 500 * count


def test_hyperfine_has_a_round_for_each_run() -> None:
    benchmarks = by_uri(imported("hyperfine", file("hyperfine.json")))
    assert list(benchmarks) == ["sleep 0.01", "true, by name"]
    for own in _document("hyperfine.json")["results"]:
        metrics = benchmarks[own["command"]].metrics
        for metric, field in (("median_ns", "median"), ("mean_ns", "mean"), ("max_ns", "max")):
            assert metrics[metric] == pytest.approx(own[field] * 1e9)
        assert metrics["stdev_ns"] == pytest.approx(own["stddev"] * 1e9)
    assert list(by_uri(imported("hyperfine", file("hyperfine_parameters.json")))) == [
        "sleep 0.001",
        "sleep 0.002",
    ]


def test_pytest_benchmark_keeps_its_statistics_and_rounds() -> None:
    results = imported("pytest_benchmark", file("pytest_benchmark.json"))
    benchmarks = by_uri(results)
    document = _document("pytest_benchmark.json")
    assert len(benchmarks) == 3
    for own in document["benchmarks"]:
        one = benchmarks[own["fullname"]]
        assert one.metrics["q1_ns"] == pytest.approx(own["stats"]["q1"] * 1e9)
        assert one.metrics["iterations"] == own["stats"]["iterations"]
        assert len(one.rounds_ns[0]) == own["stats"]["rounds"] == one.metrics["rounds"]
        # The file's times and statistics agree, so both are by iteration.
        assert statistics.median(one.rounds_ns[0]) == pytest.approx(one.metrics["median_ns"])
    assert _stated(results).tool == ["pytest-benchmark 5.3.1", "CPython 3.11.7"]


def test_jmh_has_a_process_for_each_fork() -> None:
    results = imported("jmh", file("jmh.json"))
    benchmarks = by_uri(results)
    rate = benchmarks["demo.Sorting.copy[size=10]:thrpt"]
    assert [len(fork) for fork in rate.rounds_ns] == [3, 3]
    assert rate.metrics["processes"] == 2
    (own,) = [one for one in _document("jmh.json") if one["mode"] == "thrpt"]
    first = own["primaryMetric"]["rawData"][0][0]
    assert own["primaryMetric"]["scoreUnit"] == "ops/us"
    assert rate.rounds_ns[0][0] == pytest.approx(1000 / first)
    assert _stated(results).tool[0] == "JMH 1.37"


@pytest.mark.parametrize(("mode", "percentile"), [("avgt", "50.0"), ("sample", "100.0")])
def test_jmh_agrees_with_its_percentiles(mode: str, percentile: str) -> None:
    benchmarks = by_uri(imported("jmh", file("jmh.json")))
    metric = {"50.0": "median_ns", "100.0": "max_ns"}[percentile]
    for own in _document("jmh.json"):
        if own["mode"] == mode:
            one = benchmarks[f"{own['benchmark']}[size={own['params']['size']}]:{mode}"]
            stated = own["primaryMetric"]["scorePercentiles"][percentile]
            assert one.metrics[metric] == pytest.approx(stated * 1000)


def test_criterion_has_a_round_for_each_sample() -> None:
    benchmarks = by_uri(imported("criterion", *_criterion()))
    assert list(benchmarks) == ["sizes/sort/of/10", "sizes/sort/of/1000", "sort one"]
    for estimates in (TESTDATA / "criterion").rglob("new/estimates.json"):
        uri = json.loads((estimates.parent / "benchmark.json").read_bytes())["full_id"]
        own = json.loads(estimates.read_bytes())
        one = benchmarks[uri]
        assert one.metrics["rounds"] == len(one.rounds_ns[0]) == 10
        assert one.metrics["median_ns"] == pytest.approx(own["median"]["point_estimate"])
        assert one.metrics["mean_ns"] == pytest.approx(own["mean"]["point_estimate"])
        assert one.metrics["stdev_ns"] == pytest.approx(own["std_dev"]["point_estimate"])


def test_criterion_without_samples_has_its_estimates() -> None:
    found = by_uri(imported("criterion", *_criterion("benchmark.json", "estimates.json")))
    whole = by_uri(imported("criterion", *_criterion()))
    for uri, one in found.items():
        assert one.rounds_ns == []
        assert list(one.metrics) == ["median_ns", "mean_ns", "stdev_ns"]
        assert one.metrics["median_ns"] == pytest.approx(whole[uri].metrics["median_ns"])


def test_cargo_criterion_has_a_round_for_each_sample() -> None:
    (one,) = imported("cargo_criterion", file("cargo_criterion.jsonl")).benchmarks
    assert one.uri == "norm"
    assert one.rounds_ns == [[pytest.approx(1.5e3), pytest.approx(2e3)]]


def test_custom_numbers_are_times_or_rates(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[{"name": "a", "unit": "ms/iter", "value": 1.5}]')
    (time,) = imported("customSmallerIsBetter", ResultsFile(path, "x.json")).benchmarks
    assert time.metrics == {"median_ns": 1.5e6, "mean_ns": 1.5e6, "rounds": 1}
    path.write_text('[{"name": "a", "unit": "ops/s", "value": 8, "range": "3", "extra": ""}]')
    (rate,) = imported("customBiggerIsBetter", ResultsFile(path, "x.json")).benchmarks
    assert rate.metrics["median_ns"] == 1.25e8


def test_several_files_are_one_target() -> None:
    results = imported("hyperfine", file("hyperfine.json"), file("hyperfine_parameters.json"))
    assert len(results.benchmarks) == 4
    assert [one.name for one in _stated(results).files] == [
        "hyperfine.json",
        "hyperfine_parameters.json",
    ]


def test_results_are_those_of_the_schema() -> None:
    results = imported("go", file("go_verbose.txt"))
    assert parse_results(results.to_json().encode()) == results


def _go(folder: Path, *times: float) -> Results:
    path = folder / "go.txt"
    path.write_text("".join(f"BenchmarkA-2 10 {time} ns/op\n" for time in times))
    return imported("go", ResultsFile(path, "go.txt"))


def _verdict(before: Results, after: Results) -> str:
    rules = default_rules("walltime")
    (change,) = compare(recorded(before), recorded(after), lambda label, mode: rules)
    return change.verdict


def test_imported_times_are_judged_as_measured_ones(tmp_path: Path) -> None:
    before = _go(tmp_path, *(100.0 + one for one in range(10)))
    slower = _go(tmp_path, *(150.0 + one for one in range(10)))
    assert _verdict(before, before) == "unchanged"
    assert _verdict(before, slower) == "regressed"
    assert _verdict(slower, before) == "improved"


def test_times_of_few_rounds_are_not_judged(tmp_path: Path) -> None:
    assert _verdict(_go(tmp_path, 100.0), _go(tmp_path, 200.0)) == "not_comparable"


def test_times_of_other_processors_are_not_compared(tmp_path: Path) -> None:
    before = _go(tmp_path, *range(100, 110))
    path = tmp_path / "go.txt"
    path.write_text("cpu: Other\n" + path.read_text())
    after = imported("go", ResultsFile(path, "go.txt"))
    assert _verdict(before, after) == "not_comparable"


def test_the_notes_state_where_times_come_from() -> None:
    found = ["".join(one) for one in notes(imported("go", file("go_verbose.txt")), "walltime")]
    assert found == [
        "3 benchmarks, 1 skipped",
        "//pkg:bench is imported from go_verbose.txt, format go, measured on AMD EPYC",
    ]
