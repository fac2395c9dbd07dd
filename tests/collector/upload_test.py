from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.collector.signature import Signer
from tests.collector.server import Server, serve
from tests.collector.uploads import (
    TOKEN,
    Upload,
    compact,
    document,
    plain,
    simulation,
    slot_headers,
    tar,
    tar_gz,
)
from tests.publish.upload_vectors import vectors


def test_a_simulation_is_stored_as_it_was_sent(server: Server) -> None:
    upload = simulation({"1.out": b"profile", "a/b.txt": b""})
    answer = upload.announce(server.client)
    assert answer.status_code == 200
    slot = answer.json()
    assert slot.keys() == {"status", "uploadUrl", "runId"}
    assert (slot["status"], slot["runId"]) == ("success", upload.run_id)
    assert slot["uploadUrl"].startswith(f"{server.url}/archives/{upload.run_id}?")
    pending = server.client.get(f"/runs/{upload.run_id}").json()
    assert (pending["state"], pending["archive_bytes"]) == ("pending", None)
    assert server.client.get(f"/runs/{upload.run_id}/archive").status_code == 404

    put = server.client.put(slot["uploadUrl"], content=upload.archive, headers=upload.headers())
    assert (put.status_code, put.content) == (200, b"")
    run = server.client.get(f"/runs/{upload.run_id}").json()
    assert run["state"] == "complete"
    assert run["run_hash"] == hashlib.sha256(upload.body).hexdigest()
    assert run["metadata"] == json.loads(upload.body)
    assert (run["repository"], run["executor"]) == ("acme/widgets", "valgrind")
    assert run["archive_bytes"] == len(upload.archive)
    archive = server.client.get(f"/runs/{upload.run_id}/archive")
    assert archive.content == upload.archive
    assert (server.data / "metadata" / f"{upload.run_id}.json").read_bytes() == upload.body
    stored = server.data / "archives" / f"{upload.run_id}.tar.gz"
    assert stored.read_bytes() == upload.archive
    del run["metadata"]
    assert server.client.get("/runs").json() == [run]


def test_every_vector_gets_a_slot(shared: Server) -> None:
    for body, digest in vectors().values():
        token = None if json.loads(body)["tokenless"] else TOKEN
        headers = slot_headers(Authorization=token)
        answer = shared.client.post("/upload", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["runId"] == digest[:24]


def test_is_healthy(shared: Server) -> None:
    assert shared.client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/nothing", "/runs/0123/archive", "/runs/none", "/_faults"])
def test_unknown_paths_are_refused(shared: Server, path: str) -> None:
    answer = shared.client.get(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"error"}


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (400, {"User-Agent": "python-httpx"}),
        (400, {"User-Agent": "codspeed-runner/5.0.2"}),
        (415, {"Content-Type": "application/json; charset=utf-8"}),
        (415, {"Content-Type": None}),
        (401, {"Authorization": None}),
        (401, {"Authorization": ""}),
        (401, {"Authorization": f"Bearer {TOKEN}"}),
    ],
)
def test_headers_of_the_slot(shared: Server, status: int, headers: dict[str, str | None]) -> None:
    body = simulation({}).body
    answer = shared.client.post("/upload", content=body, headers=slot_headers(**headers))
    assert answer.status_code == status
    assert isinstance(answer.json()["error"], str)


def test_a_header_must_not_occur_twice(shared: Server) -> None:
    twice = [*slot_headers().items(), ("Authorization", "another")]
    answer = shared.client.post("/upload", content=simulation({}).body, headers=twice)
    assert answer.status_code == 400


def test_tokenless_goes_without_a_token(shared: Server) -> None:
    body = compact(document("B", b""))
    assert shared.client.post("/upload", content=body, headers=slot_headers()).status_code == 400
    without = slot_headers(Authorization=None)
    assert shared.client.post("/upload", content=body, headers=without).status_code == 200


def test_metadata_is_refused_with_its_fault(shared: Server) -> None:
    def post(body: bytes) -> httpx.Response:
        return shared.client.post("/upload", content=body, headers=slot_headers())

    wrong = post(compact(document("A", b"", commitHash="HEAD")))
    assert wrong.status_code == 422
    assert "commitHash" in wrong.json()["error"]
    assert post(b"{").status_code == 400
    assert post(b" " * ((1 << 20) + 1)).status_code == 413


@settings(max_examples=60)
@given(
    body=st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ).map(compact)
)
def test_garbage_is_refused(shared: Server, body: bytes) -> None:
    answer = shared.client.post("/upload", content=body, headers=slot_headers())
    assert answer.status_code in (400, 422)
    assert answer.json().keys() == {"error"}


@settings(max_examples=60)
@given(
    vector=st.sampled_from("ABCDEFG"),
    key=st.integers(0, 20),
    value=st.none() | st.integers() | st.text(max_size=9) | st.lists(st.integers(), max_size=2),
)
def test_damaged_metadata_is_no_crash(shared: Server, vector: str, key: int, value: Any) -> None:
    damaged = json.loads(vectors()[vector][0])
    damaged[list(damaged)[key % len(damaged)]] = value
    answer = shared.client.post("/upload", content=compact(damaged), headers=slot_headers())
    assert answer.status_code < 500


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "token").write_text(f"{TOKEN}\n")
    with (
        (folder / "log").open("w+") as log,
        serve(folder / "data", "--token-file", folder / "token", errors=log) as server,
    ):
        yield server
        server.stop()
        assert "refused POST '/upload'" in (folder / "log").read_text()
        assert TOKEN not in (folder / "log").read_text()


