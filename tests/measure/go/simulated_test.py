"""Suites of Go under Valgrind, and once for the smoke test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.measure.frameworks.recognised import recognised
from tests.measure.target import Target, same

GROUP = "pkg:bench::Benchmark"
ODD = ["a_b", "é/x", 'q"(x)|[y]', "c\\:\\:d", "a-2", "#00", "#01"]
MEASURED = [
    "Fib::10",
    "Fib::15",
    "Loop",
    "Reset",
    "Paused",
    "Clock",
    "Maps",
    "Parallel",
    *(f"Odd::{name}" for name in ODD),
    "Last",
]


def _at(call: str) -> str:
    """Where the suite has a call, as Go states it."""
    lines = Path(__file__).with_name("suite_test.go").read_text().splitlines()
    return f"suite_test.go:{next(at for at, one in enumerate(lines, 1) if call in one)}"


SKIPPED = {
    f"{GROUP}Skipped": ("skipped", f"{_at('not on')}: not on 5 days"),
    f"{GROUP}Bad": ("skipped", f"{_at('HOW is')}: HOW is not set"),
}

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make, suite: Path) -> Make:
    """Makes targets of the suite, recognised by itself."""

    def make(*args: str, how: str = "", **changes: object) -> Target:
        changes = {"framework": "auto", "env": {"HOW": how} if how else {}, **changes}
        return make_target(args=list(args), **changes).stage("_main/pkg/program", suite)

    return make


def test_all_are_measured_and_equal_twice(target: Make) -> None:
    first, second = target().run("first").succeeded(), target().run("second").succeeded()
    numbers = first.instructions(GROUP)
    assert list(numbers) == MEASURED
    assert first.unmeasured == SKIPPED
    assert first.provenance["framework"] == "go"
    assert first.provenance["isolate"] is True
    assert first.provenance["clock"] == "logical"
    same(first, second)
    # Only what the timer counts: fib(15) has 28,500 instructions, a sort hundreds of thousands.
    for name in ("Fib::15", "Loop", "Reset"):
        assert numbers["Fib::15"] - 200 < numbers[name] < numbers["Fib::15"] + 200, name
    assert numbers["Fib::15"] + numbers["Fib::10"] < numbers["Paused"] + 500 < 35_000
    assert numbers["Fib::15"] < numbers["Clock"] < numbers["Fib::15"] + 1000
    assert 29_000 < numbers["Parallel"] < 40_000
    assert len({numbers[f"Odd::{name}"] for name in ODD}) == 1
    assert "Compile with -gdwarf-4" not in first.stderr
    # What ran before is no caller.
    profile = first.profile["2.out"].decode()
    assert "calls=0 " not in profile
    assert "cfn=example.com/suite.BenchmarkFib.func1\ncalls=1 " in profile


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("fatal", f"{_at('b.Fatal')}: wrong\n    in two lines"),
        ("error", f"{_at('b.Error')}: a bit wrong"),
        ("panic", "(benchmark BenchmarkBad) ended with exit status 2"),
        ("exits", "unexpected call to os.Exit(0) during test"),
        ("ends", "measured nothing when asked for it"),
    ],
)
def test_one_that_does_not_end_well(target: Make, how: str, reason: str) -> None:
    ended = target("-test.bench=Bad|Last", how=how).run().succeeded()
    assert list(ended.instructions(GROUP)) == ["Last"]
    ((uri, (outcome, stated)),) = ended.unmeasured.items()
    assert (uri, outcome) == (f"{GROUP}Bad", "failed")
    assert reason in stated, stated


def test_names_of_which_one_starts_with_another(target: Make) -> None:
    ended = target("-test.bench=Bad", how="prefix").run().succeeded()
    assert list(ended.instructions(GROUP)) == ["Bad::a"]
    outcome, stated = ended.unmeasured[f"{GROUP}Bad::a/b"]
    assert (outcome, "Got: 5 functions that Go ran as benchmarks" in stated) == ("failed", True)


def test_chosen_benchmarks(target: Make) -> None:
    ended = target("-test.bench", "Fib/1|Last", "-test.skip=Fib/10").run().succeeded()
    assert list(ended.instructions(GROUP)) == ["Fib::15", "Last"]
    assert "it lists no benchmark" in target("-test.bench=nothing").run("none").failed()


def test_smoke_test(target: Make) -> None:
    smoke = {"simulator": None, "platform": ""}
    ended = target(**smoke).run("smoke", entry="smoke.py")
    assert ended.status == 0, ended.stderr
    assert f"skipped: {GROUP}Skipped: {_at('b.Skip')}: not on 5 days" in ended.stdout
    ended = target(how="error", **smoke).run("failing", entry="smoke.py")
    assert ended.status == 1
    assert f"{GROUP}Bad: {_at('b.Error')}: a bit wrong" in ended.stderr


def test_recognised_by_names(
    suite: Path, build_go: Callable[..., Path], make_target: Make, tmp_path: Path
) -> None:
    assert recognised(str(suite)) == "go"
    source = tmp_path / "source"
    source.mkdir()
    (source / "go.mod").write_text("module example.com/other\n\ngo 1.24\n")
    # Benchmarks, but no test program.
    (source / "main.go").write_text(
        'package main\n\nimport "testing"\n\n'
        "func main() { println(testing.Benchmark(func(b *testing.B) {}).N) }\n"
    )
    other = build_go(source, "build")
    assert recognised(str(other)) == ""
    made = make_target(framework="auto").stage("_main/pkg/program", other)
    assert "go test -c" in made.run().failed()
    made = make_target(framework="hooks").stage("_main/pkg/program", suite)
    assert "is of go itself, which calls no hooks" in made.run("hooks").failed()
