"""Requests to the REST API of a service: repeats what may succeed later, explains what cannot."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.review import Desk
from rules_codspeed.publish.service.answer_json import AnswerError, parse_answer
from rules_codspeed.publish.service.http import NoAnswerError, content_coding, read_body, send
from rules_codspeed.publish.text import excerpt

MISSING = 404
PAGE = 100
"""Entries of a page of a list: the most that the services give."""

_LARGEST_ANSWER = 64 << 20  # bytes; a page of the largest comments has less than half of that
_LONGEST_ANSWER = 60.0  # seconds
_LONGEST_WAIT = 120.0  # seconds that a job waits for a rate limit
_UNSTATED_WAIT = 60.0  # seconds, as GitHub's documentation asks for where no header states any
_MOST_PAGES = 50

_Form = TypeVar("_Form", bound=BaseModel)


class Ignored(BaseModel):
    """An answer of which only the status matters."""

    model_config = ConfigDict(extra="ignore")


class _Fault(BaseModel):
    """What GitHub and GitLab answer to what they refuse."""

    message: Any = ""
    error: Any = ""
    errors: Any = ""

    def text(self) -> str:
        return "; ".join(str(one) for one in (self.message or self.error, self.errors) if one)


@dataclass(frozen=True, slots=True)
class Api:
    """An API.

    Attributes:
      desk: what it is spoken to with.
      name: of the service.
      root: address that paths are added to.
      headers: of each request: the token is in one.
      advice: the next step where the token may not do what is asked (401, 403, 404).
      clock: seconds since 1970, for when a rate limit ends.
    """

    desk: Desk
    name: str
    root: str
    headers: Mapping[str, str]
    advice: str
    clock: Callable[[], float] = time.time

    def pages(self, path: str, form: type[_Form], count: Callable[[_Form], int]) -> list[_Form]:
        """Returns the pages of a list.

        Args:
          path: with a query.
          form: of a page.
          count: returns how many entries a page has; one with fewer than `PAGE` is the last.

        Raises:
          PublishError: see `call`.
        """
        found: list[_Form] = []
        for number in range(1, _MOST_PAGES + 1):
            page = self.call("GET", f"{path}&per_page={PAGE}&page={number}", form)
            found.append(page)
            if count(page) < PAGE:
                break
        return found

    def call(
        self,
        method: str,
        path: str,
        form: type[_Form],
        content: Mapping[str, object] | None = None,
        *,
        or_missing: _Form | None = None,
    ) -> _Form:
        """Sends a request until the answer is final; returns it.

        Args:
          method: of HTTP.
          path: below the root.
          form: of the answer.
          content: is sent as JSON.
          or_missing: what stands for an answer 404; None where that is an error.

        Raises:
          PublishError: the service refuses or cannot be reached, or answers something else.
        """
        status, headers, body = self._answer(method, path, content)
        if status == MISSING and or_missing is not None:
            return or_missing
        if not 200 <= status < 300:
            raise self._refused(method, path, status, headers, body)
        try:
            return parse_answer(form, body or b"{}")
        except AnswerError as error:
            raise PublishError(
                f"{self.name} answers {method} {path.partition('?')[0]} with something else",
                got=str(error),
                expected="the JSON that its documentation describes",
                fix="check the address of its API in the variables of the CI",
            ) from error

    def _answer(
        self, method: str, path: str, content: Mapping[str, object] | None
    ) -> tuple[int, httpx.Headers, bytes]:
        """Returns status, headers and body of the last attempt."""
        policy, waited = self.desk.policy, 0.0
        for attempt in range(policy.retries + 1):
            last = attempt == policy.retries
            try:
                status, headers, body = self._exchange(method, path, content)
            except (httpx.HTTPError, NoAnswerError, httpx.InvalidURL, UnicodeError) as error:
                if last or not isinstance(error, httpx.TransportError):
                    raise self._unreachable(method, path, error) from error
                wait = policy.uniform(0.0, 2.0**attempt)
            else:
                limit = _limited(status, headers, self.clock())
                if last or (limit is None and status < 500):
                    return status, headers, body
                wait = policy.uniform(0.0, 2.0**attempt) if limit is None else limit
                if waited + wait > _LONGEST_WAIT:
                    return status, headers, body
            self.desk.log.debug(f"{self.name} did not take a request; next attempt in {wait:.1f} s")
            policy.sleep(wait)
            waited += wait
        raise AssertionError("the last attempt returns or raises")

    def _exchange(
        self, method: str, path: str, content: Mapping[str, object] | None
    ) -> tuple[int, httpx.Headers, bytes]:
        clock = self.desk.policy.clock
        request = self.desk.client.build_request(
            method, f"{self.root}{path}", json=content, headers=dict(self.headers)
        )
        with contextlib.closing(send(self.desk.client, request)) as response:
            if coding := content_coding(response):
                raise NoAnswerError(f"an answer with the content coding {coding}, not asked for")
            body = read_body(response, _LARGEST_ANSWER, clock() + _LONGEST_ANSWER, clock)
            return response.status_code, response.headers, body

    def _unreachable(self, method: str, path: str, error: Exception) -> PublishError:
        # Only the text of our own error: others may show a header.
        shown = str(error) if isinstance(error, NoAnswerError) else type(error).__name__
        return PublishError(
            f"{self.name} cannot be reached for {method} {path.partition('?')[0]}",
            got=shown,
            expected="an answer",
            fix="check the network of the job and the address of the API in its variables",
        )

    def _refused(
        self, method: str, path: str, status: int, headers: httpx.Headers, body: bytes
    ) -> PublishError:
        what = f"{self.name} refuses {method} {path.partition('?')[0]}"
        got = f"status {status}{_reason(body)}"
        wait = _limited(status, headers, self.clock())
        if wait is not None:
            return PublishError(
                what,
                got=f"{got}: a rate limit that ends in {wait:,.0f} s",
                expected="an answer",
                fix="run the job again later, or start fewer jobs at once",
            )
        denied = status in (401, 403, MISSING)
        return PublishError(
            what,
            got=got,
            expected="a token that may do it" if denied else "an accepted request",
            fix=self.advice if denied else "read what the service states, and run the job again",
        )


def _reason(body: bytes) -> str:
    """Returns what an answer states, after a colon; nothing where it states nothing."""
    try:
        text = parse_answer(_Fault, body).text()
    except AnswerError:
        return ""
    return f": {excerpt(text)}" if text else ""


def _limited(status: int, headers: httpx.Headers, now: float) -> float | None:
    """Returns for how many seconds a rate limit lasts; None where the answer states none.

    Source: GitHub's "Rate limits for the REST API" (403 or 429), GitLab's "Rate limits" (429).
    """
    remaining = headers.get("X-RateLimit-Remaining") or headers.get("RateLimit-Remaining")
    after = _seconds(headers.get("Retry-After"))
    if status != 429 and not (status == 403 and (after is not None or remaining == "0")):
        return None
    if after is not None:
        return after
    reset = _seconds(headers.get("X-RateLimit-Reset") or headers.get("RateLimit-Reset"))
    return _UNSTATED_WAIT if reset is None or remaining != "0" else max(0.0, reset - now)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
