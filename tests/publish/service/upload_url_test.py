"""Addresses of the upload service: each can be sent to or is refused; none shows a secret."""

from __future__ import annotations

import pytest
from hypothesis import given

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.http import is_address
from rules_codspeed.publish.service.upload import check_upload_url, shown_url
from tests.publish.loopback import connect
from tests.publish.urls import odd_urls


@given(odd_urls())
def test_any_upload_url_can_be_sent_to_or_is_refused(url: str) -> None:
    message = ""
    try:
        check_upload_url(url)
        with connect() as client:
            assert is_address(client.build_request("POST", url).url)
    except PublishError as error:
        message = str(error)
    assert "k3y" not in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.test/upload", "https://a.test/upload"),
        ("https://me:k3y@a.test:8443/upload?key=k3y#k3y", "https://a.test:8443/upload"),
        ("HTTP://[::1]:1?key=k3y", "HTTP://[::1]:1"),
        ("https://k3y@a.test", "https://a.test"),
        ("https://me:k3y", "https://me"),
        ("https://a.test/\x1b[2J", "https://a.test/\\x1b[2J"),
        ("k3y", "***"),
        ("", "***"),
    ],
)
def test_shown_url_has_no_secret(url: str, shown: str) -> None:
    assert shown_url(url) == shown
