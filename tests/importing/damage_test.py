"""Files that cannot be imported: one error each, with file, place, reason and next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.importing.found import ResultsFile
from rules_codspeed.importing.registry import FORMATS
from tests.importing.imports import TESTDATA, file, imported

_GO = "pkg: example.com/x\ncpu: A\nBenchmarkA-8 10 5 ns/op\n"
_GOOGLE_ROW = {"run_name": "A", "run_type": "iteration", "iterations": 3, "real_time": 1.0}
_HYPERFINE = {"command": "a", "mean": 1.0}
_JMH = {
    "jmhVersion": "1.37",
    "benchmark": "p.C.m",
    "mode": "avgt",
    "primaryMetric": {"score": 1.0, "scoreUnit": "ns/op", "rawData": [[1.0]]},
}


def _refused(tmp_path: Path, kind: str, content: object) -> str:
    path = tmp_path / "x"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CodSpeedError) as caught:
        imported(kind, ResultsFile(path, "bench/x"))
    assert caught.value.fix
    return str(caught.value)


@pytest.mark.parametrize("kind", [one for one in FORMATS if one != "criterion"])
@pytest.mark.parametrize("content", ["", "hello\n", "[1]", "{}", "\N{SNOWMAN}"])
def test_another_file_is_refused_by_name(tmp_path: Path, kind: str, content: str) -> None:
    assert "bench/x" in _refused(tmp_path, kind, content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_GO + "--- FAIL: BenchmarkB\n", "line 4: BenchmarkB failed"),
        (_GO + "FAIL\texample.com/x\t0.1s\n", "line 4: FAIL"),
        (_GO + "panic: no\n", "line 4: panic: no"),
        (_GO + "BenchmarkB\nPASS\n", "line 4: BenchmarkB started, without result"),
        (_GO + "BenchmarkB-8 \ta word of its own\n", "line 4: BenchmarkB-8"),
        (_GO + "BenchmarkB-8 10 5 ns/op 3\n", "line 4: 3 words after the iterations"),
        (_GO + "BenchmarkB-8 0 5 ns/op\n", "line 4: no iterations"),
        (_GO + "BenchmarkB-8 1 1e999 ns/op\n", "line 4: 1e999 ns/op"),
        (_GO + "BenchmarkB-8 1 NaN ns/op\n", "line 4: NaN ns/op"),
        (_GO + "BenchmarkA-8 10 12 ns/o", "line 4: BenchmarkA-8 without ns/op, which it has in"),
        ("BenchmarkA 1 2 B/op\nBenchmarkA 1 5 ns/op\n", "line 1: BenchmarkA without ns/op"),
        (_GO + "BenchmarkB-8 10 5 ns/op 3 B/op 4 ns/op\n", "line 4: a unit twice"),
        (_GO + "cpu: B\nBenchmarkB-8 10 5 ns/op\n", "line 4: the processor B, where"),
        ('{"Action":"start"}\n', "go test -json"),
        ("BenchmarkA 10 0 ns/op\n", "took no time"),
        ("BenchmarkA 10 5 things/op\n", "no benchmark to import"),
    ],
)
def test_go(tmp_path: Path, content: str, reason: str) -> None:
    assert reason in _refused(tmp_path, "go", content)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"time_unit": "h"}, "benchmarks[0] ('A'): the unit 'h' is not one of time"),
        ({"real_time": -1.0}, "benchmarks[0].real_time: Input should be greater than"),
        ({"real_time": None}, "benchmarks[0] ('A'): real_time is missing"),
        ({"real_time": "1"}, "benchmarks[0].real_time: Input should be a valid number"),
        ({"real_time": 1e18, "time_unit": "s"}, "not a time that a benchmark can take"),
        ({"real_time": 0}, "took no time"),
        ({"repetitions": 3}, "has 1 rows"),
        ({"error_occurred": True, "error_message": "no data"}, "failed: no data"),
        ({"run_type": "other"}, "benchmarks[0].run_type"),
        ({"run_name": " "}, "benchmarks[0].run_name"),
        ({"skipped": True, "skip_message": "no GPU"}, "and 1 skipped benchmarks"),
    ],
)
def test_google_benchmark(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    document = {"context": {}, "benchmarks": [{**_GOOGLE_ROW, **changes}]}
    assert reason in _refused(tmp_path, "google_benchmark", document)


@pytest.mark.parametrize("statistic", ["median", "mean", "stddev"])
def test_a_statistic_of_google_benchmark_twice(tmp_path: Path, statistic: str) -> None:
    row = {**_GOOGLE_ROW, "run_type": "aggregate", "aggregate_name": statistic}
    rows = [row, {**row, "real_time": 500.0}]
    reason = f"benchmarks[0] and benchmarks[1] are both the {statistic} of 'A'"
    assert reason in _refused(tmp_path, "google_benchmark", {"context": {}, "benchmarks": rows})


_SKIPPED_ROW = {**_GOOGLE_ROW, "skipped": True, "skip_message": "no GPU"}


@pytest.mark.parametrize("rows", [[_GOOGLE_ROW, _SKIPPED_ROW], [_SKIPPED_ROW, _GOOGLE_ROW]])
def test_google_benchmark_that_is_both_measured_and_skipped(
    tmp_path: Path, rows: list[dict[str, object]]
) -> None:
    files = []
    for index, row in enumerate(rows):
        path = tmp_path / f"{index}.json"
        path.write_text(json.dumps({"context": {}, "benchmarks": [row]}))
        files.append(ResultsFile(path, path.name))
    reason = "the benchmark 'A' is both measured and skipped"
    with pytest.raises(CodSpeedError, match=reason) as caught:
        imported("google_benchmark", *files)
    assert f" of {rows.index(_GOOGLE_ROW)}.json, and a skip: no GPU" in str(caught.value)
    document = {"context": {}, "benchmarks": rows}
    assert reason in _refused(tmp_path, "google_benchmark", document)


def test_go_that_is_both_measured_and_skipped(tmp_path: Path) -> None:
    content = _GO + "--- SKIP: BenchmarkA\n"
    assert "BenchmarkA' is both measured and skipped" in _refused(tmp_path, "go", content)


_LONG = "n" * 5000


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "google_benchmark",
            {
                "context": {},
                "benchmarks": [
                    {
                        **_GOOGLE_ROW,
                        "run_name": _LONG,
                        "error_occurred": True,
                        "error_message": _LONG,
                    }
                ],
            },
        ),
        ("hyperfine", {"results": [{**_HYPERFINE, "command": _LONG, "exit_codes": [1]}]}),
        ("jmh", [{**_JMH, "benchmark": _LONG, "mode": "thrpt"}]),
        ("customSmallerIsBetter", [{"name": _LONG, "unit": "B", "value": 1}]),
    ],
)
def test_long_texts_are_shortened(tmp_path: Path, kind: str, content: object) -> None:
    assert "nnn..." in (error := _refused(tmp_path, kind, content))
    assert len(error) < 1000


def test_a_benchmark_of_google_benchmark_that_failed() -> None:
    with pytest.raises(CodSpeedError, match="the benchmark 'Broken' failed: no data"):
        imported("google_benchmark", file("google_benchmark_error.json"))


def test_a_benchmark_of_go_that_failed() -> None:
    with pytest.raises(CodSpeedError, match="BenchmarkFails"):
        imported("go", file("go_failure.txt"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exit_codes": [0, 2]}, "the command 'a' ended with status 2 in run 2"),
        ({"exit_codes": [None]}, "ended with status None in run 1"),
        ({"times": []}, "results[0].times: List should have at least 1 item"),
        ({"mean": 1e10, "times": [1e10]}, "results[0].mean: Input should be less than"),
    ],
)
def test_hyperfine(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    assert reason in _refused(tmp_path, "hyperfine", {"results": [{**_HYPERFINE, **changes}]})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"scoreUnit": "ops/s"}, "[0] ('p.C.m'): the unit 'ops/s' is not one of time"),
        ({"rawData": [[]]}, "[0].primaryMetric.rawData[0]: List should have at least 1 item"),
        ({"rawData": [[-1.0]]}, "[0].primaryMetric.rawData[0][0]"),
    ],
)
def test_jmh(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    metric = {**_JMH["primaryMetric"], **changes}  # type: ignore[dict-item]
    assert reason in _refused(tmp_path, "jmh", [{**_JMH, "primaryMetric": metric}])


@pytest.mark.parametrize("raw", [{}, {"rawData": []}, {"rawDataHistogram": [[[[1.0, 20000]]]]}])
def test_rates_of_jmh_without_each_of_them(tmp_path: Path, raw: dict[str, object]) -> None:
    percentiles = {"0.0": 1.0, "50.0": 2.0, "100.0": 4.0}
    metric = {"score": 2.0, "scoreUnit": "ops/ns", "scorePercentiles": percentiles, **raw}
    reason = "[0] ('p.C.m'): a rate without rawData"
    result = {**_JMH, "mode": "thrpt", "primaryMetric": metric}
    assert reason in _refused(tmp_path, "jmh", [result])


def test_a_rate_of_zero(tmp_path: Path) -> None:
    content = [{"name": "a", "unit": "ops/s", "value": 0}]
    assert "is not positive" in _refused(tmp_path, "customBiggerIsBetter", content)


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("customSmallerIsBetter", "bytes"),
        ("customSmallerIsBetter", "ops/s"),
        ("customBiggerIsBetter", "ms"),
        ("customBiggerIsBetter", "MB/mile"),
        ("customBiggerIsBetter", "s/s"),
    ],
)
def test_units_of_something_else(tmp_path: Path, kind: str, unit: str) -> None:
    content = [{"name": "a", "unit": unit, "value": 1}]
    assert f"[0] ('a'): the unit '{unit}'" in _refused(tmp_path, kind, content)


def test_data_and_rounds_of_pytest_benchmark_must_agree(tmp_path: Path) -> None:
    document = json.loads((TESTDATA / "pytest_benchmark.json").read_bytes())
    document["benchmarks"][0]["stats"]["data"].pop()
    assert "times in data, and states" in _refused(tmp_path, "pytest_benchmark", document)


def test_a_folder_of_criterion_that_lacks_its_name() -> None:
    lone = next((TESTDATA / "criterion").rglob("new/sample.json"))
    with pytest.raises(CodSpeedError, match="pass the whole folder target/criterion") as caught:
        imported("criterion", ResultsFile(lone, "target/criterion/a/new/sample.json"))
    assert "target/criterion/a/new has sample.json" in str(caught.value)


def _criterion(tmp_path: Path, iterations: float) -> list[ResultsFile]:
    contents = {
        "benchmark.json": {"full_id": "x"},
        "sample.json": {"iters": [1.0, iterations], "times": [5.0, 5.0]},
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content))
    return [ResultsFile(tmp_path / name, f"x/new/{name}") for name in contents]


@pytest.mark.parametrize("iterations", [1e300, 2.0**63, 0.0, -1.0])
def test_iterations_of_criterion_that_no_sample_has(tmp_path: Path, iterations: float) -> None:
    with pytest.raises(CodSpeedError, match=r"x/new/sample.json cannot be imported") as caught:
        imported("criterion", *_criterion(tmp_path, iterations))
    assert "iters[1]: Input should be" in str(caught.value)


def test_iterations_of_criterion_are_whole(tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError, match=r"1\.5 among them"):
        imported("criterion", *_criterion(tmp_path, 1.5))


def test_a_sum_that_results_cannot_hold(tmp_path: Path) -> None:
    histogram = [[[[1.0, 2**62]] * 400]]
    metric = {"score": 1.0, "scoreUnit": "ns/op", "rawDataHistogram": histogram}
    error = _refused(tmp_path, "jmh", [{**_JMH, "mode": "sample", "primaryMetric": metric}])
    assert f"rounds {400 * 2**62}, at [0] of bench/x" in error


def test_one_name_twice(tmp_path: Path) -> None:
    document = {"results": [_HYPERFINE, _HYPERFINE]}
    assert "results[0] of bench/x and results[1] of bench/x" in _refused(
        tmp_path, "hyperfine", document
    )


def test_files_of_two_processors(tmp_path: Path) -> None:
    files = []
    for cpu in ("A", "B"):
        path = tmp_path / cpu
        path.write_text(f"pkg: {cpu}\ncpu: {cpu}\nBenchmarkA 1 1 ns/op\n")
        files.append(ResultsFile(path, cpu))
    with pytest.raises(CodSpeedError, match="B cannot be imported") as caught:
        imported("go", *files)
    assert "the processor B, where A states A" in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError, match="bench/x cannot be imported"):
        imported("go", ResultsFile(tmp_path / "none", "bench/x"))
    with pytest.raises(CodSpeedError, match="not a regular file"):
        imported("go", ResultsFile(tmp_path, "bench/x"))
