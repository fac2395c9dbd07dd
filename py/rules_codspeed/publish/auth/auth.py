"""Where the token comes from, and what a run without one does (spec: upload 8.1, 8.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules_codspeed.publish.auth.secret import Secret, parse_token
from rules_codspeed.publish.errors import PublishError

_DOCUMENTATION = (
    "https://codspeed.io/docs/integrations/ci/github-actions/configuration#oidc-recommended"
)
_ADVERTISEMENT = (
    "This makes integrating and authenticating jobs safer and simpler.\n"
    f"Learn more at {_DOCUMENTATION}\n"
)
STATIC_TOKEN_NOTICE = (
    "You can now authenticate your CI workflows using OpenID Connect (OIDC) tokens instead of "
    f"`CODSPEED_TOKEN` secrets.\n{_ADVERTISEMENT}"
)
NO_TOKEN_NOTICE = (
    "You can now authenticate your CI workflows using OpenID Connect (OIDC).\n" + _ADVERTISEMENT
)
NO_OIDC = (
    "Unable to retrieve OIDC token for authentication.\n"
    "Make sure your workflow has the `id-token: write` permission set.\n"
    f"See {_DOCUMENTATION}"
)


@dataclass(frozen=True, slots=True)
class OidcEndpoint:
    """Where GitHub Actions hands out tokens for a job, and the token for asking."""

    url: str
    token: Secret


@dataclass(frozen=True, slots=True)
class Authentication:
    """How a run authenticates; anywhere but on GitHub Actions, what `find_token` returns decides.

    Attributes:
      credential: the token; or where to request one right before the upload; or None for a
        tokenless run.
      announcement: what to announce once, or empty.
    """

    credential: Secret | OidcEndpoint | None
    announcement: str = ""


def find_token(
    variables: Mapping[str, str], given: str | None = None, profile: str | None = None
) -> Secret | None:
    """Returns the first token there is; an empty one counts as absent.

    Args:
      variables: the environment: CODSPEED_TOKEN, then CODSPEED_OAUTH_TOKEN.
      given: what the command line read, from standard input or a file; goes first.
      profile: token of the selected profile of the user's configuration; goes last.

    Raises:
      PublishError: a token cannot be sent.
    """
    sources = {
        "the command line": given,
        "CODSPEED_TOKEN": variables.get("CODSPEED_TOKEN"),
        "CODSPEED_OAUTH_TOKEN": variables.get("CODSPEED_OAUTH_TOKEN"),
        "the selected profile": profile,
    }
    for source, text in sources.items():
        if token := parse_token(text or "", source):
            return token
    return None


def authenticate_on_github(
    token: Secret | None, variables: Mapping[str, str], *, is_fork: bool, is_private: bool
) -> Authentication:
    """Decides for GitHub Actions, by the matrix of 8.2.

    Args:
      token: from `find_token`.
      variables: the environment: ACTIONS_ID_TOKEN_REQUEST_URL and -_TOKEN, which GitHub sets
        where the job may request tokens.
      is_fork: whether the run is of a pull request from a fork.
      is_private: whether the repository is private.

    Raises:
      PublishError: a private repository with neither.
    """
    if token:
        return Authentication(token, STATIC_TOKEN_NOTICE)
    url = variables.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    asking = parse_token(
        variables.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ""), "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
    )
    if url and asking:
        return Authentication(OidcEndpoint(url, asking))
    if is_fork:
        return Authentication(None)
    if is_private:
        raise PublishError(NO_OIDC, fix=None)
    return Authentication(None, NO_TOKEN_NOTICE)
