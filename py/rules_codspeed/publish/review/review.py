"""What is reported of a run where its change is reviewed, and what every service needs for that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.service.http import RetryPolicy

RETRIES = RetryPolicy(4)


@dataclass(frozen=True, slots=True)
class Review:
    """What is reported of a run.

    Attributes:
      suite: label of the suite.
      passed: whether nothing got slower and nothing failed.
      headline: the verdict in a line of plain text.
      text: returns the comment in Markdown, of at most so many bytes of UTF-8.
      url: of the report or the job; empty where neither is known.
    """

    suite: str
    passed: bool
    headline: str
    text: Callable[[int], str]
    url: str = ""

    def key(self, job: str) -> str:
        """Returns what sets the part of a suite and job apart from the others of a comment."""
        return hashlib.sha256(f"{self.suite}\0{job}".encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a service is spoken to with.

    Attributes:
      variables: the environment: it names the change, and holds the token.
      client: of HTTP.
      log: reports attempts that fail; a token is registered with it before it is used.
      policy: how often a request is repeated, and what waits in between.
    """

    variables: Mapping[str, str]
    client: httpx.Client
    log: Logger
    policy: RetryPolicy = RETRIES


@dataclass(frozen=True, slots=True)
class Host:
    """A service where changes are reviewed.

    Attributes:
      name: what people call it.
      is_here: whether a job of it has these variables.
      obstacle: why a job may report nothing; empty where it may.
      job_url: page of the job; empty where it is not known.
      comment: posts or updates the comment; returns what it did, in a sentence. Raises
        PublishError.
      set_status: sets the status of the commit. Raises PublishError. None where the service shows
        the outcome of the job itself.
    """

    name: str
    is_here: Callable[[Mapping[str, str]], bool]
    obstacle: Callable[[Mapping[str, str]], str]
    job_url: Callable[[Mapping[str, str]], str]
    comment: Callable[[Desk, Review], str]
    set_status: Callable[[Desk, Review], None] | None = None
