"""HTTP over https only, also after a redirect; netrc and proxies."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from netrc import NetrcParseError
from pathlib import Path

import httpx

from tools.archives.errors import ArchivesError

# For one step without any progress, not for a whole file.
TIMEOUT = httpx.Timeout(30)  # seconds
_MOST_REDIRECTS = 5


class RefusedError(Exception):
    """An address must not be asked; the message names it, without what may be a secret."""


def shown(url: str) -> str:
    """Returns an address without what may be a secret: password and query."""
    return re.sub("//[^/]*@", "//", url.partition("?")[0])


def is_loopback(url: httpx.URL) -> bool:
    """Returns whether an address is on this machine."""
    try:
        return url.host == "localhost" or ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


def check_hop(source: httpx.URL | None, target: httpx.URL) -> None:
    """Raises unless an address may be asked.

    Args:
      source: the address whose redirect leads there, if one does.
      target: the address.

    Raises:
      RefusedError: it could be intercepted, or contains a password.
    """
    place = f"{target.scheme}://{target.host}"
    led = f"a redirect to {place}" if source else f"the address {place}"
    if target.userinfo:
        raise RefusedError(f"{led} with a password in it, which belongs in a netrc file")
    if not target.host:
        raise RefusedError(f"{led}, which names no host")
    plain = target.scheme == "http" and is_loopback(target)
    if target.scheme != "https" and (not plain or (source and source.scheme == "https")):
        raise RefusedError(f"{led}, which is not https, and was not asked")


def open_client(timeout: httpx.Timeout = TIMEOUT) -> httpx.Client:
    """Returns a client; use it in a `with` statement.

    Proxies, certificates and passwords are those of the environment: `HTTPS_PROXY`,
    `NO_PROXY`, `SSL_CERT_FILE`; `NETRC` or `~/.netrc`.

    Raises:
      ArchivesError: the environment names something that cannot be used.
    """
    try:
        return httpx.Client(
            timeout=timeout,
            auth=_netrc_auth(),
            headers={"User-Agent": "rules_codspeed", "Accept-Encoding": "identity"},
        )
    except (ValueError, ImportError, OSError, httpx.InvalidURL, NetrcParseError) as error:
        # Not the message, which may show a password.
        raise ArchivesError(
            "cannot use HTTP with the settings of the environment",
            f"{type(error).__name__} for HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE or the netrc file",
            "a proxy http://HOST:PORT, a file of certificates, a netrc file that can be read",
            "correct or unset the variable, or correct the netrc file",
        ) from None


def _netrc_auth() -> httpx.Auth | None:
    """Reads the netrc file that Bazel's downloader would read."""
    file = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    return httpx.NetRCAuth(str(file)) if file.is_file() else None


@contextmanager
def open_response(
    client: httpx.Client, url: str, headers: dict[str, str]
) -> Iterator[httpx.Response]:
    """Requests an address and follows redirects; yields the answer before its body is read.

    Raises:
      RefusedError: an address on the way must not be asked.
      httpx.TransportError: there is no answer.
      httpx.InvalidURL: an address is invalid.
    """
    request = client.build_request("GET", url, headers=headers)
    source = None
    for _ in range(_MOST_REDIRECTS + 1):
        check_hop(source, request.url)
        response = client.send(request, stream=True)
        if not response.next_request:
            break
        response.close()
        source, request = request.url, response.next_request
    else:
        raise RefusedError(f"more than {_MOST_REDIRECTS} redirects")
    try:
        yield response
    finally:
        response.close()
