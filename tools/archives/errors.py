"""The one error of these commands: a sentence for a person, and what helps to act on it."""

from __future__ import annotations


class ArchivesError(Exception):
    """A command cannot go on; the message states what, where and the next step."""

    def __init__(self, what: str, got: str, expected: str, fix: str) -> None:
        super().__init__(f"{what}. Got: {got}. Expected: {expected}. Fix: {fix}.")
