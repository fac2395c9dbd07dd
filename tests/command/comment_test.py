"""`--comment`: the command as a process, in recorded environments, against a server of comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.commands import Command
from tests.publish.forge import TOKEN, Fault, Forge, sections_of, serve_forge


@pytest.fixture
def forge() -> Iterator[Forge]:
    with serve_forge() as server:
        yield server


def measured_before(command: Command) -> str:
    """Keeps a run whose instructions differ from those of the suite; returns its file."""
    output, _ = command.run("--format=json", "--skip-upload")
    file = command.folder / "before.json"
    file.write_text(output.replace('"Ir": 1234567', '"Ir": 1000000'))
    return f"--compare={file}"


def on_github(forge: Forge) -> dict[str, str]:
    """Returns the variables of a job whose GitHub is this one."""
    return {
        "GITHUB_API_URL": forge.url,
        "GITHUB_GRAPHQL_URL": f"{forge.url}/graphql",
        "GITHUB_TOKEN": TOKEN,
    }


def test_comment_and_status_on_github(command: Command, forge: Forge, tmp_path: Path) -> None:
    compare = measured_before(command)
    command.on("github_pull_request", **on_github(forge))
    for _ in range(2):
        output, errors = command.run(
            "--skip-upload", "--comment", compare, "--report-url=https://pages.example/r"
        )
        assert "The comment on the change is up to date.\n" in output
        assert TOKEN not in output + errors
    (body,) = forge.bodies
    (text,) = sections_of(body)
    assert "**2 slower**" in text
    assert "[Report](https://pages.example/r)" in text
    assert "https://github.example/acme/widgets/actions/runs/9876543209" in text
    assert f"measured at {command.head[:12]}" in text
    # The run before is in the history by now.
    assert "+23.46 % ▄" in text
    commit, status = forge.statuses[-1]
    assert (commit, status["state"], status["description"]) == ("2" * 40, "failure", "2 slower")


def test_what_is_refused_is_a_warning(command: Command, forge: Forge) -> None:
    command.on("github_pull_request", **on_github(forge))
    forge.faults.append(Fault("GET", 403, {"message": "Resource not accessible"}))
    output, _ = command.run("--skip-upload", "--comment")
    assert "::warning::No comment on GitHub: GitHub refuses GET /repos/acme/widgets" in output
    assert "'pull-requests: write'" in output
    # The status needs another permission.
    assert [status["state"] for _, status in forge.statuses] == ["success"]


def test_a_fork_gets_the_summary_and_is_told_why(
    command: Command, forge: Forge, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    command.on(
        "github_fork_pull_request",
        **on_github(forge),
        GITHUB_STEP_SUMMARY=str(summary),
    )
    output, _ = command.run("--skip-upload", "--comment")
    assert "::warning::GitHub gets no comment and no status: the pull request comes from" in output
    assert "Not compared with anything." in summary.read_text()
    assert forge.requests == []


def test_nothing_to_comment_on(command: Command) -> None:
    _, errors = command.run("--comment", status=1)
    assert "--comment has nothing to comment on" in errors
    assert "a job of Buildkite, GitHub, GitLab" in errors
