"""Where a publisher may run: the facts that several steps need of each CI provider.

Source: (spec: upload-environment 6). How a provider is read is in `publish/ci`, one file each.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, NamedTuple


class EnvironmentKind(str, Enum):
    """Who runs the publisher, as `runEnvironment` of the run metadata."""

    GITHUB_ACTIONS = "GITHUB_ACTIONS"
    GITLAB_CI = "GITLAB_CI"
    BUILDKITE = "BUILDKITE"
    LOCAL = "LOCAL"


RunEnvironmentName = Literal["GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "LOCAL"]
"""The same as text, for models that read it without conversion."""


class Ci(NamedTuple):
    """A CI provider.

    Attributes:
      kind: what the run metadata calls it.
      name: what people call it.
      variable: environment variable that it sets to exactly `true`.
      base_branch: environment variable with the branch that a change is to be merged into.
      hosts: who may host the repository, as `repositoryProvider` of the run metadata.
    """

    kind: EnvironmentKind
    name: str
    variable: str
    base_branch: str
    hosts: frozenset[str]


CIS = (
    Ci(
        EnvironmentKind.BUILDKITE,
        "Buildkite",
        variable="BUILDKITE",
        base_branch="BUILDKITE_PULL_REQUEST_BASE_BRANCH",
        hosts=frozenset({"GITHUB"}),
    ),
    Ci(
        EnvironmentKind.GITHUB_ACTIONS,
        "Github Actions",
        variable="GITHUB_ACTIONS",
        base_branch="GITHUB_BASE_REF",
        hosts=frozenset({"GITHUB"}),
    ),
    Ci(
        EnvironmentKind.GITLAB_CI,
        "GitLab CI",
        variable="GITLAB_CI",
        base_branch="CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        hosts=frozenset({"GITLAB"}),
    ),
)
"""In the order in which they are looked for; the first one counts."""

LOCAL_HOSTS = frozenset({"GITHUB", "GITLAB", "PROJECT"})
"""Who may host the repository of a local run."""
