"""Requests an OpenID Connect token from GitHub Actions (spec: upload 8.3)."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ConfigDict

from rules_codspeed.publish.auth.auth import NO_OIDC, OidcEndpoint
from rules_codspeed.publish.auth.secret import Secret, parse_token
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.answer_json import AnswerError, parse_answer
from rules_codspeed.publish.service.http import NoAnswerError, RetryPolicy, send_with_retries

AUDIENCE = "codspeed.io"
RETRIES = RetryPolicy(10)

# After a failed request, the official runner's text has blanks at the end of two lines.
_FATAL = NO_OIDC.replace("\n", " \n")


class _TokenAnswer(BaseModel):
    """What the endpoint answers; other fields are ignored."""

    model_config = ConfigDict(strict=True)

    value: str


def request_oidc_token(
    client: httpx.Client,
    endpoint: OidcEndpoint,
    *,
    is_private: bool,
    log: Logger,
    policy: RetryPolicy = RETRIES,
) -> Secret | None:
    """Requests a token. It is short-lived: call this right before `request_slot`.

    Returns:
      The token, which the log masks from now on; or None where there is none
      and the repository is public: the run is tokenless.

    Raises:
      PublishError: there is none, and the repository is private.
    """
    log.register_secret(endpoint.token)
    token = _request(client, endpoint, policy, log)
    if token:
        log.register_secret(token)
        log.debug("Successfully retrieved OIDC token for authentication.")
    elif is_private:
        raise PublishError(_FATAL, fix=None)
    else:
        log.warn("Failed to retrieve OIDC token for authentication.")
    return token


def _request(
    client: httpx.Client, endpoint: OidcEndpoint, policy: RetryPolicy, log: Logger
) -> Secret | None:
    try:
        request = client.build_request(
            "GET",
            f"{endpoint.url}&audience={AUDIENCE}",
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {endpoint.token.reveal()}",
            },
        )
        # The status is ignored: only the token matters.
        answer = send_with_retries(client, request, policy, log)
        value = parse_answer(_TokenAnswer, answer.body).value
        return parse_token(value, "the OIDC endpoint")
    except (httpx.InvalidURL, UnicodeError, NoAnswerError, AnswerError, PublishError):
        return None
