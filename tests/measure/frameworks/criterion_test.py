"""Suites of criterion itself, not of CodSpeed's crate."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.frameworks.criterion import Simulated
from rules_codspeed.measure.frameworks.recognised import recognised
from tests.measure.target import Target, same

MEASURED = [
    "sort one",
    'sizes "odd" é/sum/of/10',
    'sizes "odd" é/sum/of/1000',
    "prepared\\:\\:sum",
    "custom",
    "last",
]
GROUP = "pkg:bench::"
CLOCK = "pkg:bench::reads the clock"

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make) -> Make:
    """Makes targets of the suite in tests/measure/criterion, recognised by itself."""
    suite = os.environ.get("CODSPEED_TEST_CRITERION")
    if not suite:
        pytest.skip(
            "CODSPEED_TEST_CRITERION does not name the program that cargo bench --no-run builds in "
            "tests/measure/criterion"
        )

    def make(*args: str, how: str = "", **changes: object) -> Target:
        changes = {"framework": "auto", "env": {"HOW": how}, **changes}
        return make_target(args=list(args), **changes).stage("_main/pkg/program", Path(suite))

    return make


def test_all_are_measured_and_equal_twice(target: Make) -> None:
    first, second = target().run("first").succeeded(), target().run("second").succeeded()
    numbers = first.instructions(GROUP)
    assert list(numbers) == MEASURED
    ((uri, (outcome, reason)),) = first.unmeasured.items()
    assert (uri, outcome) == (CLOCK, "failed")
    assert "Got: 5 reads of the clock" in reason
    assert first.provenance["framework"] == "criterion"
    assert first.provenance["isolate"] is True
    same(first, second)
    # The work alone, without what prepares it.
    assert 1000 < numbers["custom"] < 20_000
    assert abs(numbers["custom"] - numbers['sizes "odd" é/sum/of/1000']) < 1000
    assert abs(numbers["custom"] - numbers["prepared\\:\\:sum"]) < 3000
    assert numbers["last"] < 500


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("panics", "(benchmark panics) ended with exit status 101"),
        ("exits", "measured nothing when asked for it"),
        ("does nothing", "(benchmark does nothing) ended with exit status 101"),
    ],
)
def test_one_that_does_not_end_well(target: Make, how: str, reason: str) -> None:
    ended = target(how=how).run().succeeded()
    assert list(ended.instructions(GROUP)) == MEASURED
    assert set(ended.unmeasured) == {CLOCK, GROUP + how}
    outcome, stated = ended.unmeasured[GROUP + how]
    assert (outcome, reason in stated) == ("failed", True), stated


def test_a_name_that_the_list_cuts(target: Make) -> None:
    ended = target(how="long (name)" * 10).run().succeeded()
    listed = ("long (name)" * 10)[:100] + "..."
    assert list(ended.instructions(GROUP)) == [*MEASURED[:-1], listed, MEASURED[-1]]
    assert set(ended.unmeasured) == {CLOCK}


def test_none_selected(target: Make) -> None:
    assert "it lists no benchmark" in target("nothing-has-this-name").run().failed()


def test_smoke_test(target: Make) -> None:
    smoke = {"simulator": None, "platform": ""}
    assert target(**smoke).run("smoke", entry="smoke.py").status == 0
    ended = target(how="panics", **smoke).run("failing", entry="smoke.py")
    assert ended.status == 1
    assert "ended with exit status 101" in ended.stderr


def test_work_is_between_the_inner_reads_of_the_clock() -> None:
    read, end = "--dump-before=clock_gettime@@GLIBC_2.17", "Program termination"
    chosen = Simulated.regions.chosen
    assert chosen([read, read, read, read, end], ["pkg::a"]) == [("pkg::a", [2])]
    assert chosen([end], ["pkg::a"]) == []
    # It ended the program.
    assert chosen([read, read, end], ["pkg::a"]) == []
    with pytest.raises(BenchmarkError, match="pkg::a cannot be found in the profile"):
        chosen([read] * 6, ["pkg::a"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["_ZN9criterion9benchmark3run17h0123456789abcdefE"], "criterion"),
        (["_RNvMs_NtCs5l0EXMQXRMU_9criterion9benchmark3run"], "criterion"),
        (["_ZN9criterion3runE", "_ZN8codspeed11measurement3runE"], ""),
        (["_ZN9criterion3runE", "_RNvNtCs5l0EXMQXRMU_8codspeed11measurement3run"], ""),
        (["_ZN9criterion3runE", "_ZN25codspeed_criterion_compat3runE"], ""),
        (["_ZN9benchmark5State16StartKeepRunningEv"], "google_benchmark"),
        (["_ZN9benchmark5State16StartKeepRunningEv", "instrument_hooks_init"], ""),
        (["my_ZN9criterion"], ""),
    ],
)
def test_recognised_by_names(tmp_path: Path, names: list[str], expected: str) -> None:
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler on this machine")
    source, program = tmp_path / "program.c", tmp_path / "program"
    functions = "".join(f"void {name}(void) {{}}\n" for name in names)
    source.write_text(f"{functions}int main(void) {{ return 0; }}\n")
    subprocess.run([compiler, str(source), "-o", str(program)], check=True)
    assert recognised(str(program)) == expected


def test_scripts_are_not_recognised(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n# \0_ZN9criterion\n")
    assert recognised(str(script)) == ""
    script.write_bytes(b"\x7fELF\x02\x01" + b"\xff" * 100)
    assert recognised(str(script)) == ""
