"""The slot and the archive: requests byte by byte, every fault, no secret in a message."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.bundle.archive import Archive, write_archive
from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.ci.buildkite import BuildkiteDialect
from rules_codspeed.publish.ci.log import Level, Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.upload import (
    RETRIES,
    UploadSlot,
    check_upload_url,
    put_archive,
    request_slot,
)
from tests.publish.loopback import Reply, Reset, Waits, connect, serve, unused_port

TOKEN = Secret("raw-t0ken")
METADATA = (
    b'{"profileMd5":"","tokenless":false,"runEnvironment":"GITHUB_ACTIONS",'
    b'"owner":"Acme","repository":"Widgets-\xc3\xa9"}'
)
SLOT = {"status": "success", "uploadUrl": "https://s3.test/x?sig=1", "runId": "65f0c0ffee"}
NO_ADDRESS = "it names no host, or an impossible host or port"
SIGNATURE = "X-Amz-Credential=AKIDEXAMPLE%2F20261125&X-Amz-Expires=900&X-Amz-Signature=f00dfacecafe"


def answer(status: int = 200, /, **fields: object) -> Reply:
    return Reply(status, json.dumps(fields).encode())


class Upload:
    """Both requests; keeps the log."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        self.log = Logger(BuildkiteDialect(), self.output, Level.TRACE)
        self.waits = Waits()

    def slot(
        self, url: str, token: Secret | None = TOKEN, metadata: bytes = METADATA
    ) -> UploadSlot:
        with connect() as client:
            return request_slot(client, url, metadata, token, self.log, self.waits.policy(3))

    def put(self, url: str, archive: Archive) -> None:
        slot = UploadSlot(Secret(url), "65f0c0ffee")
        with connect() as client:
            put_archive(client, slot, archive, self.log, self.waits.policy(3))


@pytest.fixture
def upload() -> Upload:
    return Upload()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    # Larger than what the sockets of loopback hold.
    return write_archive([Entry("1.out", "//:b", bytes(9 << 20))], "walltime", tmp_path)


def test_slot_request(upload: Upload) -> None:
    with serve(answer(**SLOT, extra=1)) as server:
        slot = upload.slot(f"{server.url}/upload")
    assert slot == UploadSlot(Secret("https://s3.test/x?sig=1"), "65f0c0ffee")
    assert "sig" not in repr(slot)
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/upload", METADATA)
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "user-agent": "codspeed-runner",
        "content-type": "application/json",
        "content-length": str(len(METADATA)),
        "authorization": "raw-t0ken",
    }


def test_tokenless_slot_request_has_no_authorization(upload: Upload) -> None:
    with serve(answer(201, **SLOT)) as server:
        upload.slot(server.url, token=None)
    assert "authorization" not in server.requests[0].headers


def test_it_asks_as_often_as_the_runner(upload: Upload) -> None:
    """By the policy that publishing has, without its waits."""
    policy = replace(RETRIES, sleep=lambda seconds: None)
    with serve(*[Reply(503)] * 20) as server, connect() as client:
        with pytest.raises(PublishError):
            request_slot(client, server.url, METADATA, TOKEN, upload.log, policy)
        assert len(server.requests) == 4


def test_slot_is_asked_for_four_times(upload: Upload) -> None:
    with serve(Reply(503), Reset(), Reply(429), answer(**SLOT)) as server:
        assert upload.slot(server.url).run_id == "65f0c0ffee"
    assert {request.body for request in server.requests} <= {METADATA, b""}
    assert upload.waits.seconds == [1, 2, 4]


def refused(upload: Upload, *script: Reply | Reset, metadata: bytes = METADATA) -> PublishError:
    with serve(*script) as server, pytest.raises(PublishError) as caught:
        upload.slot(server.url, metadata=metadata)
    assert len(server.requests) == len(script)
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_refused_slot_is_final(upload: Upload, status: int) -> None:
    message = refused(upload, answer(status, error="no such repository")).what
    assert message.startswith(f"Failed to retrieve upload data: {status} ")
    assert message.endswith("\n  -> Reason: no such repository")
    assert upload.output.getvalue() == (
        "[DEBUG] Check that owner and repository are correct (case-sensitive!): Acme/Widgets-é\n"
    )


def test_last_failure_is_reported_with_its_text(upload: Upload) -> None:
    faults = [Reply(500, b"a"), Reply(500, b"b"), Reply(500, b"c")]
    message = refused(upload, *faults, Reply(502, b"<html>")).what
    assert message == "Failed to retrieve upload data: 502 Bad Gateway\n  -> Reason: <html>"


