from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.timestamps import encode_timestamps
from tests.collector.server import Server, serve, until
from tests.collector.uploads import TOKEN, Upload, plain, simulation, tar
from tests.publish.upload_vectors import vectors
from tests.results.profiles import CACHE_EVENTS, Cost, Function, ProfilePart, write_profile
from tests.results.walltime_documents import benchmark, document

_ARTIFACT = Path(__file__).parents[1] / "measure/memory/vectors/dup.MemtrackArtifact.msgpack"
_OVERVIEW = """
query SessionAndRepositoryOverview($owner: String!, $name: String!, $provider: RepositoryProvider) {
  session { user { login provider } }
  repositoryOverview(owner: $owner, name: $name, provider: $provider) {
    ... on Repository { owner name provider hasWriteAccess }
    ... on AvailableRepository { owner name provider hasWriteAccess }
  }
}
"""
_PROJECT = """
mutation Project($name: String!) {
  getOrCreateProjectRepository(name: $name) { provider owner name }
}
"""
_RUN = """
query LocalRun($owner: String!, $name: String!, $runId: String!) {
  repository(owner: $owner, name: $name) {
    run(id: $runId) {
      id status url
      results {
        benchmark { name executor }
        value
        issues { callgraphGenerationFailure }
        valgrind { timeDistribution { ir l1m llm sys } }
        walltime { iterations stdev totalTime }
        memory { peakMemory totalAllocated allocCalls }
      }
    }
  }
}
"""


def _ask(server: Server, document: str, **variables: str | None) -> dict[str, Any]:
    request = {"query": document, "variables": variables or None}
    answer = server.client.post("/graphql", json=request, headers={"Authorization": TOKEN})
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()
    return body


def _run(server: Server, run_id: str) -> dict[str, Any]:
    answer = _ask(server, _RUN, owner="acme", name="widgets", runId=run_id)
    run: dict[str, Any] = answer["data"]["repository"]["run"]
    return run


def _profile(trigger: str, costs: tuple[int, ...], events: tuple[str, ...]) -> ProfilePart:
    return ProfilePart(trigger, events, (Function("a", "a.c", "main", (Cost(1, costs),)),))


def test_repositories_are_all_known(shared: Server) -> None:
    answer = _ask(shared, _OVERVIEW, owner="Acme", name="widgets", provider="GITLAB")
    assert answer["data"] == {
        "session": {"user": {"login": "local", "provider": "GITHUB"}},
        "repositoryOverview": {
            "owner": "Acme",
            "name": "widgets",
            "provider": "GITLAB",
            "hasWriteAccess": True,
        },
    }


def test_projects_are_made(shared: Server) -> None:
    project = _ask(shared, _PROJECT, name="local-runs")["data"]["getOrCreateProjectRepository"]
    assert project == {"provider": "PROJECT", "owner": "local", "name": "local-runs"}


def test_a_simulation_is_processed_and_returned(shared: Server) -> None:
    parts = [
        _profile("Client Request: Metadata: hooks 1.0", (0,) * 9, CACHE_EVENTS),
        _profile("Client Request: bench.py::first", (1000, 0, 0, 1, 2, 3, 1, 1, 0), CACHE_EVENTS),
        _profile("Client Request: bench.py::second", (500, *[0] * 8), CACHE_EVENTS),
        _profile("Program termination", (0,) * 9, CACHE_EVENTS),
    ]
    bare = [_profile("Client Request: other::third", (7,), ("Ir",))]
    upload = simulation(
        {
            "1.out": write_profile(parts),
            "2.out": write_profile(bare),
            "3.out": b"",
            "perf-1.map": b"0",
        },
    )
    assert upload.announce(shared.client).status_code == 200
    assert _run(shared, upload.run_id)["status"] == "PENDING"
    assert upload.put(shared.client).status_code == 200
    first = _run(shared, upload.run_id)
    assert (first["status"], first["results"]) == ("PROCESSING", [])
    until(lambda: _run(shared, upload.run_id)["status"] != "PROCESSING")
    run = _run(shared, upload.run_id)
    assert (run["id"], run["status"]) == (upload.run_id, "COMPLETED")
    assert run["url"] == f"{shared.url}/runs/{upload.run_id}"
    names = [result["benchmark"]["name"] for result in run["results"]]
    assert names == ["bench.py::first", "bench.py::second", "other::third"]
    assert {result["benchmark"]["executor"] for result in run["results"]} == {"valgrind"}
    # 1000 instructions, 6 misses of the first cache and 2 of the last, in nanoseconds.
    first_result, second_result, third_result = run["results"]
    assert first_result["value"] == pytest.approx(1.26e-6)
    assert first_result["valgrind"]["timeDistribution"] == pytest.approx(
        {"ir": 1e-6, "l1m": 6e-8, "llm": 2e-7, "sys": 0}
    )
    assert second_result["value"] == pytest.approx(5e-7)
    assert third_result["value"] == pytest.approx(7e-9)


def test_a_run_waits_for_all_its_parts(server: Server) -> None:
    parts = [plain(tar({"a": bytes([part])}), part) for part in (0, 1)]
    assert parts[0].put(server.client).status_code == 200
    assert _run(server, parts[0].run_id)["status"] == "PENDING"
    assert parts[1].put(server.client).status_code == 200
    for part in parts:
        assert _processed(server, part)["status"] == "COMPLETED"


def _processed(server: Server, upload: Upload) -> dict[str, Any]:
    """Returns a run after its processing."""
    until(lambda: _run(server, upload.run_id)["status"] != "PROCESSING")
    return _run(server, upload.run_id)


