"""Fetches files so that only whole, verified files have their final name."""

from __future__ import annotations

import http
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from tools.archives.errors import ArchivesError
from tools.archives.part_file import PartFile, file_sha256
from tools.archives.progress import Progress, megabytes
from tools.archives.retry import Retry
from tools.archives.templates import expand
from tools.archives.transport import RefusedError, open_response, shown

ARCHIVE_LIMIT = 1 << 29  # bytes
SCRIPT_LIMIT = 1 << 20  # bytes

_TRANSIENT_STATUS = (408, 425, 429, 500, 502, 503, 504)
_ABSENT_STATUS = (404, 410)
_LIMITED_STATUS = (403, 429)
_LONGEST_TIME = 11  # digits of seconds since 1970


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch.

    Attributes:
      title: its name in messages.
      urls: addresses, tried in order.
      sha256: its hash in hexadecimal; empty to accept any file.
      limit: the most bytes that it may have.
      advice: what to do if it cannot be fetched.
    """

    title: str
    urls: tuple[str, ...]
    sha256: str = ""
    limit: int = ARCHIVE_LIMIT
    advice: str = "check the network and the proxy, or name a mirror with --from"

    def at_mirror(self, template: str) -> Wanted:
        """Returns the file with its address on a mirror; unchanged without a template."""
        if not template:
            return self
        urls = tuple(expand(template, url, self.sha256) for url in self.urls)
        return replace(self, urls=urls)


class FetchError(ArchivesError):
    """No address has the file.

    Attributes:
      absent: whether every address answered that there is no such file.
    """

    def __init__(self, wanted: Wanted, answers: dict[str, _Answer]) -> None:
        self.absent = all(answer.absent for answer in answers.values())
        file = f"the file with SHA-256 {wanted.sha256}" if wanted.sha256 else "a file"
        super().__init__(
            f"cannot fetch {wanted.title}",
            "; ".join(f"{shown(url)}: {answer}" for url, answer in answers.items()) or "no address",
            f"{file} of at most {megabytes(wanted.limit)}. An address that answers with another "
            "file is often a proxy that rewrites files or asks for a login",
            wanted.advice,
        )


class _Answer(Exception):
    """What an address did instead of giving the file.

    Attributes:
      absent: whether it answered that there is no such file.
      transient: whether asking again may help.
      wait_s: how many seconds it asks us to wait.
    """

    def __init__(
        self, text: str, *, absent: bool = False, transient: bool = False, wait_s: float = 0
    ) -> None:
        super().__init__(text)
        self.absent = absent
        self.transient = transient
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches files.

    Attributes:
      client: from `transport.open_client`.
      progress: receives what happens.
      retry: when an address is asked again.
    """

    client: httpx.Client
    progress: Progress
    retry: Retry = field(default_factory=Retry)

    def fetch(self, wanted: Wanted, target: Path) -> bool:
        """Makes sure that a file is there, whole and verified.

        What an earlier, interrupted call fetched is used if the server confirms that it
        belongs to the file.

        Args:
          wanted: the file.
          target: where to put it. A file of another hash that is there is replaced.

        Returns:
          whether it was fetched; otherwise it was there.

        Raises:
          FetchError: no address has it.
          OSError: it cannot be written.
        """
        if wanted.sha256 and file_sha256(target) == wanted.sha256:
            return False
        with PartFile.locked(target) as part:
            # Another process may have fetched it while we waited.
            if wanted.sha256 and file_sha256(target) == wanted.sha256:
                return False
            self._fill(part, wanted)
            part.finish()
        return True

    def _fill(self, part: PartFile, wanted: Wanted) -> None:
        if wanted.sha256 and part.sha256 == wanted.sha256:
            return
        answers: dict[str, _Answer] = {}
        for url in wanted.urls:
            try:
                self._ask_again(part, wanted, url)
                return
            except _Answer as answer:
                answers[url] = answer
                self.progress.note(f"{shown(url)}: {answer}")
        raise FetchError(wanted, answers)

    def _ask_again(self, part: PartFile, wanted: Wanted, url: str) -> None:
        for failures in range(1, self.retry.attempts + 1):
            try:
                self._ask(part, wanted, url)
                return
            except _Answer as answer:
                if not answer.transient or failures == self.retry.attempts:
                    raise
                self.progress.note(f"{shown(url)}: {answer}; asking again")
                self.retry.wait(failures, answer.wait_s)

    def _ask(self, part: PartFile, wanted: Wanted, url: str) -> None:
        headers = {}
        if part.size and part.validator:
            headers = {"Range": f"bytes={part.size}-", "If-Range": part.validator}
        try:
            with open_response(self.client, url, headers) as response:
                resumed = _resume(part, response)
                self._receive(part, wanted, response)
        except RefusedError as error:
            raise _Answer(str(error)) from error
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
            # Python raises the last one for invalid host names.
            raise _Answer(
                _words(error), transient=isinstance(error, httpx.TransportError)
            ) from error
        _verify(part, wanted, response, resumed)

    def _receive(self, part: PartFile, wanted: Wanted, response: httpx.Response) -> None:
        length = response.headers.get("Content-Length", "")
        total = part.size + int(length) if length.isdecimal() else None
        if total is not None and total > wanted.limit:
            raise _Answer(f"{megabytes(total)}")
        self.progress.begin(wanted.title, part.size, total)
        # Raw: the hash is of what was published, not of what a decoder makes of it.
        for block in response.iter_raw():
            if part.size + len(block) > wanted.limit:
                part.restart()
                raise _Answer(f"more than {megabytes(wanted.limit)}")
            part.append(block)
            self.progress.advance(len(block))


