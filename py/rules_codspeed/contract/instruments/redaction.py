"""Replaces secrets in what programs print and leave."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping


class Redaction:
    """Takes a stream in blocks, wherever they are cut."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """Makes one.

        Args:
          secrets: value by the name that is shown in place of it; no value is empty.
        """
        self._shown = {value.encode(): shown for value, shown in _longest_first(secrets)}
        self._longest = max(map(len, self._shown), default=1)
        self._held = b""

    def text(self, text: str) -> str:
        """Returns a text that is no part of the stream, without secrets."""
        encoded = text.encode("utf-8", "surrogatepass")
        return self._replaced(encoded).decode("utf-8", "surrogatepass")

    def feed(self, data: bytes) -> bytes:
        """Takes a block; returns what is known to have no secret."""
        if not self._shown:
            return data
        text = self._replaced(self._held + data)
        # A secret may go on in the next block.
        cut = max(0, len(text) - self._longest + 1)
        self._held = text[cut:]
        return text[:cut]

    def end(self) -> bytes:
        """Returns what was held back: the stream has ended."""
        held, self._held = self._held, b""
        return held

    def _replaced(self, text: bytes) -> bytes:
        for value, shown in self._shown.items():
            text = text.replace(value, shown)
        return text


def _longest_first(secrets: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Returns secrets and what is shown for each: where one begins another, no rest stays."""
    shown = [(value, f"<{name}>".encode()) for name, value in secrets.items()]
    return sorted(shown, key=lambda one: -len(one[0]))


def redact_documents(path: str, secrets: Mapping[str, str]) -> None:
    """Replaces secrets in a JSON file, or in all below a folder.

    Args:
      path: of the file or folder, which may be missing.
      secrets: see `Redaction`.

    Raises:
      OSError: a file cannot be read or written.
    """
    escaped = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in secrets.items()}
    replaced = _longest_first(escaped)
    for file in _documents(path):
        with open(file, "rb") as reading:
            content = found = reading.read()
        for value, shown in replaced:
            content = content.replace(value.encode(), shown)
        if content != found:
            with open(file, "wb") as writing:
                writing.write(content)


def _documents(path: str) -> Iterator[str]:
    if os.path.isfile(path):
        yield path
    for folder, _, names in os.walk(path):
        yield from (f"{folder}/{name}" for name in names if name.endswith(".json"))
