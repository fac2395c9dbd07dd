"""Reads protocol buffers in text format, as far as Bazel's starlark_doc_extract writes it.

Without the schema, stardoc_output.proto, which no release of Bazel carries: names of
fields and of enum values stand in the text.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<close>\}) |
        (?P<name>[A-Za-z_]\w*)\s*(?:
            (?P<open>\{) |
            :\s*(?P<value>"(?:[^"\\]|\\.)*" | [^\s{}"]+)
        )
    )\s*""",
    re.VERBOSE,
)


class TextprotoError(Exception):
    """A text is not a message in text format; the error names the place."""


@dataclass(slots=True)
class Message:
    """A message.

    Attributes:
        texts: values by name of the field, in the order of the text. Numbers, booleans and
            enum values are texts as they are written.
        messages: messages by name of the field, in the order of the text.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Returns the value of a field; of a repeated one the last, of an absent one ``""``."""
        return self.texts.get(name, [""])[-1]

    def all(self, name: str) -> list[Message]:
        """Returns the messages of a field."""
        return self.messages.get(name, [])


def _unquoted(value: str) -> str:
    """Returns a value without quotes and escapes, which stand for bytes of UTF-8.

    Bazel 7 encodes twice: its strings hold the bytes of the source as Latin-1.
    """
    if not value.startswith('"'):
        return value
    octets: bytes = ast.literal_eval("b" + value)
    text = octets.decode()
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def parse(text: str) -> Message:
    """Parses a message.

    Raises:
        TextprotoError: the text is not such a message.
    """
    open_messages = [Message()]
    position = len(text) - len(text.lstrip())
    while position < len(text):
        token = _TOKEN.match(text, position)
        if not token or (token["close"] and len(open_messages) == 1):
            line = text.count("\n", 0, position) + 1
            raise TextprotoError(f"line {line} is not a field: {text[position : position + 40]!r}")
        if token["close"]:
            open_messages.pop()
        elif token["open"]:
            message = Message()
            open_messages[-1].messages.setdefault(token["name"], []).append(message)
            open_messages.append(message)
        else:
            values = open_messages[-1].texts.setdefault(token["name"], [])
            values.append(_unquoted(token["value"]))
        position = token.end()
    if len(open_messages) > 1:
        raise TextprotoError("the text ends in a message that is not closed")
    return open_messages[0]
