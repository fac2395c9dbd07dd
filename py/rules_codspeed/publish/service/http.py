"""HTTP as the official runner speaks it (spec: upload 2, 11)."""

from __future__ import annotations

import contextlib
import http
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.text import excerpt

USER_AGENT = "codspeed-runner"

# The official runner has no timeouts here, and so waits forever for a peer that is gone. Each
# of these is for one step without any progress, whatever the size of the archive: a connection,
# a block that the peer does not take, an answer. Storage may check gigabytes before it answers.
TIMEOUT = httpx.Timeout(connect=30, write=120, read=300, pool=30)  # seconds

_LAST_PORT = 65535
_LONGEST_WAIT = 30 * 60.0  # seconds
_LARGEST_ANSWER = 1 << 20  # bytes; no answer of the protocol comes near
_LONGEST_ANSWER = 300.0  # seconds from its first byte to its last; httpx limits each block only
_TRANSIENT_STATUS = (http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.TOO_MANY_REQUESTS)
_TRANSIENT_ERRORS = (
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.ProxyError,
    # A message that ends early.
    httpx.RemoteProtocolError,
)
# Redirects after which clients ask with GET, whatever the request was.
_TO_GET = (http.HTTPStatus.MOVED_PERMANENTLY, http.HTTPStatus.FOUND, http.HTTPStatus.SEE_OTHER)
# Where the official runner's names differ from Python's, or Python's from each other.
_PHRASES = {
    203: "Non Authoritative Information",
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
}


