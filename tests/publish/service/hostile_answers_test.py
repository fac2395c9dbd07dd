"""What a server answers takes bounded memory and time, whatever it is."""

from __future__ import annotations

import gzip
import io
import itertools
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import zstandard

from rules_codspeed.publish.auth.auth import OidcEndpoint
from rules_codspeed.publish.auth.oidc import request_oidc_token
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.ci.buildkite import BuildkiteDialect
from rules_codspeed.publish.ci.log import Level, Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service import graphql
from rules_codspeed.publish.service.answer_json import MOST_VALUES
from rules_codspeed.publish.service.http import Answer, NoAnswerError, RetryPolicy
from rules_codspeed.publish.service.http import send_with_retries as send
from rules_codspeed.publish.service.upload import request_slot
from tests.publish.loopback import Reply, Waits, connect, serve

TOKEN = Secret("raw-t0ken")
METADATA = (
    b'{"profileMd5":"","tokenless":false,"runEnvironment":"GITHUB_ACTIONS",'
    b'"owner":"acme","repository":"widgets"}'
)
MANY = 64 << 20  # bytes that a body of few stands for
LITTLE = 16 << 20  # bytes of memory, for an answer of at most one MiB


def zeros(pack: Callable[[bytes], bytes], flush: Callable[[], bytes]) -> bytes:
    return b"".join(pack(bytes(1 << 20)) for _ in range(MANY >> 20)) + flush()


def zipped(bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return zeros(packer.compress, packer.flush)


def zstd() -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return zeros(packer.compress, packer.flush)


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: zipped(31),
    "gzip, gzip": lambda: gzip.compress(zipped(31)),
    "GZIP,deflate": lambda: zlib.compress(zipped(31)),
    "deflate": lambda: zipped(15),
    "zstd": zstd,
    "identity, zstd": zstd,
    "no-such": lambda: bytes(1 << 20),
}


@pytest.fixture(params=BOMBS)
def bomb(request: pytest.FixtureRequest) -> Reply:
    """An answer of few bytes that stand for many."""
    coding: str = request.param
    return Reply(200, BOMBS[coding](), {"Content-Encoding": coding})


def log() -> Logger:
    return Logger(BuildkiteDialect(), io.StringIO(), Level.OFF)


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < LITTLE
    finally:
        tracemalloc.stop()


def slot(url: str) -> None:
    with connect() as client:
        request_slot(client, url, METADATA, TOKEN, log(), Waits().policy(3))


def refused_slot(answer: Reply) -> str:
    with serve(answer) as server, pytest.raises(PublishError) as caught:
        slot(f"{server.url}/upload")
    assert len(server.requests) == 1, "such an answer is final"
    return str(caught.value)


def ask(answer: Reply) -> str:
    """Asks the GraphQL API; returns what is wrong with its answer."""
    with (
        serve(answer) as server,
        connect() as client,
        pytest.raises(graphql.GraphqlError) as caught,
    ):
        graphql.query(client, server.url, TOKEN, "query Q { a }")
    return str(caught.value)


def test_coded_slot_is_no_answer_of_codspeed(bomb: Reply) -> None:
    with little_memory():
        message = refused_slot(bomb)
    assert message.startswith("the server's answer is not one of CodSpeed's. Got: 200 OK, a body ")
    assert f"the content coding {bomb.headers['Content-Encoding']}, which was not" in message


def test_coded_refusal_is_reported_as_such(bomb: Reply) -> None:
    with little_memory():
        message = refused_slot(Reply(403, bomb.body, bomb.headers))
    assert "403 Forbidden\n  -> Reason: a body with the content coding" in message


def test_coded_answer_of_the_api_is_reported(bomb: Reply) -> None:
    with little_memory():
        message = ask(bomb)
    assert message.startswith("an answer with the content coding")


def test_coded_token_is_none(bomb: Reply) -> None:
    with serve(bomb) as server, connect() as client, little_memory():
        endpoint = OidcEndpoint(f"{server.url}/?a=b", TOKEN)
        policy = Waits().policy(3)
        found = request_oidc_token(client, endpoint, is_private=False, log=log(), policy=policy)
    assert found is None


