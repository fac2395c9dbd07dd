"""Keeps one comment on a change, whatever other jobs do to it at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.review import Review
from rules_codspeed.publish.review.sections import merged, sections
from rules_codspeed.publish.service.http import RetryPolicy

_MOST_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its number, which is larger for a later one, and its Markdown."""

    id: int
    body: str


class Thread(Protocol):
    """The comments on a change. Each method raises PublishError where the service refuses."""

    def comments(self) -> Sequence[Comment]:
        """Returns those of whom we trust to have written ours, in any order."""

    def create(self, body: str) -> None:
        """Adds a comment."""

    def update(self, number: int, body: str) -> None:
        """Replaces the text of a comment."""

    def delete(self, number: int) -> None:
        """Removes a comment; one that is gone already is no error."""


def keep_one(
    thread: Thread,
    review: Review,
    job: str,
    run: tuple[int, int],
    largest: int,
    policy: RetryPolicy,
) -> str:
    """Posts or updates the one comment; returns what was done, in a sentence.

    No service can replace a comment only if it is unchanged. So what was written is read again,
    until it holds: two jobs that both made a comment, or wrote over each other, end with one.

    Args:
      thread: the comments.
      review: what to show.
      job: name of the job, with what distinguishes it in a matrix.
      run: its numbers of run and attempt.
      largest: bytes of a comment.
      policy: waits between attempts.

    Raises:
      PublishError: the service refuses, or others write over the comment again and again.
    """
    key = review.key(job)
    first = True
    for attempt in range(_MOST_ATTEMPTS):
        found = _ours(thread)
        if not first and len(found) == 1 and _holds(found[0].body, key, run):
            return "The comment on the change is up to date."
        body = merged((one.body for one in found), key, run, review.text, largest)
        if body is None:
            return "The comment on the change is of a later run already, and stays."
        if not first:
            policy.sleep(policy.uniform(0.0, 2.0**attempt))
        first = False
        if found:
            thread.update(found[0].id, body)
        else:
            thread.create(body)
        for other in found[1:]:
            thread.delete(other.id)
    raise PublishError(
        "other jobs write over the comment",
        got=f"{_MOST_ATTEMPTS} attempts, none of which stayed",
        expected="a comment that holds what this job wrote",
        fix="run this job again",
    )


def _ours(thread: Thread) -> list[Comment]:
    """Returns our comments, the oldest first."""
    return sorted((one for one in thread.comments() if sections(one.body)), key=lambda one: one.id)


def _holds(body: str, key: str, run: tuple[int, int]) -> bool:
    """Returns whether a comment has the section of a run, or of a later one."""
    own = (one for one in sections(body) if one.key == key)
    return any(one.run == run or one.is_later(run) for one in own)
