"""The step summary: what it shows, and that it fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.step_summary import LARGEST, append_step_summary, step_summary
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.report.suites import CODSPEED, results, walltime_metrics
from tests.results.provenance import PROVENANCE
from tests.results.walltime_provenance import WALLTIME_PROVENANCE, machine, walltime_provenance

TARGETS = {"//a:x": ["a/x.cc::sort", "a/x.cc::search"]}
URL = "https://codspeed.io/o/r/runs/65f0c0ffee"


def test_whole_summary() -> None:
    assert step_summary("//:suite", results(TARGETS), URL) == (
        "## Benchmarks of <code>//&#58;suite</code>\n"
        "\n"
        "2 benchmarks, simulated by <code>valgrind 3&#46;19&#46;0 &#40;stock&#41;</code>. "
        "Numbers of the stock Valgrind are not comparable with CodSpeed's.\n"
        "\n"
        "The run on CodSpeed: [<code>https&#58;//codspeed&#46;io/o/r/runs/65f0c0ffee</code>]"
        "(https://codspeed.io/o/r/runs/65f0c0ffee)\n"
        "\n"
        "### <code>simulation</code>\n"
        "\n"
        "| Benchmark | Instructions | L1 misses | LL misses | Estimated cycles |\n"
        "| :-- | --: | --: | --: | --: |\n"
        "| <code>a/x&#46;cc&#58;&#58;sort</code> | 1,234,567 | 12 | 3 | 1,234,987 |\n"
        "| <code>a/x&#46;cc&#58;&#58;search</code> | 1,234,567 | 12 | 3 | 1,234,987 |\n"
        "| **Total of 2** | **2,469,134** | **24** | **6** | **2,469,974** |\n"
    )


def test_codspeeds_simulator_has_no_warning() -> None:
    text = step_summary("//:suite", results({"//a:b": ["x"]}, CODSPEED), None)
    assert "1 benchmark, simulated by <code>valgrind 3&#46;26&#46;0&#46;codspeed6</code>.\n" in text
    assert "comparable" not in text
    assert "The run on" not in text


def test_a_table_for_each_mode() -> None:
    numbers = walltime_metrics()
    several = numbers | {"processes": 5, "between_processes_ns": 12.345}
    benchmarks = [
        Benchmark("x", "//a:b", "walltime", numbers),
        Benchmark("y", "//a:b", "simulation", {"Ir": 5}),
        Benchmark("z", "//a:b", "simulation", {"Ir": 6, "L1m": 1}),
        Benchmark("v", "//a:c", "walltime", several),
    ]
    measured = [PROVENANCE, WALLTIME_PROVENANCE]
    assert step_summary("//:suite", Results(SCHEMA, benchmarks, measured), None) == (
        "## Benchmarks of <code>//&#58;suite</code>\n"
        "\n"
        "2 benchmarks, simulated by <code>valgrind 3&#46;19&#46;0 &#40;stock&#41;</code>. "
        "Numbers of the stock Valgrind are not comparable with CodSpeed's.\n"
        "\n"
        "2 benchmarks, timed on <code>AMD EPYC 7763 64-Core Processor</code>. "
        "Profiled by <code>perf 6&#46;1&#46;187</code> on <code>cycles</code>.\n"
        "\n"
        "### <code>simulation</code>\n\n"
        "| Benchmark | Instructions | L1 misses |\n"
        "| :-- | --: | --: |\n"
        "| <code>y</code> | 5 | - |\n"
        "| <code>z</code> | 6 | 1 |\n"
        "| **Total of 2** | **11** | **1** |\n"
        "\n### <code>walltime</code>\n\n"
        "| Benchmark | Median | Mean | Std dev | Rounds | Iterations "
        "| Outliers &#40;IQR/std dev&#41; | Processes |\n"
        "| :-- | --: | --: | --: | --: | --: | --: | --: |\n"
        "| <code>x</code> | 1.23 µs | 1.25 µs | 25.00 ns (2.0%) | 31 | 1,000 | 2/1 | - |\n"
        "| <code>v</code> | 1.23 µs | 1.25 µs | 25.00 ns (2.0%) | 31 | 1,000 | 2/1 | 5 (1.0%) |\n"
    )


def test_a_mode_without_numbers() -> None:
    benchmarks = [Benchmark("x", "//a:b", "memory", {})]
    text = step_summary("//:suite", Results(SCHEMA, benchmarks, []), None)
    assert text.partition("\n\n")[2] == (
        "1 benchmark.\n\n### <code>memory</code>\n\n| Benchmark |\n| :-- |\n| <code>x</code> |\n"
    )


def test_text_of_a_machine_is_only_text() -> None:
    odd = walltime_provenance(machine=machine(cpu="</code>[x]|\n# z"))
    text = step_summary("//:suite", Results(SCHEMA, [], [odd]), None)
    assert text.splitlines()[2:] == [
        "0 benchmarks, timed on <code>&#60;/code&#62;&#91;x&#93;&#124;&#92;n&#35; z</code>. "
        "Profiled by <code>perf 6&#46;1&#46;187</code> on <code>cycles</code>."
    ]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x/)[y](z", "https://x/<b>"])
def test_url_that_is_no_plain_one_is_no_link(url: str) -> None:
    assert "](" not in step_summary("//:suite", results(TARGETS), url)


def rows(text: str) -> int:
    return text.count("\n| <code>")


def test_rows_that_do_not_fit_are_counted() -> None:
    shown = results({"//a:x": [f"a/x.cc::{'long_name_' * 9}{number}" for number in range(9000)]})
    text = step_summary("//:suite", shown, URL)
    assert LARGEST - 400 < len(text.encode()) <= LARGEST
    left_out = 9000 - rows(text)
    assert left_out > 0
    assert text.endswith(
        f"\n{left_out:,} rows are left out here, as GitHub does not show a longer summary. The "
        "total counts them.\n"
    )
    assert f"| **Total of 9,000** | **{9000 * 1234567:,}** |" in text


def test_rows_without_a_total_that_do_not_fit() -> None:
    shown = results({"//a:x": [f"a/x.cc::{number}" for number in range(20)]}, mode="walltime")
    text = step_summary("//:suite", shown, None, 1500)
    left_out = 20 - rows(text)
    assert text.endswith(
        f"\n{left_out} rows are left out here, as GitHub does not show a longer summary.\n"
    )


@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=8),
    st.integers(0, 4000),
    st.sampled_from(["simulation", "walltime"]),
)
def test_never_larger_than_asked(uris: list[str], largest: int, mode: str) -> None:
    shown = results({"//a:x": uris}, mode=mode)
    try:
        text = step_summary("//:suite", shown, URL, largest)
    except ValueError:
        assert largest < 1000
        return
    assert len(text.encode()) <= largest
    assert (f"| **Total of {len(uris)}**" in text) == (mode == "simulation")
    assert (rows(text) == len(uris)) == ("left out" not in text)


def append(path: Path) -> list[str]:
    warnings: list[str] = []
    append_step_summary(path, "//:suite", results(TARGETS), URL, warnings.append)
    return warnings


def test_added_after_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    expected = step_summary("//:suite", results(TARGETS), URL)
    assert append(path) == []
    assert path.read_text() == expected
    assert append(path) == []
    assert path.read_text() == f"{expected}\n{expected}"


def test_what_is_there_counts(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    whole = step_summary("//:suite", results(TARGETS), URL)
    path.write_bytes(b"x" * (LARGEST - 1 - len(whole)))
    assert append(path) == []
    assert path.stat().st_size == LARGEST
    assert path.read_text().endswith(whole)
    path.write_bytes(b"x" * (LARGEST - len(whole)))
    assert append(path) == []
    assert path.stat().st_size < LARGEST
    assert b"left out" in path.read_bytes()


def test_no_room_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * LARGEST)
    (warning,) = append(path)
    assert warning.startswith("no step summary. Got: 0 bytes left. ")
    assert path.stat().st_size == LARGEST


def test_file_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (warning,) = append(tmp_path)
    assert warning.startswith("no step summary. Got: ")
    assert "Is a directory" in warning


def test_names_of_an_unknown_mode_are_text() -> None:
    metrics: dict[str, int | float] = {"a|b\n<script>": 5}
    text = step_summary(
        "//:s", Results(SCHEMA, [Benchmark("u", "//a:b", "new", metrics)], []), None
    )
    assert "| Benchmark | a&#124;b&#92;n&#60;script&#62; |\n" in text