def test_archive_that_arrived_is_not_sent_again_for_a_coded_answer(bomb: Reply) -> None:
    with serve(bomb) as server, connect() as client, little_memory():
        request = client.build_request("PUT", server.url, content=b"archive")
        assert send(client, request, Waits().policy(3), log()).ok


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_body_without_a_coding_is_read(coding: str) -> None:
    answer = Reply(200, b"fine", {"Content-Encoding": coding})
    with serve(answer) as server, connect() as client:
        request = client.build_request("GET", server.url)
        assert send(client, request, Waits().policy(0), log()) == Answer(200, b"fine")


@pytest.mark.parametrize(
    "headers",
    [
        {f"X-{number}": "1" for number in range(50_000)},
        {"X": "a" * (1 << 20)},
    ],
    ids=["many", "long"],
)
def test_headers_are_bounded(headers: dict[str, str]) -> None:
    with serve(Reply(200, b"", headers)) as server, connect() as client:
        request = client.build_request("GET", server.url)
        with pytest.raises(NoAnswerError, match=r"RemoteProtocolError|ReadError"), little_memory():
            send(client, request, Waits().policy(0), log())


def test_body_that_does_not_end_is_given_up() -> None:
    policy = RetryPolicy(0, clock=itertools.count(0, 301).__next__)
    with serve(Reply(200, b"{", missing=9)) as server, connect() as client:
        request = client.build_request("GET", server.url)
        with pytest.raises(NoAnswerError, match="ReadTimeout: the answer does not end"):
            send(client, request, policy, log())


HOSTILE_JSON = {
    "deep": b'{"data": ' + b"[" * 100_000,
    "deep and whole": b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"data": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "digits": b'{"data": {"a": ' + b"9" * 500_000 + b"}}",
    "lists": b'{"data": {"a": [' + b"[]," * (MOST_VALUES + 1) + b"[]]}}",
    "cut": b'{"data": {"a": "',
    "no UTF-8": b'{"data": {"a": "\xff"}}',
    "key twice": b'{"errors": 1, "errors": 2}',
}


@pytest.fixture(params=HOSTILE_JSON)
def hostile(request: pytest.FixtureRequest) -> Reply:
    return Reply(200, HOSTILE_JSON[request.param])


def test_hostile_json_is_no_slot(hostile: Reply) -> None:
    assert refused_slot(hostile).startswith("the server's answer is not one of CodSpeed's. Got: ")


def test_hostile_json_is_no_answer_of_the_api(hostile: Reply) -> None:
    assert ask(hostile) == "status 200, and no answer of a GraphQL API"


def test_number_of_values_is_named() -> None:
    document = b'{"status": [' + b"0," * MOST_VALUES + b"0]}"
    assert f"more than {MOST_VALUES} values" in refused_slot(Reply(200, document))


def test_answer_with_as_many_values_is_read() -> None:
    document = b'{"data": {"a": [' + b"0," * (MOST_VALUES - 4) + b"0]}}"
    with serve(Reply(200, document)) as server, connect() as client:
        data = graphql.query(client, server.url, None, "query Q { a }")
    assert len(data["a"]) == MOST_VALUES - 3


def test_requests_offer_no_coding() -> None:
    with serve(Reply(200, b'{"data": {}}')) as server, connect() as client:
        graphql.query(client, server.url, None, "query Q { a }")
    assert "accept-encoding" not in server.requests[0].headers


def test_client_decodes_nothing_by_itself() -> None:
    """A redirect's body is never read, however it is coded."""
    there = Reply(307, BOMBS["gzip, gzip"](), {"Location": "/", "Content-Encoding": "gzip, gzip"})
    with serve(there, Reply(200, b"fine")) as server, connect() as client, little_memory():
        request: httpx.Request = client.build_request("POST", server.url, content=b"{}")
        assert send(client, request, Waits().policy(0), log()).body == b"fine"
