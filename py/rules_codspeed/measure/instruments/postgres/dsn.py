"""Connection strings of PostgreSQL: URIs, and `key=value` pairs.

Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING. What
CodSpeed's runner takes, no more: one server, no TLS, and nothing from other variables or files.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_SCHEMES = ("postgres", "postgresql")
_PLAIN = ("disable", "allow", "prefer")
# What changes nothing here: the first three are for the server's own notes.
_IGNORED = (
    *("application_name", "fallback_application_name", "client_encoding", "gssencmode"),
    *("connect_timeout", "keepalives", "target_session_attrs"),
)
_PAIR = re.compile(r"\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|\Z)", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)


class DsnError(ValueError):
    """A connection string cannot be used; `start.py` catches it. The message has no value of it."""


class Server(NamedTuple):
    """Where a database is, and who connects.

    Attributes:
      host: name, address, or absolute path of the folder of its socket.
      port: of TCP; also part of the name of a socket.
      user: of the database.
      password: may be empty.
      database: its name.
    """

    host: str
    port: int
    user: str
    password: str
    database: str


def parse_dsn(text: str) -> Server:
    """Reads a connection string.

    Raises:
      DsnError: it is none, or asks for something that is not supported.
    """
    is_uri = text.partition("://")[0] in _SCHEMES
    values = _of_uri(text) if is_uri else _of_pairs(text)
    mode = values.pop("sslmode", "prefer")
    if mode not in _PLAIN:
        raise DsnError("its sslmode asks for TLS, which CodSpeed's runner does not speak either")
    if values.pop("channel_binding", "prefer") == "require":
        raise DsnError("its channel_binding asks for TLS")
    known = {name: values.pop(name, "") for name in ("host", "port", "user", "password", "dbname")}
    for name in _IGNORED:
        values.pop(name, None)
    if values:
        raise DsnError(f"it has the parameter {min(values)}, which is not supported")
    for name in ("host", "user"):
        if not known[name]:
            raise DsnError(f"it has no {name}")
    if "," in known["host"] + known["port"]:
        raise DsnError("it names several servers")
    return Server(
        known["host"],
        _port(known["port"]),
        known["user"],
        known["password"],
        known["dbname"] or known["user"],
    )


def _port(text: str) -> int:
    if not text:
        return 5432
    if not re.fullmatch(r"[0-9]{1,5}", text, re.A) or not 0 < int(text) < 1 << 16:
        raise DsnError("its port is no number from 1 to 65535")
    return int(text)


def _of_uri(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        host, port = _host_and_port(parts)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise DsnError("it is no URI") from error
    # A password that ends too early: the rest of it would be a parameter, which errors name.
    ends_early = "@" not in parts.netloc and "@" in parts.path + parts.query
    if parts.fragment or (ends_early and "user" not in dict(query)):
        raise DsnError("it has a /, ? or # before its @, which a URI has as %2F, %3F or %23")
    values = {
        "host": unquote(host),
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    return _checked({**{name: one for name, one in values.items() if one}, **dict(query)})


def _host_and_port(parts: SplitResult) -> tuple[str, str]:
    """Returns both as they are written: `urlsplit` would make the folder of a socket lower case."""
    place = parts.netloc.rpartition("@")[2]
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise DsnError("its host has a [ without a ]")
        return host, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port


def _of_pairs(text: str) -> dict[str, str]:
    values = {}
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _PAIR.match(text, at)
        if not found:
            raise DsnError("it is neither a URI postgresql://… nor pairs of key=value")
        value = found[3] if found[2] is None else found[2]
        values[found[1]] = _ESCAPED.sub(r"\1", value)
        at = found.end()
    return _checked(values)


def _checked(values: dict[str, str]) -> dict[str, str]:
    for name, value in values.items():
        if "\0" in name + value:
            raise DsnError("it has a byte 0")
        if not name.isascii() or not name.isidentifier():
            raise DsnError("it has a parameter without a name")
    return values
