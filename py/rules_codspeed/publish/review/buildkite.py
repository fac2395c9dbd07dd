"""Annotations of a build on Buildkite, by its agent: `buildkite-agent annotate`."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from rules_codspeed.contract.errors import last_lines
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.review import Desk, Host, Review
from rules_codspeed.publish.review.variables import is_ci

LARGEST = 1 << 20
"""Bytes of an annotation."""

_PATIENCE = 60  # seconds
_AGENT = "buildkite-agent"


def _comment(desk: Desk, review: Review) -> str:
    # The agent has its own token, in variables that it set itself. One context has one annotation.
    context = f"codspeed-{review.key(desk.variables.get('BUILDKITE_STEP_KEY', ''))}"
    style = "success" if review.passed else "error"
    try:
        done = subprocess.run(
            [_AGENT, "annotate", "--style", style, "--context", context],
            input=review.text(LARGEST).encode(),
            capture_output=True,
            env=dict(desk.variables),
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(str(error) if isinstance(error, OSError) else "no end in time") from error
    if done.returncode:
        shown = " ".join(last_lines(done.stderr)) or "nothing printed"
        raise _refused(f"status {done.returncode}: {shown}")
    return "The annotation of the build is up to date."


def _refused(got: str) -> PublishError:
    return PublishError(
        f"'{_AGENT} annotate' failed",
        got=got,
        expected="the annotation of the build",
        fix=f"let the job find the program {_AGENT}, also in a container",
    )


def _job_url(variables: Mapping[str, str]) -> str:
    build, job = variables.get("BUILDKITE_BUILD_URL", ""), variables.get("BUILDKITE_JOB_ID", "")
    return f"{build}#{job}" if build and job else build


BUILDKITE = Host(
    "Buildkite",
    is_here=is_ci(EnvironmentKind.BUILDKITE),
    obstacle=lambda variables: "",
    job_url=_job_url,
    comment=_comment,
)
