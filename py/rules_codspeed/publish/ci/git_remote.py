"""Addresses of git remotes (spec: upload-environment 6.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules_codspeed.publish.ci.repository import Repository, RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.text import excerpt

_REMOTE = re.compile(
    r"(?P<domain>[^/@.]+\.\w+)[:/](?P<owner>[^/]+)/(?P<repository>[^/]+?)(?:\.git)?/?\Z"
)
_LONGEST = 4096  # characters; the time to search grows by their square
_LOGIN = re.compile(r"(?<=://).*@", re.DOTALL)
_PROVIDERS = {"github.com": RepositoryProvider.GITHUB, "gitlab.com": RepositoryProvider.GITLAB}


@dataclass(frozen=True, slots=True)
class GitRemote:
    """The last two labels of the host's name, the owner, and the repository's name."""

    domain: str
    owner: str
    repository: str


def parse_git_remote(url: str) -> GitRemote:
    """Returns the parts of an address such as `git@github.com:owner/repository.git`.

    Raises:
      PublishError: it has another form, as nested groups of GitLab have.
    """
    match = _REMOTE.search(url) if len(url) <= _LONGEST else None
    if not match:
        raise PublishError(
            "Could not extract owner and repository from remote url: "
            f"{excerpt(_without_login(url))}",
            fix="set an address such as https://github.com/owner/repository, by "
            "'git remote set-url origin ADDRESS'",
        )
    return GitRemote(match["domain"], match["owner"], match["repository"])


def parse_repository_remote(url: str) -> Repository:
    """Returns the repository that an address names.

    Raises:
      PublishError: it has another form, or another host than CodSpeed knows.
    """
    remote = parse_git_remote(url)
    if remote.domain not in _PROVIDERS:
        raise PublishError(
            f"Repository provider {excerpt(remote.domain)} is not supported by CodSpeed",
            fix="name a repository on GitHub or GitLab with --repository, or skip publishing with "
            "--skip-upload",
        )
    return Repository(_PROVIDERS[remote.domain], remote.owner, remote.repository)


def _without_login(url: str) -> str:
    """Returns the address without user and password, as CI systems write tokens there."""
    return _LOGIN.sub("***@", url)