class NoAnswerError(Exception):
    """A server did not answer; the message explains why, and shows nothing of the request.

    Whoever sent the request catches it, and adds what it was for (`upload.py`, `graphql.py`,
    `auth/oidc.py`).
    """


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a server.

    Attributes:
      status: of HTTP.
      body: its first MiB, as sent; empty where it has a content coding.
      coding: content coding of the body, which was not asked for; mostly empty.
    """

    status: int
    body: bytes
    coding: str = ""

    @property
    def ok(self) -> bool:
        """Whether the request succeeded: any 2xx."""
        return 200 <= self.status < 300

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later (spec: upload 11)."""
        return self.status >= 500 or self.status in _TRANSIENT_STATUS

    @property
    def text(self) -> str:
        """The body as text; any bytes are. Of a coded one, that it is coded."""
        if self.coding:
            return f"a body with the content coding {self.coding}, which was not asked for"
        return self.body.decode("utf-8", "replace")

    @property
    def status_line(self) -> str:
        """Status and its standard name, as the official runner prints it: `401 Unauthorized`."""
        return _status_line(self.status)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is repeated, and what waits in between.

    Attributes:
      retries: after the first attempt.
      sleep: waits for a number of seconds.
      uniform: gives a random number between two.
      clock: seconds that never go back.
    """

    retries: int
    sleep: Callable[[float], object] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform
    clock: Callable[[], float] = time.monotonic


def open_client(timeout: httpx.Timeout = TIMEOUT) -> httpx.Client:
    """Returns a client; use it in a `with` statement.

    The proxies and the certificates (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`, ...) are those
    of the environment of this process: httpx reads them itself and takes no mapping.

    Raises:
      PublishError: the environment names a proxy or certificates that cannot be used.
    """
    try:
        client = httpx.Client(timeout=timeout)
    except (ValueError, ImportError, OSError, httpx.InvalidURL) as error:
        # Not the message, which may show the password of a proxy.
        raise PublishError(
            "cannot set up HTTP as the environment asks for",
            got=(
                f"{type(error).__name__} for a variable such as HTTPS_PROXY, ALL_PROXY or "
                "SSL_CERT_FILE"
            ),
            expected="a proxy http://HOST:PORT, a file of certificates",
            fix="correct or unset the variable",
        ) from error
    # The headers of the official runner, and no others.
    client.headers = httpx.Headers({"Accept": "*/*", "User-Agent": USER_AGENT})
    for name in ("Accept-Encoding", "Connection"):
        client.headers.pop(name, None)
    return client


def send(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Sends a request once, and follows the redirects that keep its method.

    The answer of a login page to a GET must not count as that to an upload. `Authorization`
    goes to no other origin.

    Returns:
      The answer, whose body is not read yet; to be closed.

    Raises:
      NoAnswerError: a redirect would change the method, or leads to an invalid address.
      httpx.HTTPError: there is no answer.
    """
    for _ in range(client.max_redirects + 1):
        response = _send_once(client, request)
        if response.next_request is None:
            return response
        response.close()
        if response.status_code in _TO_GET and request.method != "GET":
            raise NoAnswerError(
                f"{_status_line(response.status_code)}, a redirect of {request.method} to "
                f"{_origin(response.next_request.url)}"
            )
        request = response.next_request
    raise httpx.TooManyRedirects("too many redirects", request=request)


def _send_once(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    if not is_address(request.url):
        raise NoAnswerError(f"{_origin(request.url)} is not an address of a server")
    try:
        # No authentication of httpx: a user name in a URL would replace the token.
        return client.send(request, auth=httpx.Auth(), stream=True, follow_redirects=False)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NoAnswerError(
            f"a redirect of {_origin(request.url)} that is not an address of a server"
        ) from error


def is_address(url: httpx.URL) -> bool:
    """Returns whether a socket accepts host and port: httpx accepts more, without an error."""
    try:
        url.raw_host.decode("ascii").encode("idna")
        readable = url.host
    except UnicodeError:
        return False
    return bool(readable) and (url.port is None or 0 < url.port <= _LAST_PORT)


def _origin(url: httpx.URL) -> str:
    """Returns scheme and host, which hold no secret."""
    return excerpt(f"{url.scheme}://{url.raw_host.decode('ascii')}")


def _status_line(status: int) -> str:
    try:
        phrase = _PHRASES.get(status) or http.HTTPStatus(status).phrase
    except ValueError:
        phrase = "<unknown status code>"
    return f"{status} {phrase}"


def send_with_retries(
    client: httpx.Client, request: httpx.Request, policy: RetryPolicy, log: Logger
) -> Answer:
    """Sends a request until the answer is final or no attempt is left.

    Waits as long as `policy` draws between 0 and 2^n seconds before retry n (full jitter).
    `Retry-After` is ignored.

    Returns:
      The last answer, whatever its status.

    Raises:
      NoAnswerError: the last attempt brought no answer, or no attempt can bring one.
    """
    for attempt in range(policy.retries):
        try:
            answer = _exchange(client, request, policy.clock)
            if not answer.transient:
                return answer
            fault = answer.status_line
        except _TRANSIENT_ERRORS as error:
            fault = _describe(error)
        except httpx.HTTPError as error:
            raise NoAnswerError(_describe(error)) from error
        wait = policy.uniform(0.0, min(2.0**attempt, _LONGEST_WAIT))
        log.debug(f"Attempt {attempt + 1} of {policy.retries + 1} failed: {fault}")
        log.debug(f"Next attempt in {wait:.1f} s")
        policy.sleep(wait)
    try:
        return _exchange(client, request, policy.clock)
    except httpx.HTTPError as error:
        raise NoAnswerError(_describe(error)) from error


def _exchange(client: httpx.Client, request: httpx.Request, clock: Callable[[], float]) -> Answer:
    with contextlib.closing(send(client, request)) as response:
        if coding := content_coding(response):
            return Answer(response.status_code, b"", coding)
        body = read_body(response, _LARGEST_ANSWER, clock() + _LONGEST_ANSWER, clock)
        return Answer(response.status_code, body[:_LARGEST_ANSWER])


def content_coding(response: httpx.Response) -> str:
    """Returns the content coding of an answer; empty where there is none.

    No request offers one, as those of the official runner do not, so such a body is none of the
    protocol. Few bytes of it could stand for any number.
    """
    coding = response.headers.get("Content-Encoding", "").strip()
    return "" if coding.lower() in ("", "identity") else excerpt(coding)


def read_body(
    response: httpx.Response, enough: int, deadline: float, clock: Callable[[], float]
) -> bytes:
    """Reads the body of an answer as it is sent, until it ends or is long enough.

    Args:
      response: of `send`.
      enough: bytes after which no more is read; a block more may be returned.
      deadline: when it must have ended, by `clock`.
      clock: seconds that never go back.

    Raises:
      httpx.HTTPError: the connection failed, or the body did not end in time.
    """
    body = bytearray()
    for block in response.iter_raw():
        body += block
        if len(body) >= enough:
            break
        if clock() > deadline:
            raise httpx.ReadTimeout("the answer does not end")
    return bytes(body)


def _describe(error: httpx.HTTPError) -> str:
    """Returns what went wrong, without the texts that may show a URL or a header."""
    if isinstance(error, httpx.NetworkError | httpx.TimeoutException | httpx.RemoteProtocolError):
        return excerpt(f"{type(error).__name__}: {str(error).rstrip('.')}".removesuffix(": "))
    return type(error).__name__
