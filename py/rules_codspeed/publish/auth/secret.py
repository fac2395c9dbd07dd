"""Secrets that cannot be shown by accident."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from rules_codspeed.publish.errors import PublishError

_HIDDEN = "***"


class Secret:
    """A text that must not reach a log, an error or a file; only `reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Returns the text, for the request that needs it and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return _HIDDEN

    def __format__(self, specification: str) -> str:
        return _HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied")


def parse_token(text: str, source: str) -> Secret | None:
    """Reads a token as an environment variable, a file or a server gives it.

    Args:
      text: the token; white space around it, as editors and `echo` leave it, is removed.
      source: where it comes from, for the error.

    Returns:
      The token, or None where the text is empty.

    Raises:
      PublishError: no HTTP header can hold the token. The message does not show it.
    """
    token = text.strip()
    if not token:
        return None
    if not (token.isascii() and token.isprintable()):
        raise PublishError(
            f"the token of {source} cannot be sent",
            got=f"{len(token)} characters, some of them control characters or not ASCII",
            expected="a token as CodSpeed shows it",
            fix="copy the token again",
        )
    return Secret(token)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Returns a text with every secret replaced; the longest first, so that no part remains."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text
