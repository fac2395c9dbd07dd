"""The command publishes: as a process, to a collector that checks every byte of the protocol."""

from __future__ import annotations

import hashlib
import json
import random
import tarfile
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.publish.runner_version import DEFAULT
from tests.collector import server as collectors
from tests.command.commands import PROFILE, TOKEN, Command, answer, fault, stored, upload_url
from tests.publish.environments import NAMES
from tests.publish.loopback import Reply, serve


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("github")])
def test_ci_with_a_token(command: Command, collector: collectors.Server, name: str) -> None:
    command.on(name, CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "Performance data uploaded" in output
    (metadata,) = stored(collector)
    assert metadata["commitHash"] == command.head
    assert (metadata["tokenless"], metadata["version"]) == (False, 10)
    assert (metadata["runner"]["version"], metadata["runner"]["executor"]) == (
        DEFAULT.version,
        "valgrind",
    )
    assert command.kept() == []


@pytest.mark.parametrize(
    "name", ["github_push", "github_pull_request", "github_schedule", "github_workflow_dispatch"]
)
def test_github_by_oidc(
    command: Command, collector: collectors.Server, name: str, tmp_path: Path
) -> None:
    answer = json.dumps({"count": 1, "value": TOKEN}).encode()
    summary = tmp_path / "summary.md"
    with serve(Reply(body=answer), Reply(body=answer)) as github:
        url = f"{github.url}/token?api-version=2.0"
        command.on(name, ACTIONS_ID_TOKEN_REQUEST_URL=url, GITHUB_STEP_SUMMARY=str(summary))
        output, _ = command.run(upload_url(collector))
        assert {one.path for one in github.requests} == {
            "/token?api-version=2.0&audience=codspeed.io"
        }
    assert "::group::Uploading results\n" in output
    (metadata,) = stored(collector)
    assert metadata["tokenless"] is False
    assert metadata["ghData"]["runId"] == command.variables["GITHUB_RUN_ID"]
    assert "1,234,567" in summary.read_text()


def test_fork_goes_without_a_token(command: Command, collector: collectors.Server) -> None:
    command.on("github_fork_pull_request")
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        command.variables.pop(name, None)
    output, _ = command.run(upload_url(collector))
    (file,) = (collector.data / "metadata").glob("*.json")
    body = file.read_bytes()
    assert json.loads(body)["tokenless"] is True
    assert f'\nCodSpeed Run Hash: "{hashlib.sha256(body).hexdigest()}"\n' in output


def test_jobs_of_a_matrix_and_uploads_of_a_job(
    command: Command, collector: collectors.Server
) -> None:
    command.on("github_matrix", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    command.run(upload_url(collector))
    strategy = '{"fail-fast":true,"job-index":0,"job-total":2,"max-parallel":2}'
    command.variables |= {"GH_STRATEGY": strategy, "GH_MATRIX": '{"python":"3.12","shard":0}'}
    command.run(upload_url(collector))
    parts = [metadata["runPart"] for metadata in stored(collector)]
    assert {part["runId"] for part in parts} == {"9876543210"}
    jobs = [
        f'{{"python":"3.12","shard":{number}}}-{{"job-total":2,"job-index":{number}}}'
        for number in (1, 0)
    ]
    assert [part["runPartId"] for part in parts] == [
        f'bench-{job}-{{"executor":"valgrind","run-index":{index}}}'
        for job, index in [(jobs[0], 0), (jobs[0], 1), (jobs[1], 0)]
    ]


def test_two_executors_make_two_parts(command: Command, collector: collectors.Server) -> None:
    command.suite(modes={"//:y": "walltime"})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "Uploading results 1/2" in output
    first, second = stored(collector)
    executors = [one["runner"]["executor"] for one in (first, second)]
    assert executors == ["valgrind", "walltime"]
    assert (first["profileEncoding"], second["profileEncoding"]) == ("gzip", None)
    assert second["runPart"]["metadata"]["run-part-index"] == 1


@pytest.mark.parametrize(("version", "schema"), [("4.11.0", 8), ("4.13.0", 9), ("v5.0.2", 10)])
def test_speaks_as_another_runner(
    command: Command, collector: collectors.Server, version: str, schema: int
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector), f"--runner-version={version}")
    (metadata,) = stored(collector)
    assert (metadata["version"], metadata["runner"]["version"]) == (schema, version.strip("v"))


def test_workspace_in_a_folder_of_the_checkout(
    command: Command, collector: collectors.Server
) -> None:
    command.workspace = command.checkout / "sub" / "dir"
    command.workspace.mkdir(parents=True)
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    (metadata,) = stored(collector)
    assert metadata["repositoryRootPath"] == f"{command.checkout}/"
    (file,) = (collector.data / "archives").iterdir()
    with tarfile.open(file) as archive:
        profile = archive.extractfile("1.out")
        assert profile
        assert b"Client Request: sub/dir/b/x.cc::f\n" in profile.read()


def test_local_run_shows_what_came_of_it(command: Command, collector: collectors.Server) -> None:
    command.variables = {"CODSPEED_TOKEN": TOKEN, "CODSPEED_API_URL": f"{collector.url}/graphql"}
    output, errors = command.run(upload_url(collector))
    assert "2 benchmarks" in output
    assert "Performance data uploaded" in errors
    assert "View full report:" in errors
    (metadata,) = stored(collector)
    assert (metadata["runEnvironment"], metadata["owner"]) == ("LOCAL", "acme")
    events, errors = command.run(upload_url(collector), "--message-format=json")
    lines = [json.loads(line) for line in events.splitlines()]
    assert lines[0]["event"] == "run_finished"
    assert "b/x.cc::f" in {line.get("name") for line in lines}


def test_local_run_of_a_project(command: Command, collector: collectors.Server) -> None:
    command.variables = {"CODSPEED_TOKEN": TOKEN, "CODSPEED_API_URL": f"{collector.url}/graphql"}
    command.run(upload_url(collector), "--project=experiments")
    (metadata,) = stored(collector)
    assert (metadata["repositoryProvider"], metadata["repository"]) == ("PROJECT", "experiments")


def test_token_of_standard_input_and_of_a_file(
    command: Command, collector: collectors.Server, tmp_path: Path
) -> None:
    command.on("buildkite_push")
    output, _ = command.run(upload_url(collector), status=1)
    assert "Token authentication is required for Buildkite" in output
    command.run(upload_url(collector), "--token-stdin", typed=f"{TOKEN}\n")
    assert len(stored(collector)) == 1
    (tmp_path / "token").write_text(TOKEN)
    output, _ = command.run(upload_url(collector), "--token-file=token")
    assert "Performance data uploaded" in output
    assert "no token in standard input" in command.run("--token-stdin", status=1)[0]
    assert "--token-file /none" in command.run("--token-file=/none", status=1)[0]


def test_on_a_persons_machine_nothing_is_published_without_a_token(command: Command) -> None:
    output, errors = command.run("--upload-url=http://127.0.0.1:9/upload")
    assert ("2 benchmarks" in output, errors) == (True, "")
    command.variables = {"CODSPEED_TOKEN": TOKEN}
    for skip in (["--skip-upload"], []):
        command.variables["CODSPEED_SKIP_UPLOAD"] = "false" if skip else "true"
        assert command.run("--upload-url=http://127.0.0.1:9/upload", *skip)[1] == ""


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("POST", answer(503, "later")),
        ("POST", answer(429, "later")),
        ("PUT", answer(500, "later")),
        ("PUT", {"kind": "reset", "after_bytes": 1_000_000}),
        ("PUT", {"kind": "reset"}),
    ],
)
def test_faults_that_pass(
    command: Command, collector: collectors.Server, method: str, action: dict[str, Any]
) -> None:
    # Large enough to be sent in many pieces, compressed too.
    noise = random.Random(1).randbytes(2_000_000).hex()
    command.suite(profile=PROFILE + f"# {noise}\n")
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, method, action)
    command.run(upload_url(collector))
    assert len(stored(collector)) == 1


def test_project_configuration_is_read(command: Command) -> None:
    (command.checkout / "codspeed.yaml").write_text("options:\n  max-tme: 1s\nbenchmark: []\n")
    output, errors = command.run()
    assert "options.max-tme" in errors
    assert "Did you mean `max-time`?" in errors
    assert "2 benchmarks" in output
