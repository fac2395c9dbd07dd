"""Suites of google_benchmark itself, not of CodSpeed's fork of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target, same

ODD = 'ten / "odd" (1|2) ^é/iterations:10/repeats:3'
MEASURED = [
    "Sort/100",
    "Sort/1000",
    "Paused/1000",
    "Count",
    ODD,
    "Count/min_time:0.001",
    "Grow<std\\:\\:vector<int>>",
    "Fixture/Sum",
    "Last/100",
]
UNMEASURED = {
    "pkg:bench::Refused": ("failed", "SkipWithError: no 'data'"),
    "pkg:bench::Returned": ("failed", "SkipWithError: no file"),
    "pkg:bench::Explained": ("failed", "SkipWithError: no data:"),
    "pkg:bench::Count/threads:2": (
        "skipped",
        "it runs 2 threads, whose turns are not the same twice: measure it in mode walltime",
    ),
}

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make, google_suite: Path) -> Make:
    """Makes targets of the suite, recognised by itself."""

    def make(*args: str, **changes: object) -> Target:
        changes = {"framework": "auto", **changes}
        return make_target(args=list(args), **changes).stage("_main/pkg/program", google_suite)

    return make


def test_all_are_measured_and_equal_twice(target: Make) -> None:
    first = target("--benchmark_color=true").run("first").succeeded()
    second = target("--benchmark_color=true").run("second").succeeded()
    numbers = first.instructions("pkg:bench::")
    assert list(numbers) == MEASURED
    assert first.unmeasured == UNMEASURED
    assert first.provenance["framework"] == "google_benchmark"
    same(first, second)
    # The work alone: no start-up, and not what is paused for.
    assert 20_000 < numbers["Paused/1000"] < numbers["Sort/1000"] < 200_000
    assert numbers["Last/100"] == numbers["Sort/100"]
    assert numbers["Count"] < 200
    assert numbers["Count"] < numbers[ODD] < 10 * numbers["Count"]
    assert 10_000 < numbers["Fixture/Sum"] < 200_000


def test_isolated(target: Make) -> None:
    ended = target("--benchmark_filter=Sort|odd|Refused", isolate=True).run().succeeded()
    assert list(ended.instructions("pkg:bench::")) == ["Sort/100", "Sort/1000", ODD]
    assert list(ended.unmeasured) == ["pkg:bench::Refused"]
    assert ended.provenance["isolate"] is True


def test_one_that_throws(target: Make) -> None:
    """It fails alone where each has a process, and else the target, as its number is not known."""
    args = ("throw", "--benchmark_filter=Count$|throw|Last")
    assert "SIGABRT" in target(*args).run().failed()
    ended = target(*args, isolate=True).run().succeeded()
    assert list(ended.instructions("pkg:bench::")) == ["Count", "Last/100"]
    ((uri, (outcome, reason)),) = ended.unmeasured.items()
    assert (uri, outcome) == ("pkg:bench::throw", "failed")
    assert "(benchmark throw) was killed by SIGABRT" in reason


def test_one_that_ends_the_program(target: Make) -> None:
    ended = target("exit", "--benchmark_filter=Count$|exit|Last").run().succeeded()
    assert list(ended.instructions("pkg:bench::")) == ["Count"]
    assert {uri: outcome for uri, (outcome, _) in ended.unmeasured.items()} == {
        "pkg:bench::exit": "failed",
        "pkg:bench::Last/100": "failed",
    }
    assert "it is listed, and left no number" in ended.unmeasured["pkg:bench::exit"][1]


@pytest.mark.parametrize("isolate", [False, True])
def test_two_of_one_name(target: Make, isolate: bool) -> None:
    chosen = target("same", "same", "--benchmark_filter=same|Last", isolate=isolate)
    ended = chosen.run().succeeded()
    assert list(ended.instructions("pkg:bench::")) == ["Last/100"]
    reason = "there are several of this name: give each benchmark a name of its own"
    assert ended.unmeasured == {"pkg:bench::same": ("failed", reason)}


def test_none_selected(target: Make) -> None:
    text = target("--benchmark_filter=^nothing$").run().failed()
    assert "//pkg:bench measured nothing" in text
    assert "that args filter none out" in text


@pytest.mark.parametrize("by_variable", [False, True])
def test_random_order_is_refused(target: Make, by_variable: bool) -> None:
    flag = "benchmark_enable_random_interleaving"
    chosen = target(env={flag.upper(): "1"}) if by_variable else target(f"--{flag}=true")
    text = chosen.run().failed()
    assert "the benchmarks of //pkg:bench would run in a random order" in text


def test_hooks_explains_what_the_program_is(target: Make) -> None:
    text = target(framework="hooks").run().failed()
    assert "the program of //pkg:bench is of google_benchmark itself, which calls no hooks" in text
    assert 'Fix: remove framework = "hooks" from the target' in text


def test_smoke_test(target: Make) -> None:
    smoke = {"simulator": None, "platform": ""}
    args = ("--benchmark_filter=Count$|Threads|Last",)
    ended = target(*args, **smoke).run("smoke", entry="smoke.py")
    assert ended.status == 0, ended.stderr
    ended = target("--benchmark_filter=Refused", **smoke).run("failing", entry="smoke.py")
    assert ended.status == 1
    assert "pkg:bench::Refused: SkipWithError: no 'data'" in ended.stderr


def test_a_dry_run_is_none(make_target: Make, tmp_path: Path) -> None:
    """It would be the first run, which is cold. Versions before 1.9 do not know it."""
    script = tmp_path / "suite"
    script.write_text('#!/bin/sh\necho "$@"\n')
    script.chmod(0o755)
    changes = {"framework": "google_benchmark", "simulator": None, "platform": ""}
    chosen = make_target(args=["--benchmark_dry_run=true"], **changes)
    ended = chosen.stage("_main/pkg/program", script).run("smoke", entry="smoke.py")
    first, _, behind = (ended.stdout + ended.stderr).partition("--benchmark_dry_run=true")
    assert "--benchmark_dry_run=0" in behind
    assert "--benchmark_dry_run" not in first


def test_warm_up_of_the_target(target: Make) -> None:
    """How many runs come before the one that counts would depend on the machine."""
    chosen = "--benchmark_filter=Sort/100$"
    usual = target(chosen).run("usual").succeeded().instructions("pkg:bench::")
    warmed = target(chosen, "--benchmark_min_warmup_time=0.05").run("warmed").succeeded()
    assert warmed.instructions("pkg:bench::") == usual
