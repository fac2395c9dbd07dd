"""The options --repository and --provider."""

from __future__ import annotations

import pytest

from rules_codspeed.publish.ci.repository import (
    Repository,
    RepositoryProvider,
    parse_repository,
    repository_option,
)
from rules_codspeed.publish.errors import PublishError


@pytest.mark.parametrize(
    ("text", "owner", "name"),
    [("acme/widgets", "acme", "widgets"), ("a/b/c", "a", "b/c"), ("/", "", "")],
)
def test_splits_at_the_first_slash(text: str, owner: str, name: str) -> None:
    assert parse_repository(text) == Repository(RepositoryProvider.GITHUB, owner, name)


@pytest.mark.parametrize(
    ("provider", "expected"),
    [("github", "GITHUB"), ("GH", "GITHUB"), ("GitLab", "GITLAB"), ("gl", "GITLAB")],
)
def test_providers_in_any_case(provider: str, expected: str) -> None:
    assert parse_repository("a/b", provider).provider == expected


def test_no_slash() -> None:
    with pytest.raises(PublishError, match=r"^Invalid owner/repository format\. Got: 'widgets'"):
        parse_repository("widgets")


@pytest.mark.parametrize("provider", ["project", "", "bitbucket"])
def test_unknown_provider(provider: str) -> None:
    with pytest.raises(PublishError, match="Expected: github, gh, gitlab, gl"):
        parse_repository("a/b", provider)


def test_options() -> None:
    assert repository_option(None, None) is None
    assert repository_option("a/b", None) == Repository(RepositoryProvider.GITHUB, "a", "b")
    assert repository_option("a/b", "gl") == Repository(RepositoryProvider.GITLAB, "a", "b")
    with pytest.raises(PublishError, match="--provider without --repository"):
        repository_option(None, "github")
