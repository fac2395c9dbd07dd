"""Valgrind's arguments and the environments, by version of CodSpeed's runner."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from rules_codspeed.contract.data.runners import RELEASES
from rules_codspeed.contract.runner_versions import Runner, RunnerMode, find_runner
from rules_codspeed.contract.spec import Simulator
from rules_codspeed.measure.simulation import valgrind
from tests.measure.simulation.runner_golden import FILE, FOLDER, LIBRARY, UPDATE, document

# The example of the specification (spec: simulation 2.1), without the wrapper.
EXAMPLE = [
    "-q",
    "--trace-children=yes",
    "--cache-sim=yes",
    "--I1=32768,8,64",
    "--D1=32768,8,64",
    "--LL=8388608,16,64",
    "--instr-atstart=no",
    "--collect-systime=nsec",
    "--read-inline-info=yes",
    "--cycle-estimation=yes",
    "--tool=callgrind",
    "--compress-strings=no",
    "--combine-dumps=yes",
    "--dump-line=no",
    "--trace-children-skip=*esbuild,*.rustup-wrapped",
    f"--obj-skip={LIBRARY}",
    f"--callgrind-out-file={FOLDER}/%p.out",
    f"--log-file={FOLDER}/valgrind.%p.log",
]
OWN = ["--vgdb=no", "--trace-redir=yes"]


def runner(version: str) -> Runner:
    found = find_runner(version)
    assert found
    return found


def simulator(flavor: str, version: str) -> Simulator:
    return Simulator("valgrind", flavor, version, "0" * 64, "bin/valgrind", "lib/valgrind")


FORK = simulator("codspeed", "3.26.0.codspeed6")


def test_golden_file() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), (
        f"{FILE.name} is not what the versions of the runner give. If CodSpeed's sources say so, "
        f"update it: {UPDATE}"
    )


def test_golden_file_has_each_version_once() -> None:
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    assert [one for entry in entries for one in entry["versions"]] == RELEASES


def test_example_of_the_specification() -> None:
    assert list(valgrind.official_arguments(runner("5.0.2"), FOLDER, [LIBRARY])) == EXAMPLE


@pytest.mark.parametrize("version", RELEASES)
def test_ours_differ_from_the_runners_as_documented(version: str) -> None:
    official = valgrind.official_arguments(runner(version), FOLDER, [LIBRARY])
    ours = valgrind.arguments(runner(version), FORK, FOLDER, [LIBRARY])
    assert [one for one in ours if one not in OWN][:-1] == list(official[:-1])
    assert ours[-1] == f"--log-file={FOLDER}/valgrind.%p.log"
    assert set(OWN) <= set(ours)


def test_arguments_that_need_the_fork() -> None:
    five = runner("5.0.2")
    found = valgrind.arguments(five, simulator("stock", "3.19.0"), FOLDER, [LIBRARY])
    missing = ["--cycle-estimation=yes", f"--obj-skip={LIBRARY}"]
    assert [one for one in EXAMPLE if one not in found] == missing
    old = valgrind.arguments(five, simulator("codspeed", "3.26.0.codspeed3"), FOLDER)
    assert "--cycle-estimation=yes" not in old
    assert "--cycle-estimation=yes" in valgrind.arguments(five, FORK, FOLDER)


def test_counting_starts_at_once_where_functions_begin_benchmarks() -> None:
    for version in ("4.10.6", "5.0.2", "5.8.0"):
        found = valgrind.arguments(runner(version), FORK, FOLDER, (), ["--dump-after=f"])
        assert [one for one in found if "atstart" in one] == ["--instr-atstart=yes"]
        assert "--dump-after=f" in found


@pytest.mark.parametrize(
    ("version", "places"),
    [
        ("5.4.0", {"simulation/exec"}),
        ("5.4.1", {"memory/exec", "memory/pytest"}),
        ("5.4.2", {f"{m}/{f}" for m in get_args(RunnerMode) for f in ("exec", "pytest")}),
        ("5.5.0", {"simulation/exec", "memory/exec", "walltime/exec"}),
    ],
)
def test_where_python_writes_perf_maps(version: str, places: set[str]) -> None:
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    found = next(one["environment"] for one in entries if version in one["versions"])
    assert {place for place, text in found.items() if "PYTHONPERFSUPPORT=1" in text} == places


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("5.1.0", ["--instr-atstart=inherit", "--collect-systime=nsec"]),
        ("5.2.0", ["--instr-atstart=inherit", "--separate-threads=yes", "--cycle-estimation=yes"]),
    ],
)
def test_what_is_started_counts_where_valgrind_hands_it_on(
    version: str, expected: list[str]
) -> None:
    seven = simulator("codspeed", "3.26.0.codspeed7")
    official = valgrind.official_arguments(runner(version), FOLDER, track=True)
    ours = valgrind.arguments(runner(version), seven, FOLDER, track=True)
    for found in (official, ours):
        at = found.index("--instr-atstart=inherit")
        assert list(found[at : at + len(expected)]) == expected
    for older in (FORK, simulator("stock", "3.27.0")):
        assert valgrind.arguments(runner(version), older, FOLDER, track=True) == (
            valgrind.arguments(runner(version), older, FOLDER)
        )
