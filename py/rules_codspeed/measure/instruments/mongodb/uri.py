"""Addresses of MongoDB servers, and how they are rewritten to that of the tracer.

As CodSpeed's runner does it (`src/instruments/mongo_tracer.rs`, 5.0.2): one server, with a port.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote_plus, urlsplit

_DIRECT = "directConnection"


class UriError(ValueError):
    """An address cannot be used; `instrument.py` catches it. The message has nothing of it."""


class MongoUri(NamedTuple):
    """An address without user and password: the rewritten one has none either.

    Attributes:
      host_and_port: of the server.
      path: with its slash; may be empty.
      pairs: of the query, without `directConnection`.
    """

    host_and_port: str
    path: str
    pairs: list[tuple[str, str]]

    def through(self, port: int) -> str:
        """Returns the address by which a program reaches the server through a tracer.

        Args:
          port: of the tracer, on this machine.
        """
        pairs = [*self.pairs, (_DIRECT, "true")]
        query = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs)
        return f"mongodb://127.0.0.1:{port}{self.path}?{query}"


def parse_uri(text: str) -> MongoUri:
    """Reads an address.

    Raises:
      UriError: it is none that the tracer can stand in front of.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as error:
        raise UriError("it is no URI of one server") from error
    if parts.scheme != "mongodb":
        raise UriError("it does not begin with mongodb://")
    if not host or port is None or "," in parts.netloc:
        raise UriError("it is not of one server with a port")
    if not text.isprintable() or " " in text:
        raise UriError("it has a space, or a character that cannot be printed")
    return MongoUri(_place(parts), parts.path, [pair for pair in query if pair[0] != _DIRECT])


def _place(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _escaped(text: str) -> str:
    """As application/x-www-form-urlencoded has it, which leaves `*` and encodes `~`."""
    return quote_plus(text, safe="*").replace("~", "%7E")
