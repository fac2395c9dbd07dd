"""Only safe addresses are asked, and passwords go where the netrc file says."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest

from tests.tools.archives.server import Answer, Server
from tools.archives.errors import ArchivesError
from tools.archives.transport import RefusedError, check_hop, open_client, open_response


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (None, "https://host.example/a"),
        (None, "http://127.0.0.1:8080/a"),
        (None, "http://localhost/a"),
        (None, "http://[::1]/a"),
        ("https://host.example/a", "https://other.example/a"),
        ("http://127.0.0.1/a", "http://localhost/a"),
        ("http://127.0.0.1/a", "https://host.example/a"),
    ],
)
def test_safe_addresses(source: str | None, target: str) -> None:
    check_hop(source and httpx.URL(source), httpx.URL(target))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (None, "http://host.example/a"),
        (None, "http://127.0.0.1.example/a"),
        (None, "http://10.0.0.1/a"),
        (None, "ftp://127.0.0.1/a"),
        (None, "file:///a"),
        (None, "a"),
        (None, ""),
        ("https://host.example/a", "http://host.example/a"),
        ("https://host.example/a", "http://127.0.0.1/a"),
        ("http://127.0.0.1/a", "http://host.example/a"),
        ("https://host.example/a", "https://me:s3cret@other.example/a"),
        ("https://host.example/a", "http://other.example/a?key=s3cret"),
    ],
)
def test_unsafe_addresses(source: str | None, target: str) -> None:
    with pytest.raises(RefusedError) as raised:
        check_hop(source and httpx.URL(source), httpx.URL(target))  # type: ignore[arg-type]
    assert "s3cret" not in str(raised.value)


def ask(url: str) -> bytes:
    with open_client() as client, open_response(client, url, {}) as response:
        return response.read()


def test_redirects_are_followed(server: Server) -> None:
    server.put("/c", Answer(b"found"))
    server.put("/b", Answer(status=307, headers={"Location": "c"}))
    assert ask(server.put("/a", Answer(status=302, headers={"Location": "/b"}))) == b"found"


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(file))
    return file


def test_a_password_goes_to_its_host_alone(server: Server, netrc: Path) -> None:
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    elsewhere = f"http://localhost:{server.port}/b"
    server.put("/b", Answer(b"found"))
    assert ask(server.put("/a", Answer(status=302, headers={"Location": elsewhere}))) == b"found"
    sent = [request.headers.get("Authorization") for request in server.requests]
    assert sent == ["Basic " + base64.b64encode(b"me:s3cret").decode(), None]


def test_the_home_folder_has_a_netrc_file(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NETRC")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    ask(server.put("/a", Answer(b"")))
    assert server.requests[0].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("text", ["machine\n", "s3cret\n", "machine a passwort s3cret\n"])
def test_a_broken_netrc_file_is_told_without_its_words(netrc: Path, text: str) -> None:
    netrc.write_text(text)
    with pytest.raises(ArchivesError, match=r"NetrcParseError .* correct the netrc") as raised:
        open_client()
    assert "s3cret" not in str(raised.value)


def test_a_broken_proxy_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://me:s3cret@proxy.example")
    with pytest.raises(ArchivesError, match=r"ValueError for HTTPS_PROXY") as raised:
        open_client()
    assert "s3cret" not in str(raised.value)


def test_an_answer_is_asked_for_as_it_is(server: Server) -> None:
    ask(server.put("/a", Answer(b"")))
    headers = server.requests[0].headers
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"] == "rules_codspeed"
