"""What is read of what a test program prints, and the parts that are chosen by triggers."""

from __future__ import annotations

import pytest

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.frameworks.golang.output import Printed, nested
from rules_codspeed.measure.frameworks.golang.regions import GoRegions

RUN, SKIP, FAIL = "\x16=== RUN   ", "\x16--- SKIP: ", "\x16--- FAIL: "


def _printed(*lines: str) -> Printed:
    found = Printed()
    text = "".join(f"{line}\n" for line in lines).encode()
    for at in range(0, len(text), 7):
        found.read(text[at : at + 7])
    return found


def test_names_and_results() -> None:
    found = _printed(
        f"{RUN}BenchmarkA",
        "BenchmarkA",
        f"{RUN}BenchmarkA/x-2",
        "BenchmarkA/x-2",
        "BenchmarkA/x-2-8  \t       1\t      1262 ns/op",
        "\x16=== NAME  ",
        f"printed without an end{RUN}BenchmarkA/x",
        "BenchmarkA/x-8 \t 2\t 3 ns/op",
        "BenchmarkA/x-8 \t 2\t 4 ns/op",
        "BenchmarkNever-8 \t 2\t 4 ns/op",
        f"{RUN}BenchmarkA/x/y",
        "    file.go:1: why",
        f"{SKIP}BenchmarkA/x/y",
        f"{FAIL}BenchmarkA",
        "\x16FAIL",
    )
    assert found.benchmarks == ["BenchmarkA/x-2", "BenchmarkA/x", "BenchmarkA/x/y"]
    assert found.results == {
        "BenchmarkA/x-2": ["1\t      1262 ns/op"],
        "BenchmarkA/x": ["2\t 3 ns/op", "2\t 4 ns/op"],
    }
    assert found.ended == {
        "BenchmarkA/x/y": ("skipped", "file.go:1: why"),
        "BenchmarkA": ("failed", "no reason is given"),
    }
    assert (found.finished, found.failed) == (True, True)
    # One with a result is nobody's parent.
    assert nested("BenchmarkA/x/y", found.parents) == ["BenchmarkA", "x/y"]


def test_nothing_is_read_without_marks() -> None:
    found = _printed(
        "=== RUN   BenchmarkA", "--- FAIL: BenchmarkA", "PASS", "BenchmarkA \t1\t2 ns/op"
    )
    assert (found.benchmarks, found.ended, found.results) == ([], {}, {})
    assert not found.finished


def _chosen(events: str, parents: int = 0) -> list[int]:
    names = {
        "R": "testing.(*B).ResetTimer",
        "S": "testing.(*B).StartTimer",
        "P": "testing.(*B).StopTimer",
        "C": "time.Now",
        "E": "testing.(*B).runN.func1",
        "D": "testing.(*B).runN.deferwrap1",
        "o": "testing.(*B).run1",
    }
    regions = GoRegions()
    regions.parents["pkg::a"] = parents
    triggers = [f"--dump-before={names[one]}" for one in events.replace(" ", "")]
    found = regions.chosen([*triggers, "Program termination"], ["pkg::a"])
    return found[0][1] if found else []


BEFORE, AFTER = "RSC o RSC P ED", "P ED"


@pytest.mark.parametrize(
    ("second", "parts"),
    [
        ("o RSC P ED", [4]),
        # Callgrind sees a function start again where it goes on.
        ("o RRSSCC PP EED", [6, 7]),
        # Its own looks at the clock, and other methods, are its own work.
        ("o RSC C o P ED", [4, 5, 6]),
        # Paused; StartTimer of a timer that runs changes nothing.
        ("o RSC P SC S P ED", [4, 7, 8]),
        # Reset while it runs, and while it does not.
        ("o RSC RC P ED", [6]),
        ("o RSC P R C SC P ED", [9]),
    ],
)
def test_parts_in_which_the_timer_runs(second: str, parts: list[int]) -> None:
    start = len(BEFORE.replace(" ", ""))
    assert _chosen(BEFORE + second + AFTER) == [start + part for part in parts]


def test_which_run_is_the_second() -> None:
    # One of a parent: that ends, too.
    assert _chosen("RSC" + BEFORE + "RSC P ED" + AFTER, parents=1) == []
    assert _chosen("RSC" + BEFORE + "RSC P ED" + AFTER + AFTER, parents=1) == [16]
    # It failed, or ended the program.
    assert _chosen("RSC o RSC P ED" + AFTER) == []
    with pytest.raises(BenchmarkError, match="pkg::a cannot be found in the profile"):
        _chosen(BEFORE + "RSC P ED" * 2 + AFTER)
