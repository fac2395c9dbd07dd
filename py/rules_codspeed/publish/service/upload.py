"""The two requests of an upload: the slot, and the archive (spec: upload 9, 10)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpx
from pydantic import BaseModel, ConfigDict

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.auth.secret import Secret, redact
from rules_codspeed.publish.bundle.archive import Archive
from rules_codspeed.publish.bundle.metadata import metadata_head
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.ci.providers import PROVIDERS
from rules_codspeed.publish.errors import ConflictError, PublishError
from rules_codspeed.publish.service.answer_json import AnswerError, parse_answer
from rules_codspeed.publish.service.http import (
    Answer,
    NoAnswerError,
    RetryPolicy,
    is_address,
    send_with_retries,
)

RETRIES = RetryPolicy(3)

_LOCAL_HINT = "Run `codspeed auth login` to authenticate the CLI"
_UNAUTHORIZED = 401
_CONFLICT = 409
_BLOCK = 1 << 18  # bytes
_SHORTEST_SECRET = 8  # characters of a parameter; shorter ones are mere numbers
_LONGEST_REASON = 4096  # characters
_ORIGIN = re.compile(
    r"""(?P<origin>(?:[a-z][a-z0-9+.-]*)://)
    (?:[^/?\#]*@)?  # a user name, a password
    (?P<host>\[[^\]/?\#]*\]|[^:/?\#]*)
    (?P<port>:\d+)?
    (?P<path>/[^?\#]*)?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_NETWORK = "check the network and the proxy variables, then publish again"
_PUBLISH_AGAIN = "publish again with 'bazel run'"


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """Where an archive goes, and the run that it becomes part of.

    Attributes:
      url: presigned: whoever knows it may write the archive.
      run_id: of the run on CodSpeed.
    """

    url: Secret
    run_id: str


class _SlotAnswer(BaseModel):
    """What the endpoint answers; other fields are ignored."""

    model_config = ConfigDict(strict=True)

    status: str
    uploadUrl: str
    runId: str


class _ErrorAnswer(BaseModel):
    """What the endpoint answers to a request that it refuses."""

    model_config = ConfigDict(strict=True)

    error: str


def check_upload_url(url: str) -> None:
    """Checks an upload URL that a user gave.

    Raises:
      PublishError: it is not a valid URL.
    """
    if fault := _url_fault(url):
        raise PublishError(
            f"Invalid upload URL: {_shown(url, 'origin', 'host')}, {fault}",
            fix="correct --upload-url or CODSPEED_UPLOAD_URL",
        )


def shown_url(url: str) -> str:
    """Returns a URL for messages: scheme, host, port and path.

    A user name, a password and a query may be secret, and so may text that is not a URL: `***`.
    """
    return _shown(url, "origin", "host", "port", "path")


def _shown(url: str, *parts: str) -> str:
    found = _ORIGIN.match(url)
    return printable("".join(found[part] or "" for part in parts)) if found else "***"


def request_slot(
    client: httpx.Client,
    url: str,
    metadata: bytes,
    token: Secret | None,
    log: Logger,
    policy: RetryPolicy = RETRIES,
) -> UploadSlot:
    """Announces a run part; returns where its archive goes.

    Args:
      client: from `open_client`.
      url: the upload URL.
      metadata: compact JSON; exactly these bytes are sent.
      token: None for a tokenless run.
      log: reports attempts that fail.
      policy: of retries.

    Raises:
      PublishError: the URL is invalid, the server refuses or does not answer, or its answer
        does not follow the protocol.
    """
    check_upload_url(url)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = token.reveal()  # no scheme
    request = client.build_request("POST", url, content=metadata, headers=headers)
    try:
        answer = send_with_retries(client, request, policy, log)
    except NoAnswerError as error:
        raise PublishError(
            f"Failed to retrieve upload data: no answer of {request.url.host}",
            got=error,
            expected="an answer",
            fix=_NETWORK,
        ) from error
    if not answer.ok:
        raise _refused_slot(answer, metadata, token, log)
    return _parse_slot(answer)


def _refused_slot(
    answer: Answer, metadata: bytes, token: Secret | None, log: Logger
) -> PublishError:
    run = metadata_head(metadata)
    log.debug(
        "Check that owner and repository are correct (case-sensitive!): "
        f"{run.owner}/{run.repository}"
    )
    try:
        reason = parse_answer(_ErrorAnswer, answer.body).error
    except AnswerError:
        reason = answer.text
    reason = _reason(reason, [token.reveal()] if token else [])
    if answer.status == _UNAUTHORIZED:
        reason += f"\n\n{_hint(EnvironmentKind(run.run_environment))}"
    return PublishError(
        f"Failed to retrieve upload data: {answer.status_line}\n  -> Reason: {reason}",
        fix=None if answer.status == _UNAUTHORIZED else "see the reason, then publish again",
    )


def _reason(text: str, secrets: list[str]) -> str:
    """Returns a server's message for people: its lines, without secrets, and not too many."""
    text = redact(text.replace("\r\n", "\n"), secrets)
    shown = "\n".join(map(printable, text[:_LONGEST_REASON].split("\n")))
    whole = len(text) <= _LONGEST_REASON and len(shown) <= _LONGEST_REASON
    return shown if whole else f"{shown[:_LONGEST_REASON]}..."


def _parse_slot(answer: Answer) -> UploadSlot:
    try:
        slot = parse_answer(_SlotAnswer, answer.body)
        fault = _url_fault(slot.uploadUrl)
        fault = f"uploadUrl: {fault}" if fault else ""
    except AnswerError as error:
        fault = answer.text if answer.coding else str(error)
    if fault:
        raise PublishError(
            "the server's answer is not one of CodSpeed's",
            got=f"{answer.status_line}, {fault}",
            expected="JSON with status, uploadUrl and runId",
            fix="check --upload-url and CODSPEED_UPLOAD_URL",
        )
    return UploadSlot(Secret(slot.uploadUrl), slot.runId)


def put_archive(
    client: httpx.Client,
    slot: UploadSlot,
    archive: Archive,
    log: Logger,
    policy: RetryPolicy = RETRIES,
) -> None:
    """Sends an archive to its slot, in constant memory.

    Raises:
      ConflictError: the server has another archive of the run part.
      PublishError: the server refuses or does not answer, or the archive cannot be read.
        The message shows nothing of the URL but its host.
    """
    headers = {
        "Content-Type": "application/x-tar",
        "Content-Length": str(archive.size),
        "Content-MD5": archive.md5,
    }
    if archive.encoding:
        headers["Content-Encoding"] = archive.encoding
    url = httpx.URL(slot.url.reveal())
    body = _FileBody(archive.path, archive.size)
    request = client.build_request("PUT", url, content=body, headers=headers)
    try:
        answer = send_with_retries(client, request, policy, log)
    except NoAnswerError as error:
        raise PublishError(
            f"Failed to upload performance report: no answer of {url.host}",
            got=error,
            expected="an answer",
            fix=_NETWORK,
        ) from error
    except OSError as error:
        raise PublishError(
            f"cannot read the archive {archive.path}",
            got=error.strerror,
            expected="the file as it was written",
            fix=_PUBLISH_AGAIN,
        ) from error
    if not answer.ok:
        reason = _reason(answer.text, _secrets_of(slot.url))
        kind = ConflictError if answer.status == _CONFLICT else PublishError
        raise kind(
            f"Failed to upload performance report: {answer.status_line}\n  -> Reason: {reason}",
            fix="do what the reason names, then run the job again"
            if kind is ConflictError
            else "see the reason, then publish again",
        )


@dataclass(frozen=True, slots=True)
class _FileBody(Iterable[bytes]):
    """The content of a file, reopened by each attempt and redirection."""

    path: Path
    size: int

    def __iter__(self) -> Iterator[bytes]:
        left = self.size
        with self.path.open("rb") as file:
            while block := file.read(min(left, _BLOCK)):
                left -= len(block)
                yield block
        if left:
            raise PublishError(
                f"the archive {self.path} changed",
                got=f"{self.size - left} bytes",
                expected=f"{self.size} bytes",
                fix=_PUBLISH_AGAIN,
            )


def _url_fault(url: str) -> str:
    """Returns why nothing can be sent to a URL, or an empty text; shows no part of the URL."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return "it is not a valid URL"
    if parsed.scheme not in ("http", "https"):
        return "the scheme is neither http nor https"
    if parsed.userinfo:
        return "it holds a user name, which would replace the token"
    return "" if is_address(parsed) else "it names no host, or an impossible host or port"


def _secrets_of(url: Secret) -> list[str]:
    """Returns the texts of a presigned URL that a server may repeat in an error."""
    query = url.reveal().partition("?")[2]
    values = [one.partition("=")[2] for one in query.split("&")]
    texts = {url.reveal(), query, *values, *map(unquote, values)}
    return [text for text in texts if len(text) >= _SHORTEST_SECRET]


def _hint(kind: EnvironmentKind) -> str:
    """Returns what to do when the service does not accept the uploader."""
    provider = PROVIDERS.get(kind)
    return provider.unauthorized if provider else _LOCAL_HINT
