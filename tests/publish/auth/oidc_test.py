"""The request for an OIDC token, and what follows where there is none."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from rules_codspeed.publish.auth.auth import OidcEndpoint
from rules_codspeed.publish.auth.oidc import RETRIES, request_oidc_token
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.ci.buildkite import BuildkiteDialect
from rules_codspeed.publish.ci.log import Level, Logger
from rules_codspeed.publish.errors import PublishError
from tests.publish.loopback import Reply, Reset, Silence, Waits, connect, serve

GRANTED = Reply(200, json.dumps({"count": 1, "value": "oidc-t0ken"}).encode())


class Run:
    """One request; keeps the log."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        self.log = Logger(BuildkiteDialect(), self.output, Level.TRACE)
        self.waits = Waits()

    def request(self, url: str, *, private: bool = False, retries: int = 10) -> Secret | None:
        with connect(timeout=0.2) as client:
            endpoint = OidcEndpoint(url, Secret("asking-t0ken"))
            return request_oidc_token(
                client,
                endpoint,
                is_private=private,
                log=self.log,
                policy=self.waits.policy(retries),
            )


def test_request_and_token() -> None:
    run = Run()
    with serve(GRANTED) as server:
        assert run.request(f"{server.url}/token?api-version=2.0") == Secret("oidc-t0ken")
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/token?api-version=2.0&audience=codspeed.io")
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "user-agent": "codspeed-runner",
        "authorization": "Bearer asking-t0ken",
    }
    run.log.info("server says asking-t0ken oidc-t0ken")
    assert run.output.getvalue() == (
        "[DEBUG] Successfully retrieved OIDC token for authentication.\nserver says *** ***\n"
    )


def test_status_does_not_count() -> None:
    with serve(Reply(404, GRANTED.body)) as server:
        assert Run().request(f"{server.url}/?a") == Secret("oidc-t0ken")


def test_ten_retries() -> None:
    run = Run()
    faults: list[Reply | Reset] = [Reply(500), Reset()]
    with serve(*faults * 5, GRANTED) as server:
        assert run.request(f"{server.url}/?a")
    assert run.waits.bounds == [(0.0, 2.0**n) for n in range(10)]


def test_it_asks_as_often_as_the_runner() -> None:
    """By the policy that publishing has, without its waits."""
    log = Logger(BuildkiteDialect(), io.StringIO(), Level.INFO)
    policy = replace(RETRIES, sleep=lambda seconds: None)
    with serve(*[Reply(500)] * 20) as server, connect() as client:
        endpoint = OidcEndpoint(f"{server.url}/?a", Secret("t0ken"))
        assert not request_oidc_token(client, endpoint, is_private=False, log=log, policy=policy)
        assert len(server.requests) == 11


FAILURES = [
    Reply(200, b""),
    Reply(200, b"\xff"),
    Reply(200, b"[]"),
    Reply(200, b"{}"),
    Reply(200, b'{"value": null}'),
    Reply(200, b'{"value": 1}'),
    Reply(200, b'{"value": ""}'),
    Reply(200, b'{"value": "two\\nlines"}'),
    Reply(403, b"no"),
    Reset(),
    Silence(),
]


@pytest.mark.parametrize("answer", FAILURES, ids=str)
def test_public_repository_goes_on_without_a_token(answer: Reply | Reset | Silence) -> None:
    run = Run()
    with serve(answer) as server:
        assert run.request(f"{server.url}/?a", retries=0) is None
    assert run.output.getvalue() == ("[WARN] Failed to retrieve OIDC token for authentication.\n")


@pytest.mark.parametrize("answer", FAILURES, ids=str)
def test_private_repository_fails(answer: Reply | Reset | Silence) -> None:
    with serve(answer) as server, pytest.raises(PublishError) as caught:
        Run().request(f"{server.url}/?a", private=True, retries=0)
    assert str(caught.value) == (
        "Unable to retrieve OIDC token for authentication. \n"
        "Make sure your workflow has the `id-token: write` permission set. \n"
        "See https://codspeed.io/docs/integrations/ci/github-actions/configuration"
        "#oidc-recommended"
    )


@pytest.mark.parametrize("url", ["", "http://[", "file:///token", "http://\x00"])
def test_url_that_is_none_is_a_failure(url: str) -> None:
    assert Run().request(url) is None
