"""Annotations of Buildkite, by a program in the place of its agent."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rules_codspeed.publish.ci.buildkite import BuildkiteDialect
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.buildkite import BUILDKITE, LARGEST
from rules_codspeed.publish.review.review import Desk, Review
from tests.publish.loopback import connect

AGENT = """#!/bin/sh
echo "$@" > "$RECORD.arguments"
cat > "$RECORD.body"
{}
"""


def annotate(tmp_path: Path, agent: str | None, passed: bool = True) -> str:
    if agent is not None:
        program = tmp_path / "buildkite-agent"
        program.write_text(AGENT.format(agent))
        program.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin" if agent is not None else str(tmp_path)
    variables = {"PATH": path, "RECORD": str(tmp_path / "record"), "BUILDKITE": "true"}
    log = Logger(BuildkiteDialect(), io.StringIO())
    with connect() as client:
        review = Review("//:suite", passed, "fine", lambda largest: f"up to {largest}\n")
        return BUILDKITE.comment(Desk(variables, client, log), review)


@pytest.mark.parametrize(("passed", "style"), [(True, "success"), (False, "error")])
def test_annotates_the_build(tmp_path: Path, passed: bool, style: str) -> None:
    assert annotate(tmp_path, "exit 0", passed) == "The annotation of the build is up to date."
    assert (tmp_path / "record.body").read_text() == f"up to {LARGEST}\n"
    arguments = (tmp_path / "record.arguments").read_text().split()
    assert arguments[:3] == ["annotate", "--style", style]
    assert arguments[3] == "--context"
    assert arguments[4].startswith("codspeed-")


def test_what_the_agent_prints_is_shown(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="status 1: no access token"):
        annotate(tmp_path, "echo no access token >&2; exit 1")


def test_no_agent(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="let the job find the program buildkite-agent"):
        annotate(tmp_path, None)
