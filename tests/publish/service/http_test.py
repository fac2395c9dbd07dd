"""Requests and their repetition, against servers that fail in every way."""

from __future__ import annotations

import io

import httpx
import pytest
from hypothesis import given, settings

from rules_codspeed.publish.ci.buildkite import BuildkiteDialect
from rules_codspeed.publish.ci.log import Level, Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.http import (
    Answer,
    NoAnswerError,
    open_client,
    send_with_retries,
)
from tests.publish.loopback import (
    Loopback,
    Reply,
    Reset,
    Silence,
    Waits,
    connect,
    serve,
    unused_port,
)
from tests.publish.urls import odd_urls

OK = Reply(200, b"fine")


def quiet() -> Logger:
    return Logger(BuildkiteDialect(), io.StringIO(), Level.OFF)


def send(client: httpx.Client, url: str, waits: Waits, retries: int = 3) -> Answer:
    request = client.build_request("POST", url, content=b"{}", headers={"X-Test": "1"})
    return send_with_retries(client, request, waits.policy(retries), quiet())


@pytest.mark.parametrize(
    "fault",
    [
        *(Reply(status) for status in (408, 429, 500, 502, 503, 504, 507, 599)),
        Reset(),
        Reset(after=1),
        Reply(200, b"cut", missing=10),
    ],
    ids=str,
)
def test_transient_fault_is_retried(fault: Reply | Reset) -> None:
    waits = Waits()
    with serve(fault, fault, OK) as server, connect() as client:
        assert send(client, server.url, waits) == Answer(200, b"fine")
    assert waits.seconds == [1, 2]
    assert [request.body for request in server.requests][-1] == b"{}"
    assert len(server.requests) == 3


def test_silent_server_is_given_up_and_asked_again() -> None:
    waits = Waits()
    with serve(Silence(), OK) as server, connect(timeout=0.1) as client:
        assert send(client, server.url, waits).ok
    assert waits.seconds == [1]


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 403, 404, 409, 410, 413, 422])
def test_other_status_is_final(status: int) -> None:
    waits = Waits()
    with serve(Reply(status), OK) as server, connect() as client:
        assert send(client, server.url, waits).status == status
    assert waits.seconds == []
    assert len(server.requests) == 1


def test_retry_after_is_ignored() -> None:
    waits = Waits()
    with (
        serve(Reply(503, headers={"Retry-After": "99"}), OK) as server,
        connect() as client,
    ):
        assert send(client, server.url, waits).ok
    assert waits.seconds == [1]


def test_waits_are_drawn_between_zero_and_twice_as_much_each_time_up_to_half_an_hour() -> None:
    waits = Waits()
    with serve(*[Reply(500)] * 14) as server, connect() as client:
        assert send(client, server.url, waits, retries=13).status == 500
    powers = [(0.0, 2.0**n) for n in range(11)]
    assert waits.bounds == [*powers, (0.0, 1800.0), (0.0, 1800.0)]
    assert waits.seconds == [most for _, most in waits.bounds]


def test_last_answer_is_returned_whatever_it_is() -> None:
    with serve(Reply(500), Reply(502), Reply(503, b"busy")) as server, connect() as client:
        assert send(client, server.url, Waits(), retries=2) == Answer(503, b"busy")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_listening_is_retried_then_reported(scheme: str) -> None:
    waits = Waits()
    with connect() as client, pytest.raises(NoAnswerError, match="ConnectError") as caught:
        send(client, f"{scheme}://127.0.0.1:{unused_port()}/?secret", waits)
    assert len(waits.seconds) == 3
    assert "secret" not in str(caught.value)


def test_server_without_tls_is_a_connection_error() -> None:
    with (
        serve() as server,
        connect() as client,
        pytest.raises(NoAnswerError, match=r"ConnectError: .*SSL"),
    ):
        send(client, server.url.replace("http:", "https:"), Waits())


def test_other_scheme_is_final() -> None:
    waits = Waits()
    with connect() as client, pytest.raises(NoAnswerError, match="UnsupportedProtocol"):
        send(client, "ftp://127.0.0.1/", waits)
    assert waits.seconds == []


def test_headers_are_those_of_the_official_runner() -> None:
    with serve(OK) as server, connect() as client:
        send(client, server.url, Waits())
    assert server.requests[0].headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "user-agent": "codspeed-runner",
        "content-length": "2",
        "x-test": "1",
    }


def test_redirect_is_followed() -> None:
    there = Reply(307, headers={"Location": "/there"})
    with serve(there, OK) as server, connect() as client:
        assert send(client, f"{server.url}/here", Waits()).ok
    assert [(one.path, one.body) for one in server.requests] == [
        ("/here", b"{}"),
        ("/there", b"{}"),
    ]


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_redirect_never_changes_the_method(method: str, status: int) -> None:
    waits = Waits()
    with (
        serve(OK) as login,
        serve(Reply(status, headers={"Location": f"{login.url}/login?next=sig"})) as server,
        connect() as client,
    ):
        request = client.build_request(method, server.url, content=b"{}")
        with pytest.raises(NoAnswerError) as caught:
            send_with_retries(client, request, waits.policy(3), quiet())
    assert str(caught.value) == (
        f"{Answer(status, b'').status_line}, a redirect of {method} to http://127.0.0.1"
    )
    assert login.requests == []
    assert waits.seconds == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_get_follows_any_redirect(status: int) -> None:
    with serve(Reply(status, headers={"Location": "/there"}), OK) as server, connect() as client:
        request = client.build_request("GET", server.url)
        assert send_with_retries(client, request, Waits().policy(0), quiet()).ok
    assert [one.method for one in server.requests] == ["GET", "GET"]


