"""The token of each request: the one given, or one that GitHub issues for that request."""

from __future__ import annotations

import httpx

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.auth.auth import Authentication, OidcEndpoint, authenticate_on_github
from rules_codspeed.publish.auth.oidc import request_oidc_token
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.session import Session


class Credentials:
    """How the uploads of a command authenticate.

    Attributes:
      tokenless: whether they have no token; known once a token was requested.
    """

    def __init__(self, session: Session, *, is_fork: bool, is_private: bool) -> None:
        """Decides how a command may upload (spec: upload 8.2), and makes its announcement.

        Raises:
          PublishError: a private repository without a token.
        """
        self._session = session
        self._is_private = is_private
        self._credential = self._decide(session, is_fork, is_private)
        self.tokenless = self._credential is None

    def _decide(
        self, session: Session, is_fork: bool, is_private: bool
    ) -> Secret | OidcEndpoint | None:
        found = Authentication(session.token)
        if session.kind is EnvironmentKind.GITHUB_ACTIONS:
            found = authenticate_on_github(
                session.token, session.variables, is_fork=is_fork, is_private=is_private
            )
        if found.announcement:
            session.log.announce(found.announcement)
        return found.credential

    def token(self, client: httpx.Client) -> Secret | None:
        """Returns a token for one request; None for a tokenless upload.

        Raises:
          PublishError: GitHub issues none, and the repository is private.
        """
        if not isinstance(self._credential, OidcEndpoint):
            return self._credential
        token = request_oidc_token(
            client, self._credential, is_private=self._is_private, log=self._session.log
        )
        self.tokenless = token is None
        return token