@pytest.mark.parametrize(
    "body", [b"text", b"", b"[]", b'{"error": 1}', b'{"errors": "x"}', b"\xff"]
)
def test_other_error_is_the_whole_text(upload: Upload, body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    assert refused(upload, Reply(400, body)).what.endswith(f"-> Reason: {text}")


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        (
            "GITHUB_ACTIONS",
            "Check that the workflow is correctly authenticated. View more at https://codspeed.io"
            "/docs/integrations/ci/github-actions/configuration#authentication",
        ),
        (
            "GITLAB_CI",
            "Check that the CI job is correctly authenticated. View more at https://codspeed.io"
            "/docs/integrations/ci/gitlab-ci/configuration#authentication",
        ),
        ("BUILDKITE", "Check that CODSPEED_TOKEN is set and has the correct value"),
        ("LOCAL", "Run `codspeed auth login` to authenticate the CLI"),
    ],
)
def test_unauthorized_has_a_hint(upload: Upload, environment: str, hint: str) -> None:
    metadata = METADATA.replace(b"GITHUB_ACTIONS", environment.encode())
    message = refused(upload, answer(401, error="Invalid token"), metadata=metadata).what
    assert message == (
        f"Failed to retrieve upload data: 401 Unauthorized\n  -> Reason: Invalid token\n\n{hint}"
    )


def test_token_that_the_server_repeats_is_not_shown(upload: Upload) -> None:
    message = refused(upload, answer(403, error="bad token raw-t0ken")).what
    assert message.endswith("-> Reason: bad token ***")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        *(json.dumps({**SLOT, name: None}).encode() for name in SLOT),
        *(json.dumps({k: v for k, v in SLOT.items() if k != name}).encode() for name in SLOT),
        json.dumps({**SLOT, "runId": 7}).encode(),
        *(
            json.dumps({**SLOT, "uploadUrl": url}).encode()
            for url in (
                "",
                "file:///etc/passwd?sig=1",
                "ftp://s3.test/x?sig=1",
                "/x?sig=1",
                "https://?sig=1",
                "https://u:p@s3.test/?sig=1",
                "https://s3.test:port/?sig=1",
                "https://s3.test:99999999999/?sig=1",
                f"https://{'s' * 64}.test/?sig=1",
                "https://xn--a/?sig=1",
            )
        ),
    ],
)
def test_answer_that_is_none_is_refused(upload: Upload, body: bytes) -> None:
    message = str(refused(upload, Reply(200, body)))
    assert message.startswith("the server's answer is not one of CodSpeed's. Got: 200 OK, ")
    assert "sig" not in message


def test_no_answer_for_a_slot(upload: Upload) -> None:
    with pytest.raises(PublishError, match="Failed to retrieve upload data: no answer of 127"):
        upload.slot(f"http://127.0.0.1:{unused_port()}")
    assert len(upload.waits.seconds) == 3


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("x?key=1", "Invalid upload URL: ***, the scheme is neither http nor https"),
        (
            "http://",
            f"Invalid upload URL: http://, {NO_ADDRESS}",
        ),
        ("http://x:y?key=1", "Invalid upload URL: http://x, it is not a valid URL"),
        ("ftp://x/a?key=1", "Invalid upload URL: ftp://x, the scheme is neither http nor https"),
        ("http://a\x1b[2J/?key=1", "Invalid upload URL: http://a\\x1b[2J, it is not a valid URL"),
        ("http://x/\udc80", "Invalid upload URL: http://x, it is not a valid URL"),
        (
            "http://x:65536/",
            f"Invalid upload URL: http://x, {NO_ADDRESS}",
        ),
        (
            "http://x:-1/",
            f"Invalid upload URL: http://x, {NO_ADDRESS}",
        ),
        (
            "http://xn--a/",
            f"Invalid upload URL: http://xn--a, {NO_ADDRESS}",
        ),
        (
            f"http://{'a' * 64}/?key=1",
            f"Invalid upload URL: http://{'a' * 64}, {NO_ADDRESS}",
        ),
        (
            "http://me:pass@x",
            "Invalid upload URL: http://x, it holds a user name, which would replace the token",
        ),
    ],
)
def test_invalid_upload_url(upload: Upload, url: str, message: str) -> None:
    for call in (check_upload_url, upload.slot):
        with pytest.raises(PublishError) as caught:
            call(url)
        assert caught.value.what == message


def test_put_request(upload: Upload, archive: Archive) -> None:
    with serve(Reply(200)) as server:
        upload.put(f"{server.url}/bucket/key?{SIGNATURE}", archive)
    (request,) = server.requests
    assert (request.method, request.path) == ("PUT", f"/bucket/key?{SIGNATURE}")
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "user-agent": "codspeed-runner",
        "content-type": "application/x-tar",
        "content-length": str(archive.size),
        "content-md5": archive.md5,
    }
    assert request.body == archive.path.read_bytes()


def test_put_of_gzip_has_its_encoding(upload: Upload, tmp_path: Path) -> None:
    archive = write_archive([Entry("1.out", "//:b", b"x")], "valgrind", tmp_path)
    with serve(Reply(204)) as server:
        upload.put(server.url, archive)
    assert server.requests[0].headers["content-encoding"] == "gzip"
    assert server.requests[0].body == archive.path.read_bytes()


