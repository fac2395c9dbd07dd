"""The CI files of docs/ci.md: each is YAML, and has what publishing needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.command.options import parse_options
from rules_codspeed.publish.yaml_file import parse_yaml

TEXT = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", TEXT, re.M | re.S)
WORKFLOWS = [block for path, block in BLOCKS if path.startswith(".github/workflows/")]

# Inputs of CodSpeed's Action, also those newer than 5.0.3 (spec: cli-and-config 14.1).
INPUTS = [
    *("run", "mode", "token", "working-directory", "upload-url", "runner-version"),
    *("instruments", "mongo-uri-env-name", "cache-instruments", "instruments-cache-dir"),
    *("allow-empty", "go-runner-version", "cycle-estimation", "exclude-allocations"),
    *("simulation-track-subprocesses", "experimental-memory-track-physical"),
    *("config", "skip-hash-check-warning"),
]
# The first was looked up, as the runner's sources have none (spec: pins 10).
PINNED = {
    "actions/checkout": "08c6903cd8c0fde910a37f88322edcfb5dd907a8",
    "actions/cache": "668228422ae6a00e4ad889ee87cd7109ec5666a7",
}


def parse(block: str) -> Any:
    return parse_yaml(block.encode())


def block_of(path: str) -> Any:
    (block,) = (block for name, block in BLOCKS if name == path)
    return parse(block)


def job_of(workflow: str) -> Any:
    (job,) = parse(workflow)["jobs"].values()
    return job


def published_by(job: Any) -> Any:
    """Returns the one step that runs the suite."""
    (step,) = (step for step in job["steps"] if step.get("run", "").startswith("bazel run "))
    return step


def test_every_block_is_a_named_file() -> None:
    assert [path for path, _ in BLOCKS] == [
        *[".github/workflows/codspeed.yml"] * 3,
        ".gitlab-ci.yml",
        ".buildkite/pipeline.yml",
    ]
    assert TEXT.count("```") == 2 * len(BLOCKS), "no block escapes the tests"


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_github_events_and_permissions(workflow: str) -> None:
    document = parse(workflow)
    assert set(document["on"]) == {"push", "pull_request", "workflow_dispatch"}
    assert document["permissions"] == {}
    assert job_of(workflow)["permissions"] == {"contents": "read", "id-token": "write"}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_github_actions_are_pinned(workflow: str) -> None:
    uses = re.findall(r"uses: (\S+)@(\S+) # v\d+\.\d+\.\d+$", workflow, re.M)
    assert len(uses) == workflow.count("uses:")
    assert all(PINNED[action] == commit for action, commit in uses)
    checkout = job_of(workflow)["steps"][0]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"] == {"persist-credentials": False}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_github_command(workflow: str) -> None:
    job = job_of(workflow)
    command = published_by(job)["run"]
    assert command.endswith("//:bench_codspeed") or "strategy" in job
    # Text from outside would be run if it stood in a script.
    assert not any("${{" in step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_github_jobs_have_no_token_of_their_own(workflow: str) -> None:
    assert "CODSPEED_TOKEN" not in workflow


def test_matrix_jobs_name_their_part() -> None:
    (workflow,) = (one for one in WORKFLOWS if "strategy:" in one)
    job = job_of(workflow)
    assert job["strategy"]["matrix"] == {
        "suite": ["//parser:bench_codspeed", "//network:bench_codspeed"]
    }
    step = published_by(job)
    assert step["run"] == 'bazel run "$SUITE"'
    assert step["env"] == {
        "SUITE": "${{ matrix.suite }}",
        "GH_MATRIX": "${{ toJson(matrix) }}",
        "GH_STRATEGY": "${{ toJson(strategy) }}",
    }


def test_remote_cache_is_secret_keyed_and_read_only_for_pull_requests() -> None:
    (workflow,) = (one for one in WORKFLOWS if "remote_cache" in one)
    _, cache, publish = job_of(workflow)["steps"]
    assert "secrets." not in str(publish)
    script = cache["run"]
    assert cache["env"]["CACHE_HEADER"] == "${{ secrets.BAZEL_CACHE_HEADER }}"
    assert script.startswith('if [ -n "$CACHE_HEADER" ]; then')
    assert "rules/settings:host_key=" in script
    assert '[ "$GITHUB_EVENT_NAME" = push ] || echo "build --noremote_upload' in script


def test_gitlab() -> None:
    (job,) = block_of(".gitlab-ci.yml").values()
    assert job["id_tokens"] == {"CODSPEED_TOKEN": {"aud": "codspeed.io"}}
    (command,) = job["script"]
    assert command.startswith("bazel run ")
    assert command.endswith(" //:bench_codspeed")
    assert {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'} in job["rules"]


def test_buildkite() -> None:
    (step,) = block_of(".buildkite/pipeline.yml")["steps"]
    secret, command = step["command"].split(" | ")
    assert secret == "buildkite-agent secret get CODSPEED_TOKEN"
    assert command == "bazel run //:bench_codspeed -- --token-stdin"
    # Buildkite would insert values when the pipeline is uploaded.
    assert "$" not in str(step)


def test_every_input_of_the_action_is_described() -> None:
    table = TEXT.partition("| input | instead |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [re.fullmatch(r"\| `([a-z-]+)` \| (.+) \|", row) for row in table.splitlines()]
    assert [row and row[1] for row in rows] == INPUTS


def test_every_option_exists(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--help"], {})
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    shown = set(re.findall(r" -- (--[a-z-]+)|`-- (--[a-z-]+)", TEXT))
    assert {one or other for one, other in shown} <= known
    assert len(shown) > 8
