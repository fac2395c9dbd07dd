"""Checks the headers of an upload (spec: upload 2, 9, 10)."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field

from starlette.datastructures import Headers

from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.index import Run

_USER_AGENT = "codspeed-runner"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What senders and readers must present.

    Attributes:
      token: the token to send; None accepts any.
      read_token: the token to read with, besides the other one; None where there is no such token.
    """

    token: str | None = field(repr=False)
    read_token: str | None = field(default=None, repr=False)

    def check(self, headers: Headers) -> None:
        """Checks the raw token, without a scheme, of a request.

        Raises:
          Refusal: 401, there is none, or it is wrong.
        """
        sent = _single(headers, "Authorization")
        if not sent:
            raise Refusal(401, "no Authorization header")
        if " " in sent:
            raise Refusal(401, "the Authorization header has a scheme, expected the token alone")
        if self.token is not None and not _equal(sent, self.token):
            raise Refusal(401, "the token is wrong")

    def check_upload(self, headers: Headers, tokenless: bool) -> None:
        """Checks that the token is there unless the metadata states that there is none.

        Raises:
          Refusal: 401, the token is missing or wrong; 400, it is there and must not be.
        """
        if not tokenless:
            self.check(headers)
        elif self.token is not None:
            # CodSpeed finds the run hash in the public log of the CI; here it cannot be checked.
            raise Refusal(401, "tokenless, but this collector asks for a token")
        elif "Authorization" in headers:
            raise Refusal(400, "tokenless, but with an Authorization header")

    def check_reader(self, headers: Headers) -> None:
        """Checks that whoever reads what is stored sends a token, if there is one.

        Raises:
          Refusal: 401, the token is missing or wrong.
        """
        sent = _single(headers, "Authorization")
        if not self._reads(sent or ""):
            raise Refusal(401, "the token is wrong" if sent else "no Authorization header")

    def check_browser(self, headers: Headers) -> None:
        """Checks the same of a browser, which sends the token as the password of any user.

        Raises:
          Refusal: 401, the token is missing or wrong.
        """
        sent = _single(headers, "Authorization") or ""
        scheme, _, coded = sent.partition(" ")
        if scheme.lower() == "basic":
            sent = _password(coded)
        if not self._reads(sent):
            raise Refusal(401, "This page needs the collector's token as the password.")

    def _reads(self, sent: str) -> bool:
        known = [one for one in (self.token, self.read_token) if one is not None]
        return not known or any([_equal(sent, one) for one in known])


def check_slot_headers(headers: Headers) -> None:
    """Checks a `POST /upload` except for its token.

    Raises:
      Refusal: 400 or 415.
    """
    _expect(headers, "User-Agent", _USER_AGENT, 400)
    _expect(headers, "Content-Type", "application/json", 415)


def check_archive_headers(headers: Headers, run: Run, max_bytes: int) -> None:
    """Checks a `PUT` of the archive of a run.

    Raises:
      Refusal: 400, 411, 413 or 415.
    """
    if "Authorization" in headers:
        raise Refusal(400, "an Authorization header, expected none: the URL is signed")
    _expect(headers, "User-Agent", _USER_AGENT, 400)
    _expect(headers, "Content-Type", "application/x-tar", 415)
    length = _single(headers, "Content-Length")
    if length is None:
        raise Refusal(411, "no Content-Length header")
    if int(length) > max_bytes:
        raise Refusal(413, f"the archive has {length} bytes, at most {max_bytes} are accepted")
    _expect(headers, "Content-Encoding", "gzip" if run.compressed else None, 415)
    _expect(headers, "Content-MD5", run.profile_md5, 400)


def _expect(headers: Headers, name: str, expected: str | None, status: int) -> None:
    sent = _single(headers, name)
    if sent != expected:
        raise Refusal(status, f"the header {name} is {sent!r}, expected {expected!r}")


def _single(headers: Headers, name: str) -> str | None:
    values = headers.getlist(name)
    if len(values) > 1:
        raise Refusal(400, f"the header {name} occurs {len(values)} times")
    return values[0] if values else None


def _password(coded: str) -> str:
    """Returns the password of HTTP's basic authentication (RFC 7617); nothing if it is damaged."""
    try:
        return base64.b64decode(coded, validate=True).partition(b":")[2].decode("latin-1")
    except (binascii.Error, ValueError):
        return ""


def _equal(sent: str, expected: str) -> bool:
    # Starlette decodes headers as Latin-1.
    return hmac.compare_digest(sent.encode("latin-1"), expected.encode())
