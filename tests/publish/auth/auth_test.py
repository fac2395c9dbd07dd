"""Every source of a token, and every row of the matrix of outcomes."""

from __future__ import annotations

import pytest

from rules_codspeed.publish.auth import auth
from rules_codspeed.publish.auth.auth import (
    Authentication,
    OidcEndpoint,
    authenticate_on_github,
    find_token,
)
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.errors import PublishError

OIDC = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://oidc.test/token?x=1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "asking",
}
TOKEN = Secret("t0ken")


@pytest.mark.parametrize(
    ("given", "variables", "profile", "expected"),
    [
        ("g", {"CODSPEED_TOKEN": "t", "CODSPEED_OAUTH_TOKEN": "o"}, "p", "g"),
        (None, {"CODSPEED_TOKEN": "t", "CODSPEED_OAUTH_TOKEN": "o"}, "p", "t"),
        ("", {"CODSPEED_TOKEN": "", "CODSPEED_OAUTH_TOKEN": "o"}, "p", "o"),
        ("\n", {"CODSPEED_TOKEN": " "}, "p\n", "p"),
        (None, {}, None, None),
        ("", {"CODSPEED_TOKEN": "", "CODSPEED_OAUTH_TOKEN": ""}, "", None),
    ],
)
def test_first_token_that_is_not_empty(
    given: str | None, variables: dict[str, str], profile: str | None, expected: str | None
) -> None:
    assert find_token(variables, given, profile) == (Secret(expected) if expected else None)


def test_token_that_no_header_holds_is_not_in_the_error() -> None:
    with pytest.raises(PublishError, match="CODSPEED_TOKEN") as caught:
        find_token({"CODSPEED_TOKEN": "first-line\nsecond-line"})
    assert "line" not in str(caught.value).replace("command line", "")


@pytest.mark.parametrize("is_fork", [False, True])
@pytest.mark.parametrize("is_private", [False, True])
@pytest.mark.parametrize("variables", [{}, OIDC])
def test_token_is_used_wherever_there_is_one(
    variables: dict[str, str], is_fork: bool, is_private: bool
) -> None:
    found = authenticate_on_github(TOKEN, variables, is_fork=is_fork, is_private=is_private)
    assert found == Authentication(
        TOKEN,
        "You can now authenticate your CI workflows using OpenID Connect (OIDC) tokens instead "
        "of `CODSPEED_TOKEN` secrets.\n"
        "This makes integrating and authenticating jobs safer and simpler.\n"
        "Learn more at https://codspeed.io/docs/integrations/ci/github-actions/configuration"
        "#oidc-recommended\n",
    )


@pytest.mark.parametrize("is_fork", [False, True])
@pytest.mark.parametrize("is_private", [False, True])
def test_oidc_is_requested_where_it_can_be(is_fork: bool, is_private: bool) -> None:
    found = authenticate_on_github(None, OIDC, is_fork=is_fork, is_private=is_private)
    endpoint = OidcEndpoint("https://oidc.test/token?x=1", Secret("asking"))
    assert found == Authentication(endpoint)
    assert "asking" not in repr(found)


MISSING = [{}, *({**OIDC, name: ""} for name in OIDC)]


@pytest.mark.parametrize("variables", MISSING)
@pytest.mark.parametrize("is_private", [False, True])
def test_fork_is_silently_tokenless(variables: dict[str, str], is_private: bool) -> None:
    found = authenticate_on_github(None, variables, is_fork=True, is_private=is_private)
    assert found == Authentication(None)


@pytest.mark.parametrize("variables", MISSING)
def test_public_repository_is_tokenless_with_a_notice(variables: dict[str, str]) -> None:
    found = authenticate_on_github(None, variables, is_fork=False, is_private=False)
    assert found == Authentication(
        None,
        "You can now authenticate your CI workflows using OpenID Connect (OIDC).\n"
        "This makes integrating and authenticating jobs safer and simpler.\n"
        "Learn more at https://codspeed.io/docs/integrations/ci/github-actions/configuration"
        "#oidc-recommended\n",
    )


@pytest.mark.parametrize("variables", MISSING)
def test_private_repository_is_fatal(variables: dict[str, str]) -> None:
    with pytest.raises(PublishError) as caught:
        authenticate_on_github(None, variables, is_fork=False, is_private=True)
    assert (
        str(caught.value)
        == auth.NO_OIDC
        == (
            "Unable to retrieve OIDC token for authentication.\n"
            "Make sure your workflow has the `id-token: write` permission set.\n"
            "See https://codspeed.io/docs/integrations/ci/github-actions/configuration"
            "#oidc-recommended"
        )
    )
