"""The repository on CodSpeed that a run belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rules_codspeed.publish.errors import PublishError


class RepositoryProvider(str, Enum):
    """The host of a repository, as `repositoryProvider` of the run metadata."""

    GITHUB = "GITHUB"
    GITLAB = "GITLAB"
    PROJECT = "PROJECT"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: its host, its owner, its name without the owner; both names case-sensitive."""

    provider: RepositoryProvider
    owner: str
    name: str


# Values of --provider (spec: cli-and-config 3).
_PROVIDERS = {
    "github": RepositoryProvider.GITHUB,
    "gh": RepositoryProvider.GITHUB,
    "gitlab": RepositoryProvider.GITLAB,
    "gl": RepositoryProvider.GITLAB,
}


def parse_repository(text: str, provider: str = "github") -> Repository:
    """Returns what `--repository owner/name` and `--provider` name.

    Raises:
      PublishError: there is no owner, or no such provider.
    """
    owner, slash, name = text.partition("/")
    if not slash:
        raise PublishError(
            "Invalid owner/repository format",
            got=repr(text),
            expected="owner/repository",
            fix="correct --repository or CODSPEED_REPOSITORY",
        )
    return Repository(_parse_provider(provider), owner, name)


def repository_option(repository: str | None, provider: str | None) -> Repository | None:
    """Returns the repository of the two options, or None where neither is given.

    Raises:
      PublishError: a value is wrong, or there is a provider alone.
    """
    if repository is not None:
        return parse_repository(repository, provider if provider is not None else "github")
    if provider is not None:
        raise PublishError(
            "--provider without --repository",
            got=f"--provider {provider}",
            expected="both or neither",
            fix="add --repository owner/repository",
        )
    return None


def _parse_provider(text: str) -> RepositoryProvider:
    if text.lower() not in _PROVIDERS:
        raise PublishError(
            "unknown repository provider",
            got=repr(text),
            expected=", ".join(_PROVIDERS),
            fix="correct --provider or CODSPEED_PROVIDER",
        )
    return _PROVIDERS[text.lower()]
