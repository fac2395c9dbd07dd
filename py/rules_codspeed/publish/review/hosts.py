"""The services where changes are reviewed, and the one that a job belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from rules_codspeed.publish.review.buildkite import BUILDKITE
from rules_codspeed.publish.review.github import GITHUB
from rules_codspeed.publish.review.gitlab import GITLAB
from rules_codspeed.publish.review.review import Host

HOSTS = (BUILDKITE, GITHUB, GITLAB)
"""In the order in which they are looked for; the first one counts."""


def host_of(variables: Mapping[str, str]) -> Host | None:
    """Returns the service of a job; None where it is none of ours, or no CI."""
    return next((one for one in HOSTS if one.is_here(variables)), None)
