"""The run metadata, byte for byte."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.bundle.metadata import (
    Metadata,
    build_metadata,
    metadata_bytes,
    run_hash,
)
from rules_codspeed.publish.bundle.system import SystemInfo
from rules_codspeed.publish.ci.detection import detect
from rules_codspeed.publish.ci.environment import JobRun, RunEvent, RunPart, Sender
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.ci.run_part import upload_run_part
from rules_codspeed.publish.runner_version import DEFAULT, parse_runner_version
from tests.publish import metadata_vectors as vectors
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import load_environment
from tests.publish.upload_vectors import vectors as upload_vectors

BUILT = {
    "A": vectors.vector_a,
    "B": vectors.vector_b,
    "C": vectors.vector_c,
    "D": vectors.vector_d,
    "E": vectors.vector_e,
    "F": vectors.vector_f,
    "G": vectors.vector_g,
}


@pytest.mark.parametrize(("name", "sent"), upload_vectors().items())
def test_vectors(name: str, sent: tuple[bytes, str]) -> None:
    body = metadata_bytes(BUILT[name]())
    assert (body, run_hash(body)) == sent


@pytest.mark.parametrize(
    ("name", "fixture", "vector"),
    [
        ("A", "github_matrix", vectors.vector_a()),
        ("B", "github_fork_pull_request", vectors.vector_b()),
        ("C", "gitlab_merge_request", vectors.vector_c()),
        ("D", "buildkite_push", vectors.vector_d()),
        ("F", "github_push", vectors.vector_f()),
    ],
)
def test_recorded_environments_give_the_vectors(
    tmp_path: Path, name: str, fixture: str, vector: Metadata
) -> None:
    make_checkout(tmp_path / "widgets")
    version = parse_runner_version(vector.runner.version)
    where = detect(
        {**GIT_VARIABLES, **load_environment(fixture, tmp_path, tmp_path / "widgets")},
        tmp_path / "widgets",
        version,
        requested=None,
        has_token=True,
        resolver=None,
        warn=pytest.fail,
    )
    run_part = upload_run_part(where, version, vector.runner.executor, 0, 1, pytest.fail)
    metadata = build_metadata(
        version,
        dataclasses.replace(
            where,
            commit_hash=vectors.COMMIT,
            repository_root_path=vector.repository_root_path,
        ),
        dataclasses.replace(vectors.MACHINE, host=vector.runner.host, user=vector.runner.user),
        executor=vector.runner.executor,
        run_part=run_part,
        run_parts_count=1,
        profile_md5=vectors.HELLO_MD5,
        profile_encoding=vector.profile_encoding,
        tokenless=vector.tokenless,
        exclude_allocations=vector.runner.exclude_allocations,
    )
    assert metadata_bytes(metadata) == upload_vectors()[name][0]


# The runner that wrote these hashes gave versions that do not go with its schema.
def as_version(metadata: Metadata, schema: int, version: str) -> bytes:
    body = json.loads(metadata_bytes(metadata))
    body["version"], body["runner"]["version"] = schema, version
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def test_official_hash_of_a_github_run() -> None:
    """Source: src/upload/upload_metadata.rs@v5.0.2, test_get_metadata_hash."""
    where = dataclasses.replace(
        vectors.GITHUB,
        owner="CodSpeedHQ",
        repository="codspeed-node",
        ref="refs/pull/29/merge",
        head_ref="chore/native-action-runner",
        commit_hash="5bd77cb0da72bef094893ed45fb793ff16ecfbe3",
        gh_data=JobRun("7044765741", "codspeed"),
        sender=Sender("19605940", "adriencaccia"),
        repository_root_path="/home/runner/work/codspeed-node/codspeed-node/",
    )
    system = SystemInfo(
        os="ubuntu",
        os_version="20.04",
        arch="x86_64",
        host="host",
        user="user",
        cpu_brand="Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz",
        cpu_name="cpu0",
        cpu_vendor_id="GenuineIntel",
        cpu_cores=2,
        total_memory_gb=8,
        cpu_flags=("sse2", "avx", "avx2", "erms"),
    )
    metadata = build_metadata(
        DEFAULT,
        where,
        system,
        executor="valgrind",
        run_part=RunPart(
            "7044765741",
            "benchmarks_3.2.2",
            "codspeed",
            {"someKey": "someValue", "anotherKey": "anotherValue"},
        ),
        run_parts_count=1,
        profile_md5="jp/k05RKuqP3ERQuIIvx4Q==",
        profile_encoding="gzip",
        tokenless=True,
        instruments=("MongoDB",),
    )
    assert run_hash(as_version(metadata, 10, "2.1.0")) == (
        "0afc09ee58a610d400aa6b3fbdddf628608ed2e11aed39585a50abe96e1c9284"
    )


def test_official_hash_of_a_local_run() -> None:
    """Source: src/upload/upload_metadata.rs@v5.0.2, test_get_local_metadata_hash."""
    where = dataclasses.replace(
        vectors.LOCAL,
        provider=RepositoryProvider.PROJECT,
        owner="GuillaumeLagrange",
        repository="local-runs",
        ref="a" * 40,
        commit_hash="a" * 40,
        repository_root_path="/home/guillaume/codspeed/runner/",
    )
    system = SystemInfo(
        os="nixos",
        os_version="25.11",
        arch="x86_64",
        host="badlands",
        user="guillaume",
        cpu_brand="11th Gen Intel(R) Core(TM) i5-11400H @ 2.70GHz",
        cpu_name="cpu0",
        cpu_vendor_id="GenuineIntel",
        cpu_cores=6,
        total_memory_gb=16,
        cpu_flags=("sse2", "avx", "avx2", "erms"),
    )
    metadata = build_metadata(
        DEFAULT,
        where,
        system,
        executor="valgrind",
        run_part=RunPart("e0878123-c467-4191-994b-8560d8a7424e", "valgrind", "local-job", {}),
        run_parts_count=1,
        profile_md5="tfC4VxYiYdJcTWpHpv4Ouw==",
        profile_encoding="gzip",
        tokenless=False,
    )
    assert run_hash(as_version(metadata, 10, "4.11.1")) == (
        "26c83ef306f189fe5b725043577dbc09a204bbd1c973dd7d1e974ff88235dd84"
    )


def keys(metadata: Metadata) -> tuple[list[str], list[str]]:
    body = json.loads(metadata_bytes(metadata))
    return list(body), list(body["runner"])


def test_keys_of_each_schema() -> None:
    v8, v9, v10 = (
        keys(vectors.vector_g(parse_runner_version(version)))
        for version in ("4.11.1", "4.12.0", "4.14.0")
    )
    assert "localData" not in v8[0]
    assert v9[0] == v10[0]
    assert v9[0][-3:] == ["glData", "localData", "repositoryRootPath"]
    assert [key for key in v9[0] if key != "localData"] == v8[0]
    assert v8[1] == v9[1] == v10[1][:-1]
    assert v10[1][-1] == "cpuFlags"


@pytest.mark.parametrize(
    ("version", "exclude", "written"),
    [("5.0.2", True, True), ("5.0.2", False, False), ("4.13.0", True, False)],
)
def test_excluded_allocations_are_written_where_true(
    version: str, exclude: bool, written: bool
) -> None:
    runner = keys(vectors.vector_f(parse_runner_version(version), exclude))[1]
    assert ("excludeAllocations" in runner) == written
    assert not written or runner[4] == "excludeAllocations"


def test_null_is_written() -> None:
    body = json.loads(metadata_bytes(vectors.vector_d()))
    nulls = [key for key, value in body.items() if value is None]
    assert nulls == [
        "profileEncoding",
        "runPart",
        "headRef",
        "baseRef",
        "sender",
        "ghData",
        "glData",
    ]


def test_local_data_is_null_in_a_ci() -> None:
    assert json.loads(metadata_bytes(vectors.vector_f()))["localData"] is None


def test_keys_of_a_part_are_sorted_and_its_values_keep_their_order() -> None:
    part = RunPart("1", "id", "job", {"é": {"b": 1.0, "a": -0.0}, "z": [1e16, None], "Z": True})
    metadata = [
        build_metadata(
            parse_runner_version(version),
            vectors.GITHUB,
            vectors.MACHINE,
            executor="memory",
            run_part=part,
            run_parts_count=1,
            profile_md5=vectors.HELLO_MD5,
            profile_encoding=None,
            tokenless=False,
        )
        for version in ("5.0.2", "4.16.2")
    ]
    expected = '"metadata":{"Z":true,"z":[1e%s16,null],"é":{"b":1.0,"a":-0.0}}'
    assert (expected % "+").encode() in metadata_bytes(metadata[0])
    assert (expected % "").encode() in metadata_bytes(metadata[1])


def test_what_was_written_can_be_read_back() -> None:
    for build in (vectors.vector_a, vectors.vector_f, vectors.vector_g):
        body = metadata_bytes(build())
        assert metadata_bytes(Metadata.model_validate_json(body)) == body


def test_wrong_types_are_refused() -> None:
    body = json.loads(metadata_bytes(vectors.vector_a()))
    for change in ({"tokenless": "no"}, {"event": "release"}, {"more": 1}, {"ref": None}):
        with pytest.raises(ValidationError):
            Metadata.model_validate_json(json.dumps({**body, **change}))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS, TEXTS, st.none() | TEXTS, st.dictionaries(TEXTS, st.integers(0, 9) | TEXTS))
def test_hash_is_that_of_the_value(
    ref: str, host: str, head_ref: str | None, metadata: dict[str, int | str]
) -> None:
    def body(members: list[tuple[str, int | str]]) -> bytes:
        return metadata_bytes(
            build_metadata(
                DEFAULT,
                dataclasses.replace(vectors.GITHUB, ref=ref, head_ref=head_ref),
                dataclasses.replace(vectors.MACHINE, host=host),
                executor="walltime",
                run_part=RunPart("1", "id", "job", dict(members)),
                run_parts_count=1,
                profile_md5=vectors.HELLO_MD5,
                profile_encoding=None,
                tokenless=True,
            )
        )

    written = body(list(metadata.items()))
    assert run_hash(written) == run_hash(body(list(metadata.items())[::-1]))
    # The hash in Python (spec: upload 4.4).
    again = json.dumps(json.loads(written), separators=(",", ":"), ensure_ascii=False)
    assert written == again.encode()
    assert json.loads(written)["ref"] == ref


def test_every_kind_and_event_has_its_text() -> None:
    assert [kind.value for kind in EnvironmentKind] == [
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "BUILDKITE",
        "LOCAL",
    ]
    assert [event.value for event in RunEvent] == [
        "push",
        "pull_request",
        "workflow_dispatch",
        "schedule",
        "local",
    ]
