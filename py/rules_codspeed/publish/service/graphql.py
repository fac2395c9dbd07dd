"""The transport of CodSpeed's GraphQL API: one request, one answer (spec: upload-results 12)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from pydantic import BaseModel

from rules_codspeed.publish.auth.secret import Secret, redact
from rules_codspeed.publish.service import http
from rules_codspeed.publish.service.answer_json import AnswerError, parse_answer
from rules_codspeed.publish.text import excerpt

TIMEOUT_S = 20.0

_LARGEST_ANSWER = 8 << 20  # bytes; one of 10,000 benchmarks is less than half of that


class GraphqlError(Exception):
    """The API could not be reached, or refused; `account` catches it and names the request.

    Attributes:
      codes: the `extensions.code` of each error that the API reported.
      data: what it answered despite the errors; None if nothing.
    """

    def __init__(
        self,
        message: str,
        codes: frozenset[str] = frozenset(),
        data: Mapping[str, Any] | None = None,
    ):
        super().__init__(message)
        self.codes = codes
        self.data = data


class _Error(BaseModel):
    message: str = "an error without a message"
    extensions: dict[str, Any] | None = None

    @property
    def code(self) -> str:
        code = (self.extensions or {}).get("code")
        return code if isinstance(code, str) else ""


class _Answer(BaseModel):
    data: dict[str, Any] | None = None
    errors: list[_Error] | None = None


def open_client() -> httpx.Client:
    """Returns a client for the API; use it in a `with` statement.

    Raises:
      PublishError: the environment names a proxy or certificates that cannot be used.
    """
    client = http.open_client(httpx.Timeout(TIMEOUT_S))
    # The official runner's client of this API sends no user agent.
    del client.headers["User-Agent"]
    return client


def query(
    client: httpx.Client,
    url: str,
    token: Secret | None,
    document: str,
    variables: Mapping[str, str | None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[str, Any]:
    """Asks once, and returns the `data` of the answer.

    Args:
      client: of `open_client`.
      url: of the API.
      token: sent as it is, without a scheme; None asks without.
      document: what is asked, in GraphQL.
      variables: of the document.
      clock: seconds that never go back.

    Raises:
      GraphqlError: no answer within 20 s, an invalid answer, or errors in it.
    """
    request = {"query": document, "variables": variables}
    try:
        status, body = _exchange(client, url, token, request, clock)
    except httpx.TimeoutException as error:
        raise GraphqlError(f"no answer within {TIMEOUT_S:.0f} s") from error
    except (httpx.NetworkError, httpx.RemoteProtocolError, http.NoAnswerError) as error:
        raise GraphqlError(f"no answer: {_shown(str(error), token)}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # Not the text, which may show the URL or what is in the request.
        raise GraphqlError(f"no answer: {type(error).__name__}") from error
    try:
        answer = parse_answer(_Answer, body)
    except AnswerError:
        raise GraphqlError(f"status {status}, and no answer of a GraphQL API") from None
    errors = answer.errors or []
    if errors or status >= 300:
        messages = "; ".join(_shown(one.message, token) for one in errors[:3])
        codes = frozenset(one.code for one in errors if one.code)
        raise GraphqlError(messages or f"status {status}", codes, answer.data)
    if answer.data is None:
        raise GraphqlError(f"status {status}, and no data")
    return answer.data


def _exchange(
    client: httpx.Client,
    url: str,
    token: Secret | None,
    content: Mapping[str, Any],
    clock: Callable[[], float],
) -> tuple[int, bytes]:
    """Returns status and body of the answer."""
    if httpx.URL(url).userinfo:
        raise GraphqlError("the API URL holds a user name, which would replace the token")
    headers = {"Authorization": token.reveal()} if token else {}
    deadline = clock() + TIMEOUT_S
    request = client.build_request("POST", url, json=content, headers=headers)
    with contextlib.closing(http.send(client, request)) as response:
        if coding := http.content_coding(response):
            raise GraphqlError(f"an answer with the content coding {coding}, not asked for")
        body = http.read_body(response, _LARGEST_ANSWER + 1, deadline, clock)
        if len(body) > _LARGEST_ANSWER:
            raise GraphqlError(f"an answer of more than {_LARGEST_ANSWER >> 20} MiB")
        return response.status_code, body


def _shown(text: str, token: Secret | None) -> str:
    """Returns text from outside for a message; a server may repeat what it was sent."""
    return excerpt(redact(text, [token.reveal()] if token else []))