@pytest.mark.parametrize("status", [302, 308])
def test_redirect_to_nowhere_is_the_answer(status: int) -> None:
    with serve(Reply(status)) as server, connect() as client:
        assert send(client, server.url, Waits()).status == status


def redirected(client: httpx.Client, server: Loopback) -> None:
    headers = {"Authorization": "raw-t0ken"}
    request = client.build_request("POST", server.url, content=b"{}", headers=headers)
    assert send_with_retries(client, request, Waits().policy(0), quiet()).ok


@pytest.mark.parametrize("user", ["", "me:pass1word@"])
@pytest.mark.parametrize("status", [307, 308])
def test_redirect_takes_the_token_to_no_other_origin(status: int, user: str) -> None:
    with serve(OK) as other, connect() as client:
        elsewhere = other.url.replace("//", f"//{user}")
        with serve(Reply(status, headers={"Location": elsewhere})) as server:
            redirected(client, server)
    assert server.requests[0].headers["authorization"] == "raw-t0ken"
    (request,) = other.requests
    assert (request.method, request.body) == ("POST", b"{}")
    assert "authorization" not in request.headers


def test_user_name_in_a_redirect_does_not_replace_the_token() -> None:
    with serve() as server, connect() as client:
        there = f"http://me:pass1word@127.0.0.1:{server.port}/there"
        server.extend(Reply(307, headers={"Location": there}), OK)
        redirected(client, server)
    assert [one.headers["authorization"] for one in server.requests] == ["raw-t0ken"] * 2


NO_ADDRESSES = [f"http://{'a' * 64}.test/", "http://a..b/", "http://127.0.0.1:99999999999/"]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_address_of_no_server_is_final(url: str) -> None:
    waits = Waits()
    with connect() as client, pytest.raises(NoAnswerError, match="is not an address of a server"):
        send(client, url, waits)
    assert waits.seconds == []


@pytest.mark.parametrize("url", [*NO_ADDRESSES, "http://xn--a/"])
def test_redirect_to_no_server_is_final(url: str) -> None:
    waits = Waits()
    with (
        serve(Reply(307, headers={"Location": url})) as server,
        connect() as client,
        pytest.raises(NoAnswerError, match="is not an address of a server"),
    ):
        send(client, server.url, waits)
    assert waits.seconds == []


@settings(max_examples=60)
@given(odd_urls())
def test_any_redirect_is_an_answer_or_an_error(location: str) -> None:
    headers = {"Location": location.encode("ascii", "replace").decode()}
    with serve(Reply(307, headers=headers), OK) as server, connect(timeout=1) as client:
        try:
            outcome = send(client, server.url, Waits(), retries=0).status_line
        except NoAnswerError as error:
            outcome = str(error)
    assert outcome.isprintable()
    assert "k3y" not in outcome


def test_endless_redirects_are_final() -> None:
    here = Reply(307, headers={"Location": "/here"})
    waits = Waits()
    with (
        serve(*[here] * 30) as server,
        connect() as client,
        pytest.raises(NoAnswerError, match="TooManyRedirects"),
    ):
        send(client, server.url, waits)
    assert waits.seconds == []


def test_body_of_any_size_takes_bounded_memory() -> None:
    with serve(Reply(400, bytes(3 << 20))) as server, connect() as client:
        assert len(send(client, server.url, Waits()).body) == 1 << 20


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (413, "413 Payload Too Large"),
        (422, "422 Unprocessable Entity"),
        (500, "500 Internal Server Error"),
        (599, "599 <unknown status code>"),
    ],
)
def test_status_line(status: int, line: str) -> None:
    assert Answer(status, b"").status_line == line


def test_any_bytes_are_text() -> None:
    assert Answer(200, b"a\xff").text == "a\ufffd"


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(OK) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with serve(OK) as direct, open_client() as client:
            assert send(client, "http://upload.test/slot", Waits()).ok
            assert send(client, direct.url, Waits()).ok
    assert [one.path for one in proxy.requests] == ["http://upload.test/slot"]
    assert len(direct.requests) == 1


@pytest.mark.parametrize("proxy", ["socks5://me:pass1word@127.0.0.1:1", "gopher://me:pass1word@x"])
def test_proxy_that_cannot_be_used_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(PublishError, match="ALL_PROXY") as caught, open_client():
        pass
    assert "pass1word" not in str(caught.value)


def test_missing_certificates_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/none")
    with pytest.raises(PublishError, match="SSL_CERT_FILE"), open_client():
        pass


def test_failed_attempts_are_logged_at_debug_level() -> None:
    output = io.StringIO()
    log = Logger(BuildkiteDialect(), output, Level.DEBUG)
    with serve(Reply(503), OK) as server, connect() as client:
        request = client.build_request("GET", server.url)
        send_with_retries(client, request, Waits().policy(3), log)
    assert output.getvalue() == (
        "[DEBUG] Attempt 1 of 4 failed: 503 Service Unavailable\n[DEBUG] Next attempt in 1.0 s\n"
    )