@pytest.mark.parametrize(
    "fault",
    [
        Reset(),
        Reset(4 << 20),
        Reply(500),
        Reply(408),
        Reply(503, early=True),
        Reply(200, b"x", missing=1),
    ],
    ids=str,
)
def test_put_is_repeated_from_the_start(
    upload: Upload, archive: Archive, fault: Reply | Reset
) -> None:
    with serve(fault, fault, fault, Reply(200)) as server:
        upload.put(server.url, archive)
    assert upload.waits.seconds == [1, 2, 4]
    assert server.requests[-1].body == archive.path.read_bytes()


@pytest.mark.parametrize("status", [301, 302, 303])
def test_login_page_is_no_upload(upload: Upload, archive: Archive, status: int) -> None:
    login = Reply(status, headers={"Location": "/login?next=f00dfacecafe"})
    with serve(login, Reply(200, b"<form>")) as server, pytest.raises(PublishError) as caught:
        upload.put(f"{server.url}/x?{SIGNATURE}", archive)
    assert [one.method for one in server.requests] == ["PUT"]
    assert f"Got: {status} " in str(caught.value)
    assert ", a redirect of PUT to http://127.0.0.1. Expected" in str(caught.value)


def test_text_of_a_server_is_printable_and_bounded(upload: Upload, archive: Archive) -> None:
    body = b"first\r\n\x1b]0;title\x07\n" + b"x" * (3 << 20)
    with serve(Reply(400, body)) as server, pytest.raises(PublishError) as caught:
        upload.put(server.url, archive)
    for message in (caught.value.what, refused(upload, Reply(400, body)).what):
        reason = message.partition("-> Reason: ")[2]
        assert reason.startswith("first\n\\x1b]0;title\\x07\nxxx")
        assert reason.endswith("x...")
        assert len(reason) == 4096 + len("...")


def test_hint_is_not_cut_with_the_text_of_the_server(upload: Upload) -> None:
    message = refused(upload, answer(401, error="\x1b" * 3000)).what
    assert "\\x1b...\n\nCheck that the workflow" in message


def test_token_is_not_shown_where_the_text_is_cut(upload: Upload) -> None:
    message = refused(upload, answer(403, error="x" * 4090 + TOKEN.reveal())).what
    assert message.endswith("xx***")


def test_put_follows_a_redirect_with_the_whole_archive(upload: Upload, archive: Archive) -> None:
    with serve(Reply(307, headers={"Location": "/there"}), Reply(200)) as server:
        upload.put(f"{server.url}/here", archive)
    assert server.requests[1].body == archive.path.read_bytes()


def test_expired_url_is_final_and_shows_no_signature(upload: Upload, archive: Archive) -> None:
    body = (
        "<Error><Code>AccessDenied</Code><Provided>f00dfacecafe</Provided>"
        f"<Request>PUT /x?{SIGNATURE.replace('&', '&amp;')} AKIDEXAMPLE/20261125</Request></Error>"
    )
    with serve(Reply(403, body.encode())) as server, pytest.raises(PublishError) as caught:
        upload.put(f"{server.url}/x?{SIGNATURE}", archive)
    assert len(server.requests) == 1
    message = str(caught.value)
    assert message.startswith(
        "Failed to upload performance report: 403 Forbidden\n  -> Reason: <Error><Code>AccessDenied"
    )
    assert "f00dfacecafe" not in message + upload.output.getvalue()
    assert "AKIDEXAMPLE" not in message + upload.output.getvalue()


@pytest.mark.parametrize("fault", [Reset(1 << 20), Reply(200, b"", missing=1)], ids=str)
def test_no_answer_for_an_archive(upload: Upload, archive: Archive, fault: Reply | Reset) -> None:
    with serve(*[fault] * 4) as server, pytest.raises(PublishError) as caught:
        upload.put(f"{server.url}/x?{SIGNATURE}", archive)
    assert len(server.requests) == 4
    message = str(caught.value)
    assert message.startswith("Failed to upload performance report: no answer of 127.0.0.1. Got: ")
    assert "Amz" not in message + upload.output.getvalue()


def test_archive_that_is_gone_is_an_error(upload: Upload, archive: Archive) -> None:
    archive.path.unlink()
    with serve(Reply(200)) as server, pytest.raises(PublishError, match="cannot read the archive"):
        upload.put(server.url, archive)


def test_archive_that_is_shorter_now_is_an_error(upload: Upload, archive: Archive) -> None:
    archive.path.write_bytes(b"short")
    with serve(Reply(200)) as server, pytest.raises(PublishError, match=r"changed\. Got: 5 bytes"):
        upload.put(server.url, archive)
    assert upload.waits.seconds == []


def test_no_more_is_sent_than_was_announced(upload: Upload, archive: Archive) -> None:
    archive.path.write_bytes((content := archive.path.read_bytes()) + b"more")
    with serve(Reply(200)) as server:
        upload.put(server.url, archive)
    assert server.requests[0].body == content
