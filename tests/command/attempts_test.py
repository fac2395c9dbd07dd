"""A job that runs again, and two jobs of one id: the command, and a collector of one's own."""

from __future__ import annotations

import shutil

from tests.collector import server as collectors
from tests.command.commands import PROFILE, TOKEN, Command, upload_url


def anew(command: Command, profile: str) -> None:
    """Measures on another machine: a fresh checkout, and other numbers or benchmarks."""
    shutil.rmtree(command.checkout / ".codspeed")
    command.suite(profile=profile)


def states(collector: collectors.Server) -> list[str]:
    runs = collector.client.get("/runs").json()
    return [run["state"] for run in sorted(runs, key=lambda run: float(run["created_at"]))]


def test_job_that_runs_again_is_the_later_attempt(
    command: Command, collector: collectors.Server
) -> None:
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    anew(command, PROFILE.replace("1000", "2000"))
    command.variables["GITHUB_RUN_ATTEMPT"] = "2"
    command.run(upload_url(collector))
    assert states(collector) == ["superseded", "complete"]
    assert command.kept() == []


def test_other_job_of_the_same_id_gets_the_cause(
    command: Command, collector: collectors.Server
) -> None:
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    anew(command, PROFILE.replace("b/x.cc::f", "network/socket.cc::send"))
    output, errors = command.run(upload_url(collector), status=1)
    assert "409 Conflict%0A  -> Reason: the run part" in output
    assert "has the same run part. Fix: give each job an id of its own" in output
    assert "--resume" not in output + errors
    (bundle,) = command.kept()
    assert f"What was to be uploaded is in {bundle}." in output
    assert states(collector) == ["complete", "refused"]
