"""Addresses of git remotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.ci.git_remote import (
    GitRemote,
    parse_git_remote,
    parse_repository_remote,
)
from rules_codspeed.publish.ci.repository import Repository, RepositoryProvider
from rules_codspeed.publish.errors import PublishError

LABELS = st.text("abcXYZ019_-", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("url", "domain", "owner", "repository"),
    [
        ("git@github.com:CodSpeedHQ/codspeed.git", "github.com", "CodSpeedHQ", "codspeed"),
        ("https://github.com/CodSpeedHQ/codspeed.git", "github.com", "CodSpeedHQ", "codspeed"),
        ("https://github.com/o/r", "github.com", "o", "r"),
        ("https://github.com/o/r/", "github.com", "o", "r"),
        ("https://github.com/o/r.git/", "github.com", "o", "r"),
        ("https://user:secret@github.com/o/r.git", "github.com", "o", "r"),
        ("ssh://git@gitlab.com/o/r", "gitlab.com", "o", "r"),
        ("git@gitlab.com:o/r.x.git", "gitlab.com", "o", "r.x"),
        # Only the last two labels of a host are its domain.
        ("https://git.corp.example/o/r", "corp.example", "o", "r"),
        ("https://github.com/o/.git", "github.com", "o", ".git"),
        ("ssh://git@ssh.github.com:443/o/r.git", None, "", ""),
        ("https://gitlab.com/group/sub/r.git", None, "", ""),
        ("/srv/git/r.git", None, "", ""),
        ("https://localhost/o/r", None, "", ""),
        ("https://github.com/o/r\n", "github.com", "o", "r\n"),
        ("", None, "", ""),
    ],
)
def test_forms(url: str, domain: str | None, owner: str, repository: str) -> None:
    if domain is None:
        with pytest.raises(PublishError) as caught:
            parse_git_remote(url)
        assert str(caught.value).startswith(
            "Could not extract owner and repository from remote url: "
        )
    else:
        assert parse_git_remote(url) == GitRemote(domain, owner, repository)


def test_hosts() -> None:
    assert parse_repository_remote("git@gitlab.com:o/r.git") == Repository(
        RepositoryProvider.GITLAB, "o", "r"
    )
    with pytest.raises(PublishError) as caught:
        parse_repository_remote("https://bitbucket.org/o/r")
    assert caught.value.what == "Repository provider bitbucket.org is not supported by CodSpeed"


def test_login_stays_out_of_errors() -> None:
    with pytest.raises(PublishError) as caught:
        parse_git_remote("https://me:se/cr@et@host/a/b/c")
    assert caught.value.what.endswith("url: https://***@host/a/b/c")


@given(
    st.sampled_from(
        ["git@github.com:{}/{}", "https://github.com/{}/{}", "ssh://g@github.com/{}/{}"]
    ),
    LABELS,
    LABELS,
    st.sampled_from(["", ".git", "/", ".git/"]),
)
def test_owner_and_name_of_any_address(form: str, owner: str, name: str, end: str) -> None:
    assert parse_git_remote(form.format(owner, name) + end) == GitRemote("github.com", owner, name)


@given(st.text(st.characters() | st.sampled_from("/:@.")))
def test_any_text(text: str) -> None:
    try:
        remote = parse_git_remote(text)
    except PublishError:
        return
    assert remote.owner
    assert remote.repository
    assert "/" not in remote.owner + remote.repository + remote.domain