def _resume(part: PartFile, response: httpx.Response) -> bool:
    """Makes a part ready for the body of an answer; returns whether that goes on after it.

    Raises:
      _Answer: the answer has no body of the file.
    """
    status = response.status_code
    if status == http.HTTPStatus.PARTIAL_CONTENT:
        if response.headers.get("Content-Range", "").startswith(f"bytes {part.size}-"):
            return True
        part.restart()
        raise _Answer("another part than the one that was asked for", transient=True)
    if status == http.HTTPStatus.OK:
        part.restart(_validator(response))
        return False
    if status == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        part.restart()
        raise _Answer("less than what is there of it", transient=True)
    raise _refusal(response)


def _refusal(response: httpx.Response) -> _Answer:
    """Returns what an answer without a file means."""
    status, headers = response.status_code, response.headers
    text = f"{status} {response.reason_phrase}".strip()
    if status in _LIMITED_STATUS and headers.get("X-RateLimit-Remaining") == "0":
        # GitHub's: no use before its hour has passed.
        reset = headers.get("X-RateLimit-Reset", "")
        known = reset.isdecimal() and len(reset) <= _LONGEST_TIME
        until = time.strftime(", until %H:%M UTC", time.gmtime(int(reset))) if known else ""
        return _Answer(f"{text}: its rate limit is exceeded{until}")
    wait = headers.get("Retry-After", "")
    return _Answer(
        text,
        absent=status in _ABSENT_STATUS,
        transient=status in _TRANSIENT_STATUS,
        wait_s=float(wait) if wait.isdecimal() else 0,
    )


def _validator(response: httpx.Response) -> str:
    """Returns what If-Range may hold: a strong ETag, else a date (RFC 9110, 13.1.5)."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("Last-Modified", ""))


def _verify(part: PartFile, wanted: Wanted, response: httpx.Response, resumed: bool) -> None:
    """Raises unless a part is the whole file; empties it then."""
    if not wanted.sha256 or part.sha256 == wanted.sha256:
        return
    kind = response.headers.get("Content-Type", "").partition(";")[0] or "unknown type"
    got = f"{megabytes(part.size)} of {kind} with SHA-256 {part.sha256}"
    part.restart()
    # The wrong bytes may be those of an earlier answer.
    raise _Answer(got, transient=resumed)


def _words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return f"no answer: {error or type(error).__name__}"