class TestToken:
    @pytest.mark.parametrize(
        ("token", "status"), [(TOKEN, 200), ("another", 401), ("Zoë".encode(), 401), (None, 401)]
    )
    def test_is_needed_to_send(self, guarded: Server, token: Any, status: int) -> None:
        headers: Any = slot_headers(Authorization=token)
        body = simulation({}).body
        answer = guarded.client.post("/upload", content=body, headers=headers)
        assert answer.status_code == status
        assert TOKEN not in answer.text

    def test_is_needed_for_what_claims_to_be_tokenless(self, guarded: Server) -> None:
        body = compact(document("B", b""))
        for headers in (slot_headers(), slot_headers(Authorization=None)):
            answer = guarded.client.post("/upload", content=body, headers=headers)
            assert answer.status_code == 401

    @pytest.mark.parametrize("path", ["/runs", "/runs/0", "/runs/0/archive"])
    def test_is_needed_to_read(self, guarded: Server, path: str) -> None:
        assert guarded.client.get(path).status_code == 401
        read = guarded.client.get(path, headers={"Authorization": TOKEN})
        assert read.status_code in (200, 404)

    def test_is_not_needed_to_ask_for_its_health(self, guarded: Server) -> None:
        assert guarded.client.get("/healthz").status_code == 200


class TestTransfer:
    upload = simulation({"1.out": b"of the transfer"})

    @pytest.mark.parametrize(
        ("status", "headers"),
        [
            (400, {"User-Agent": "python-httpx"}),
            (400, {"Authorization": TOKEN}),
            (415, {"Content-Type": "application/gzip"}),
            (415, {"Content-Encoding": "identity"}),
            (400, {"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}),
            (400, {"Content-MD5": ""}),
        ],
    )
    def test_headers(self, shared: Server, status: int, headers: dict[str, str]) -> None:
        sent = {**self.upload.headers(), **headers}
        url = self.upload.url(shared.client)
        answer = shared.client.put(url, content=self.upload.archive, headers=sent)
        assert answer.status_code == status
        assert next(iter(headers)) in answer.text

    @pytest.mark.parametrize("name", ["Content-Type", "Content-Encoding", "Content-MD5"])
    def test_no_header_is_missing(self, shared: Server, name: str) -> None:
        sent = {key: value for key, value in self.upload.headers().items() if key != name}
        url = self.upload.url(shared.client)
        answer = shared.client.put(url, content=self.upload.archive, headers=sent)
        assert answer.status_code in (400, 415)

    def test_plain_archives_have_no_encoding(self, shared: Server) -> None:
        upload = plain(tar({"a": b"plain"}))
        sent = {**upload.headers(), "Content-Encoding": "gzip"}
        url = upload.url(shared.client)
        assert shared.client.put(url, content=upload.archive, headers=sent).status_code == 415
        assert upload.put(shared.client).status_code == 200

    def test_length_is_required(self, shared: Server) -> None:
        def pieces() -> Any:
            yield self.upload.archive

        url = self.upload.url(shared.client)
        answer = shared.client.put(url, content=pieces(), headers=self.upload.headers())
        assert answer.status_code == 411

    def test_content_is_what_was_announced(self, shared: Server) -> None:
        url = self.upload.url(shared.client)
        other = tar_gz({"1.out": b"another"})
        answer = shared.client.put(url, content=other, headers=self.upload.headers())
        assert answer.status_code == 400
        assert "MD5" in answer.text

    def test_url_is_signed_for_one_run(self, shared: Server) -> None:
        url = self.upload.url(shared.client)
        other = simulation({"2.out": b""}).url(shared.client)
        for wrong in (
            url.replace(self.upload.run_id, other.split("/")[4].partition("?")[0]),
            url.replace("expires=", "expires=9"),
            url[:-1] + ("1" if url.endswith("0") else "0"),
            url.partition("?")[0],
            url + "é",
            url.replace("expires=", "expires=x"),
        ):
            answer = shared.client.put(wrong, content=b"", headers=self.upload.headers())
            assert answer.status_code == 403

    def test_url_expires(self, shared: Server) -> None:
        key = (shared.data / "key").read_bytes()
        self.upload.announce(shared.client)
        query = Signer(key, lambda: 1e9).query(self.upload.run_id)
        url = f"/archives/{self.upload.run_id}?{query}"
        answer = shared.client.put(url, content=self.upload.archive, headers=self.upload.headers())
        assert (answer.status_code, answer.text) == (403, "the URL has expired")

    def test_refusals_store_nothing(self, shared: Server) -> None:
        # After the tests above.
        assert not list((shared.data / "archives").glob("*.part"))
        assert not list((shared.data / "archives").glob(f"{self.upload.run_id}*"))


def test_too_large_archives_are_refused(tmp_path: Path) -> None:
    upload = simulation({"1.out": b"content"})
    size = len(upload.archive)
    with serve(tmp_path / "data", "--max-archive-bytes", str(size - 1)) as server:
        assert upload.put(server.client).status_code == 413
    with serve(tmp_path / "data", "--max-archive-bytes", str(size)) as server:
        assert upload.put(server.client).status_code == 200


def test_the_connection_outlives_a_refusal(shared: Server) -> None:
    upload = Upload(simulation({"3.out": b""}).body, bytes(1 << 20), True)
    for _ in range(3):
        answer = shared.client.put(
            upload.url(shared.client), content=upload.archive, headers=upload.headers()
        )
        assert answer.status_code == 400


def test_what_is_no_http_does_no_harm(shared: Server) -> None:
    with socket.create_connection(shared.address) as connection:
        connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert shared.client.get("/healthz").status_code == 200
