"""Messages of PostgreSQL's protocol 3.0, as far as a client of simple queries needs them.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_PROTOCOL = 3 << 16
_LARGEST = 64 << 20  # bytes of one message
_HEAD = 5  # bytes of kind and length


class WireError(Exception):
    """A server sent what is not of the protocol, or that something is wrong.

    `start.py` catches it before the measurement, `instrument.py` during it.
    """


class Message(NamedTuple):
    """What a server sent: its kind, one letter, and its content."""

    kind: bytes
    content: bytes


class Decoder:
    """Cuts what a server sends into messages."""

    def __init__(self) -> None:
        self._left = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Takes bytes, and yields the messages that are complete.

        Raises:
          WireError: the length of one is impossible.
        """
        self._left += data
        while len(self._left) >= _HEAD:
            (length,) = struct.unpack_from(">I", self._left, 1)
            if not 4 <= length <= _LARGEST:
                raise WireError(f"a message of {length} bytes")
            if len(self._left) < 1 + length:
                return
            message = Message(bytes(self._left[:1]), bytes(self._left[_HEAD : 1 + length]))
            del self._left[: 1 + length]
            yield message


def startup(user: str, database: str) -> bytes:
    """Returns the first message of a client."""
    pairs = {
        "user": user,
        "database": database,
        "application_name": "rules_codspeed",
        "client_encoding": "UTF8",
    }
    content = b"".join(text.encode() + b"\0" for pair in pairs.items() for text in pair) + b"\0"
    return struct.pack(">II", 8 + len(content), _PROTOCOL) + content


def query(sql: str) -> bytes:
    """Returns the message of a simple query."""
    return _message(b"Q", _text(sql))


def password(content: bytes) -> bytes:
    """Returns the message that answers a request to authenticate."""
    return _message(b"p", content)


def sasl_initial(mechanism: str, content: bytes) -> bytes:
    """Returns the content of the first answer of a SASL exchange."""
    return _text(mechanism) + struct.pack(">I", len(content)) + content


def terminate() -> bytes:
    """Returns the message that ends a session."""
    return _message(b"X", b"")


def row(content: bytes) -> list[str | None]:
    """Returns the values of a DataRow.

    Raises:
      WireError: it is cut short, or has more than it states.
    """
    if len(content) < 2:
        raise WireError("a row without a number of columns")
    (columns,) = struct.unpack_from(">H", content)
    values: list[str | None] = []
    at = 2
    for _ in range(columns):
        if at + 4 > len(content):
            raise WireError("a row that is cut short")
        (length,) = struct.unpack_from(">i", content, at)
        at += 4
        if length < 0:
            values.append(None)
            continue
        if at + length > len(content):
            raise WireError("a row that is cut short")
        values.append(content[at : at + length].decode("utf-8", "replace"))
        at += length
    if at != len(content):
        raise WireError("a row with more than its columns")
    return values


def fault(content: bytes) -> str:
    """Returns what an ErrorResponse says, such as `42P01: relation "x" does not exist`."""
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in content.split(b"\0")}
    return f"{fields.get(b'C', '')}: {fields.get(b'M', '')}".strip(": ") or "an error"


def texts(content: bytes) -> Sequence[str]:
    """Returns texts that end with a byte 0 each, up to an empty one."""
    found = []
    for part in content.split(b"\0"):
        if not part:
            break
        found.append(part.decode("utf-8", "replace"))
    return found


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack(">I", 4 + len(content)) + content


def _text(text: str) -> bytes:
    return text.encode() + b"\0"
