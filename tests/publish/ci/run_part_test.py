"""How the uploads of one run are distinguished."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
    JobRun,
    RunEnvironment,
    RunEvent,
    RunPart,
)
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.ci.run_part import matrix_run_part, swap_remove, upload_run_part
from rules_codspeed.publish.compact_json import JsonValue
from rules_codspeed.publish.runner_version import DEFAULT, parse_runner_version

JOB = JobRun("77", "bench")
STRATEGY = '{"fail-fast": true, "job-index": 1, "job-total": 2, "max-parallel": 2}'
V4 = parse_runner_version("4.11.0")


def part(matrix: str | None, strategy: str | None = STRATEGY) -> RunPart:
    return matrix_run_part(JOB, matrix, strategy, DEFAULT)


def test_worked_example() -> None:
    assert part('{\n  "python": "3.12",\n  "shard": 1\n}') == RunPart(
        "77",
        'bench-{"python":"3.12","shard":1}-{"job-total":2,"job-index":1}',
        "bench",
        {"job-index": 1, "job-total": 2, "python": "3.12", "shard": 1},
    )


@pytest.mark.parametrize(
    ("matrix", "strategy"),
    [
        ("null", STRATEGY),
        (None, STRATEGY),
        ("{}", None),
        ("{}", "null"),
        ("[]", STRATEGY),
        ("", STRATEGY),
        ("{", STRATEGY),
        ('{"a": 1e999}', STRATEGY),
        ('{"a": NaN}', STRATEGY),
        ('{"a": "\\ud800"}', STRATEGY),
    ],
)
def test_no_matrix(matrix: str | None, strategy: str | None) -> None:
    assert part(matrix, strategy) == RunPart("77", "bench", "bench", {})


@pytest.mark.parametrize(
    ("strategy", "rest"),
    [
        ("{}", "{}"),
        ('{"job-index":0}', '{"job-index":0}'),
        ('{"max-parallel":1,"a":1,"b":2}', '{"b":2,"a":1}'),
        ('{"a":1,"b":2,"fail-fast":1}', '{"a":1,"b":2}'),
        ('{"fail-fast":1,"max-parallel":2}', "{}"),
        ('{"max-parallel":2,"a":1,"fail-fast":1}', '{"a":1}'),
    ],
)
def test_order_of_the_strategy(strategy: str, rest: str) -> None:
    assert part("{}", strategy).run_part_id == f"bench-{{}}-{rest}"


def test_numbers_and_keys_of_a_matrix() -> None:
    text = '{"v":3.10,"w":1.0,"x":1e-7,"y":18446744073709551616,"v":"é/","n":{"b":1,"a":[-0]}}'
    assert part(text, "{}").run_part_id == (
        'bench-{"v":"é/","w":1.0,"x":1e-7,"y":1.8446744073709552e+19,"n":{"b":1,"a":[-0.0]}}-{}'
    )
    assert matrix_run_part(JOB, '{"y":1e16}', "{}", V4).run_part_id == 'bench-{"y":1e16}-{}'


def test_strategy_wins_over_the_matrix() -> None:
    assert part('{"job-index":"mine"}').metadata == {"job-index": 1, "job-total": 2}


@given(
    st.dictionaries(st.text("abc-", max_size=3), st.integers(), max_size=6),
    st.text("abc-", max_size=3),
)
def test_swap_remove(members: dict[str, int], key: str) -> None:
    left: dict[str, JsonValue] = dict(members)
    swap_remove(left, key)
    if key not in members:
        assert list(left.items()) == list(members.items())
        return
    keys = list(members)
    expected = keys[:-1]
    if keys[-1] != key:
        expected[keys.index(key)] = keys[-1]
    assert list(left) == expected
    assert all(members[name] == value for name, value in left.items())


@given(st.text(), st.text())
def test_any_texts(matrix: str, strategy: str) -> None:
    assert part(matrix, strategy).run_part_id.startswith("bench")


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)))
def test_identity_keeps_the_order_of_the_matrix(matrix: dict[str, int]) -> None:
    made = part(json.dumps(matrix), "{}")
    written = made.run_part_id.removeprefix("bench-").removesuffix("-{}")
    assert list(json.loads(written).items()) == list(matrix.items())
    assert made.metadata == matrix


def where(kind: EnvironmentKind, root: Path, base: RunPart | None) -> RunEnvironment:
    return RunEnvironment(
        kind,
        RepositoryProvider.GITHUB,
        "acme",
        "widgets",
        "refs/heads/main",
        None,
        None,
        RunEvent.PUSH,
        None,
        None,
        None,
        f"{root}/",
        "1" * 40,
        base,
        False,
        False,
    )


@pytest.fixture
def ci(tmp_path: Path) -> RunEnvironment:
    base = RunPart("77", "bench", "bench", {"run-index": "overwritten", "os": "linux"})
    return where(EnvironmentKind.GITHUB_ACTIONS, tmp_path, base)


@pytest.fixture
def local(tmp_path: Path) -> RunEnvironment:
    return where(EnvironmentKind.LOCAL, tmp_path, RunPart("uuid", "local-job", "local-job", {}))


def test_one_upload_of_a_job(ci: RunEnvironment) -> None:
    warnings: list[str] = []
    made = upload_run_part(ci, DEFAULT, "valgrind", 0, 1, warnings.append)
    assert made == RunPart(
        "77",
        'bench-{"executor":"valgrind","run-index":0}',
        "bench",
        {"executor": "valgrind", "os": "linux", "run-index": 0},
    )
    assert warnings == []


def test_several_uploads_of_a_job(ci: RunEnvironment) -> None:
    made = [
        upload_run_part(ci, DEFAULT, "valgrind", 0, 2, pytest.fail),
        upload_run_part(ci, DEFAULT, "walltime", 1, 2, pytest.fail),
    ]
    assert [one and one.run_part_id for one in made] == [
        'bench-{"executor":"valgrind","run-index":0,"run-part-index":0}',
        'bench-{"executor":"walltime","run-index":1,"run-part-index":1}',
    ]


def test_old_schema_has_the_index_only(ci: RunEnvironment) -> None:
    made = [upload_run_part(ci, V4, "memory", position, 2, pytest.fail) for position in range(2)]
    assert [one and one.run_part_id for one in made] == [
        'bench-{"run-index":0}',
        'bench-{"run-index":1}',
    ]
    assert made[1] == RunPart(
        "77", 'bench-{"run-index":1}', "bench", {"os": "linux", "run-index": 1}
    )


def test_index_that_cannot_be_kept(ci: RunEnvironment) -> None:
    Path(ci.repository_root_path, ".codspeed").touch()
    warnings: list[str] = []
    made = upload_run_part(ci, DEFAULT, "walltime", 0, 1, warnings.append)
    assert made
    assert made.run_part_id == 'bench-{"executor":"walltime","run-index":0}'
    assert len(warnings) == 1


def test_local_run_has_no_index(local: RunEnvironment) -> None:
    one = upload_run_part(local, DEFAULT, "valgrind", 0, 1, pytest.fail)
    second = upload_run_part(local, DEFAULT, "walltime", 1, 2, pytest.fail)
    assert one == RunPart(
        "uuid", 'local-job-{"executor":"valgrind"}', "local-job", {"executor": "valgrind"}
    )
    assert second
    assert second.run_part_id == 'local-job-{"executor":"walltime","run-part-index":1}'
    assert not Path(local.repository_root_path, ".codspeed").exists()


def test_no_part(local: RunEnvironment, tmp_path: Path) -> None:
    buildkite = where(EnvironmentKind.BUILDKITE, tmp_path, None)
    assert upload_run_part(buildkite, DEFAULT, "memory", 0, 2, pytest.fail) is None
    assert upload_run_part(local, V4, "valgrind", 0, 1, pytest.fail) is None
    assert not (tmp_path / ".codspeed").exists()
