"""The file in which GitHub Actions describes what started a run (spec: upload-environment 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.publish.errors import PublishError

_FORK = "pull_request.head.repo"
_FIX = "leave GITHUB_EVENT_PATH and its file as GitHub sets them"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request: its branch, the owner of the fork that has it, or None, and its commit."""

    head_ref: str
    fork_owner: str | None
    head_commit: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What started a run: whether the repository is private, and the pull request, if any."""

    is_private: bool
    pull_request: PullRequest | None


class _Form(BaseModel):
    """An object of the file; GitHub writes more fields than are read."""

    model_config = ConfigDict(strict=True)


class _Repository(_Form):
    private: bool


class _Owner(_Form):
    login: str


class _Base(_Form):
    class Repository(_Form):
        id: int

    repo: Repository


class _Head(_Form):
    class Repository(_Base.Repository):
        # Needed of a fork only.
        owner: _Owner | None = None

    ref: str
    sha: str = ""
    repo: Repository


class _PullRequest(_Form):
    head: _Head
    base: _Base


class _AnyEvent(_Form):
    repository: _Repository


class _PullRequestEvent(_AnyEvent):
    pull_request: _PullRequest


_ANY = TypeAdapter(_AnyEvent)
_OF_PULL_REQUEST = TypeAdapter(_PullRequestEvent)

_Read = TypeVar("_Read", _AnyEvent, _PullRequestEvent)


def read_event(file: Path, is_pull_request: bool) -> Event:
    """Reads the file that GITHUB_EVENT_PATH names.

    Raises:
      PublishError: it cannot be read, is not JSON, or lacks a required key. The message
        names the file and the key.
    """
    if not is_pull_request:
        return Event(_read(file, _ANY).repository.private, None)
    event = _read(file, _OF_PULL_REQUEST)
    return Event(event.repository.private, _pull_request(file, event.pull_request))


def _pull_request(file: Path, found: _PullRequest) -> PullRequest:
    head = found.head
    if head.repo.id == found.base.repo.id:
        return PullRequest(head.ref, None, head.sha)
    if head.repo.owner is None:
        raise _damaged(file, f"{_FORK}.owner: Field required")
    return PullRequest(head.ref, head.repo.owner.login, head.sha)


def _read(file: Path, form: TypeAdapter[_Read]) -> _Read:
    try:
        content = read_document(file)
    except (OSError, ValueError) as error:
        raise PublishError(
            f"cannot read the event file {file} (GITHUB_EVENT_PATH)",
            got=error,
            expected="the JSON of the event",
            fix=f"{_FIX}; in a container, mount the file's folder",
        ) from error
    try:
        return parse_json(form, content, document="the document", show_input=True)
    except DocumentError as error:
        raise _damaged(file, str(error).partition("\n")[0]) from error


def _damaged(file: Path, fault: str) -> PublishError:
    fix = _FIX
    if fault.startswith(_FORK):
        # GitHub writes null for a fork that was deleted.
        fix = "was the fork deleted? Then push the branch to a repository that exists"
    return PublishError(
        f"the event file {file} (GITHUB_EVENT_PATH) cannot be used",
        got=fault,
        expected="the JSON of the event",
        fix=fix,
    )
