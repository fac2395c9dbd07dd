"""The project's own pipelines run what README.md says, and pin whatever they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = (
    ".github/workflows/archives.yml",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    # For users to copy.
    "ci/archives.yml",
)
LINT = "python3 tools/lint/lint.py"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(read(name))["jobs"]
    return found


def steps(name: str) -> Iterator[str]:
    for job in jobs(name).values():
        yield from (step["run"] for step in job.get("steps", []) if "run" in step)


def readme_commands() -> list[str]:
    """Returns the commands that a newcomer types: those of README's first block."""
    (block, *_) = re.findall(r"^```\n(.*?)^```$", read("README.md"), re.M | re.S)
    commands = [line.partition("#")[0].strip() for line in block.splitlines()]
    assert len(commands) == 2
    return commands


def test_github_runs_the_two_commands_and_lint() -> None:
    assert {*readme_commands(), LINT} == set(steps(".github/workflows/ci.yml"))


def test_gitlab_runs_the_two_commands_lint_and_end_to_end_tests() -> None:
    pipeline = yaml.safe_load(read(".gitlab-ci.yml"))
    scripts = [job["script"] for job in pipeline.values() if "script" in job]
    commands = [command for script in scripts for command in script]
    assert {*readme_commands(), LINT} <= set(commands)
    (rest,) = set(commands) - {*readme_commands(), LINT}
    assert rest == ".ci/e2e"
    assert rest in read(".ci/run")


def test_pre_commit_runs_the_lint_of_ci() -> None:
    (repository,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    (hook,) = repository["hooks"]
    assert (repository["repo"], hook["language"], hook["entry"]) == ("local", "system", LINT)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_commit(name: str) -> None:
    used = re.findall(r"uses: (\S+)@(\S+)(.*)", read(name))
    assert used
    for action, commit, comment in used:
        assert re.fullmatch(r"[0-9a-f]{40}", commit), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
        # What users copy and what we run is one version.
        if action.startswith("actions/"):
            assert f"{action}@{commit}{comment}" in read("docs/ci.md")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_may_do_only_what_it_names(name: str) -> None:
    document = yaml.safe_load(read(name))
    assert document["permissions"] == {}
    # YAML 1.1 takes the word `on` for true.
    assert "pull_request_target" not in document[True]
    for job in document["jobs"].values():
        assert job["permissions"]
        for step in job.get("steps", []):
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"] == {"persist-credentials": False}


def test_no_expression_reaches_a_shell() -> None:
    assert [step for name in WORKFLOWS for step in steps(name) if "${{" in step] == []


def test_a_release_is_tested_before_it_is_published() -> None:
    commands = list(steps(".github/workflows/release.yml"))
    (archive,) = (c for c in commands if c.startswith("python3 tools/release/release.py --tag "))
    (publish,) = (c for c in commands if c.startswith("gh release create "))
    test = commands.index("./bazelw test //...")
    assert commands.index(archive) < test < commands.index(publish)


def test_releases_of_tools_are_looked_for_each_week() -> None:
    command = "//tools:update_archives -- --find"
    (ours,) = steps(".github/workflows/archives.yml")
    (theirs,) = steps("ci/archives.yml")
    assert ours == f"./bazelw run {command}"
    assert theirs == f"bazel run @rules_codspeed{command} --print"
    for name in (".github/workflows/archives.yml", "ci/archives.yml"):
        # YAML 1.1 takes the word `on` for true.
        (schedule,) = yaml.safe_load(read(name))[True]["schedule"]
        assert schedule["cron"].endswith("* * 1")
