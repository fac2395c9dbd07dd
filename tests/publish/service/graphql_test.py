"""The transport: what is sent, and that no answer is more than a sentence."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.service.graphql import GraphqlError, open_client, query
from tests.publish.loopback import Reply, Reset, serve, unused_port

TOKEN = Secret("csp_1234567890abcdef")
DOCUMENT = "query Q { a }"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with open_client() as one:
            yield one


def reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode())


def ask(client: httpx.Client, answer: Reply | Reset) -> Any:
    with serve(answer) as server:
        try:
            return query(client, server.url, TOKEN, DOCUMENT)
        finally:
            assert len(server.requests) == 1, "asked just once, whatever comes"


def refused(client: httpx.Client, answer: Reply | Reset) -> GraphqlError:
    with pytest.raises(GraphqlError) as caught:
        ask(client, answer)
    return caught.value


def test_request_is_what_the_protocol_wants(client: httpx.Client) -> None:
    with serve(reply({"data": {"a": [1]}})) as server:
        variables = {"owner": "é", "provider": None}
        assert query(client, f"{server.url}/gql", TOKEN, DOCUMENT, variables) == {"a": [1]}
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/gql")
    assert json.loads(request.body) == {"query": DOCUMENT, "variables": variables}
    assert request.headers["authorization"] == "csp_1234567890abcdef"
    assert request.headers["content-type"] == "application/json"
    assert "user-agent" not in request.headers


def test_request_without_token_and_variables(client: httpx.Client) -> None:
    with serve(reply({"data": {}})) as server:
        query(client, server.url, None, DOCUMENT)
    (request,) = server.requests
    assert "authorization" not in request.headers
    assert json.loads(request.body) == {"query": DOCUMENT, "variables": None}


def test_errors_with_their_codes_and_partial_data(client: httpx.Client) -> None:
    errors = [
        {"message": "one", "extensions": {"code": "A"}},
        {"message": "two", "extensions": {"code": 5}},
        {"message": "three"},
        {"message": "four", "extensions": {"code": "B"}},
    ]
    error = refused(client, reply({"data": {"session": None}, "errors": errors}))
    assert str(error) == "one; two; three"
    assert error.codes == {"A", "B"}
    assert error.data == {"session": None}


def test_errors_count_with_any_status(client: httpx.Client) -> None:
    errors = [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}]
    error = refused(client, reply({"errors": errors}, status=401))
    assert error.codes == {"UNAUTHENTICATED"}
    assert error.data is None


def test_failed_status_without_errors(client: httpx.Client) -> None:
    assert str(refused(client, reply({"data": {"a": 1}}, status=500))) == "status 500"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'{"data": null}',
        b'{"data": 5}',
        b'{"data": {}, "errors": "no list"}',
        b'{"data": {}, "errors": [5]}',
        b'{"data": ' + b"[" * 100_000,
    ],
)
def test_garbage_is_reported_in_a_sentence(body: bytes, client: httpx.Client) -> None:
    assert str(refused(client, Reply(200, body))).startswith("status 200, and no ")


@settings(max_examples=30)
@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["data", "errors", "message", "extensions"]), inner)
        ),
        max_leaves=8,
    ).map(lambda document: json.dumps(document).encode())
)
def test_any_answer_is_data_or_a_graphql_error(client: httpx.Client, body: bytes) -> None:
    try:
        outcome = ask(client, Reply(200, body))
    except GraphqlError as error:
        outcome = {"message": str(error)}
    assert isinstance(outcome, dict)
    assert "message" not in outcome or outcome["message"]


def test_connection_that_fails(client: httpx.Client) -> None:
    assert str(refused(client, Reset())).startswith("no answer: ")
    assert str(refused(client, Reply(200, b"{", missing=5))).startswith("no answer: ")
    with pytest.raises(GraphqlError, match="no answer: "):
        query(client, f"http://127.0.0.1:{unused_port()}", TOKEN, DOCUMENT)


def test_answer_that_goes_on_and_on(client: httpx.Client) -> None:
    assert client.timeout == httpx.Timeout(20)
    with (
        serve(reply({"data": {}})) as server,
        pytest.raises(GraphqlError, match="no answer within 20 s"),
    ):
        query(client, server.url, TOKEN, DOCUMENT, clock=itertools.count(0, 21).__next__)


def test_answer_that_is_too_large(client: httpx.Client) -> None:
    assert "more than 8 MiB" in str(refused(client, Reply(200, b" " * ((8 << 20) + 1))))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gql.example",
        "ftp://h/",
        "http://",
        "http://[::1",
        "\0",
        "é:",
        "http://x:99999999999",
        f"http://{'a' * 64}",
    ],
)
def test_url_that_is_none(url: str, client: httpx.Client) -> None:
    with pytest.raises(GraphqlError, match="no answer: "):
        query(client, url, TOKEN, DOCUMENT)


def test_url_with_a_user_name_would_replace_the_token(client: httpx.Client) -> None:
    with pytest.raises(GraphqlError, match="user name") as caught:
        query(client, "http://somebody:hunter2@127.0.0.1/", TOKEN, DOCUMENT)
    assert "hunter2" not in str(caught.value)


def test_token_that_a_server_repeats_is_not_shown(client: httpx.Client) -> None:
    error = refused(client, reply({"errors": [{"message": f"bad {TOKEN.reveal()}\x1b[2J"}]}))
    assert str(error) == "bad ***\\x1b[2J"


def test_redirection_to_another_host_does_not_get_the_token(client: httpx.Client) -> None:
    with (
        serve(reply({"data": {}})) as other,
        serve(Reply(307, headers={"Location": f"{other.url}/"})) as server,
    ):
        query(client, server.url, TOKEN, DOCUMENT)
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize("status", [301, 302, 303])
def test_redirection_that_would_ask_with_get_is_refused(status: int, client: httpx.Client) -> None:
    error = refused(client, Reply(status, headers={"Location": "/login?next=secret"}))
    assert str(error).startswith(f"no answer: {status} ")
    assert str(error).endswith("a redirect of POST to http://127.0.0.1")


def test_text_of_a_server_is_bounded(client: httpx.Client) -> None:
    error = refused(client, reply({"errors": [{"message": "x" * (3 << 20)}] * 9}))
    assert len(str(error)) < 1000


def test_variables_that_no_json_holds(client: httpx.Client) -> None:
    with pytest.raises(GraphqlError, match="no answer: UnicodeEncodeError"):
        query(client, "http://127.0.0.1/", TOKEN, DOCUMENT, {"owner": "\udcff"})