def test_walltime_is_processed_and_returned(server: Server) -> None:
    first = document(benchmark("a.py::x"), benchmark("exec_harness::y", min_ns=2.5e9))
    files = {
        "perf.pipedata": b"PERFILE2",
        "results/2.json": json.dumps(document(benchmark("z"))).encode(),
        "results/1.json": json.dumps(first).encode(),
        "results/notes.txt": b"{",
        "sub/results/3.json": b"{",
        "walltime.metadata": b"{",
    }
    upload = plain(tar(files), part=0, count=1)
    assert upload.put(server.client).status_code == 200
    run = _processed(server, upload)
    assert run["status"] == "COMPLETED"
    assert [one["benchmark"] for one in run["results"]] == [
        {"name": name, "executor": "walltime"} for name in ("z", "a.py::x", "exec_harness::y")
    ]
    one, other = run["results"][1:]
    assert one["valgrind"] is one["memory"] is one["issues"] is None
    assert one["value"] == pytest.approx(100e-9)
    assert one["walltime"] == pytest.approx(
        {"iterations": 50, "stdev": 192.35384061671346e-9, "totalTime": 1.6e-05}
    )
    assert other["value"] == pytest.approx(2.5)


def _memory_archive(**changes: bytes) -> bytes:
    times = encode_timestamps([(8000, "a.cc::x")], [("SampleStart", 4000), ("SampleEnd", 7000)])
    files = {
        "results/1.MemtrackArtifact.msgpack": _ARTIFACT.read_bytes(),
        "results/ExecutionTimestamps.msgpack": times,
    }
    return tar({**files, **{f"results/{name}": content for name, content in changes.items()}})


def _memory_upload(archive: bytes) -> Upload:
    runner = json.loads(vectors()["G"][0])["runner"]
    return plain(archive, part=0, count=1, runner={**runner, "executor": "memory"})


def test_memory_is_processed_and_returned(server: Server) -> None:
    upload = _memory_upload(_memory_archive())
    assert upload.put(server.client).status_code == 200
    run = _processed(server, upload)
    assert run["status"] == "COMPLETED"
    (one,) = run["results"]
    assert one["benchmark"] == {"name": "a.cc::x", "executor": "memory"}
    # (spec: memory 8)
    assert one["memory"] == {"peakMemory": "562", "totalAllocated": "826", "allocCalls": "4"}
    assert one["value"] == 562
    assert one["valgrind"] is one["walltime"] is one["issues"] is None


@pytest.mark.parametrize("name", ["1.MemtrackArtifact.msgpack", "ExecutionTimestamps.msgpack"])
@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x28\xb5\x2f\xfd", b"\x91" * 1000])
def test_damaged_memory_fails_the_run(server: Server, name: str, content: bytes) -> None:
    upload = _memory_upload(_memory_archive(**{name: content}))
    assert upload.put(server.client).status_code == 200
    assert _processed(server, upload)["status"] == "FAILURE"


def test_a_run_has_results_of_all_its_parts(server: Server) -> None:
    parts = [
        plain(tar({"results/1.json": json.dumps(document(benchmark(name))).encode()}), part, 3)
        for part, name in enumerate(["a", "b"])
    ]
    parts.append(plain(tar({"runner.log": b"no results"}), part=2, count=3))
    for part in parts:
        assert part.put(server.client).status_code == 200
    names = [one["benchmark"]["name"] for one in _processed(server, parts[2])["results"]]
    assert names == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        json.dumps(document(benchmark("a", min_ns=float("nan")))).encode(),
        b"\xff",
    ],
)
def test_damaged_walltime_fails_the_run(server: Server, content: bytes) -> None:
    upload = plain(tar({"results/1.json": content}), part=0, count=1)
    assert upload.put(server.client).status_code == 200
    assert _processed(server, upload)["status"] == "FAILURE"


def test_damaged_profiles_fail_the_run(shared: Server) -> None:
    upload = simulation({"1.out": b"# callgrind format\npart: 1\n"}, run="damaged")
    assert upload.put(shared.client).status_code == 200
    assert _processed(shared, upload)["status"] == "FAILURE"


def _code(answer: dict[str, Any]) -> str:
    assert answer["data"] is None
    return str(answer["errors"][0]["extensions"]["code"])


def test_errors_have_codes(shared: Server) -> None:
    upload = simulation({}, run="known")
    assert upload.put(shared.client).status_code == 200
    variables = {"owner": "acme", "name": "widgets", "runId": upload.run_id}
    assert _code(_ask(shared, _RUN, **{**variables, "runId": "none"})) == "RUN_NOT_FOUND"
    assert _code(_ask(shared, _RUN, **{**variables, "owner": "other"})) == "RUN_NOT_FOUND"
    assert _code(_ask(shared, _RUN, owner="acme")) == "BAD_USER_INPUT"
    assert _code(_ask(shared, "{ unknown }")) == "GRAPHQL_VALIDATION_FAILED"
    assert _code(_ask(shared, "{ session { user { email } } }")) == "GRAPHQL_VALIDATION_FAILED"
    without = shared.client.post("/graphql", json={"query": "{ session { user { login } } }"})
    assert without.status_code == 200
    assert _code(without.json()) == "UNAUTHENTICATED"


def test_a_wrong_token_is_reported_by_its_code(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("another")
    with serve(tmp_path / "data", "--token-file", token) as server:
        assert _code(_ask(server, "{ session { user { login } } }")) == "UNAUTHENTICATED"


@settings(max_examples=40)
@given(st.binary(max_size=100) | st.text(max_size=50).map(lambda text: text.encode()))
def test_garbage_is_refused(shared: Server, body: bytes) -> None:
    headers = {"Authorization": TOKEN}
    answer = shared.client.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 400
    assert _code(answer.json()) == "BAD_REQUEST"
