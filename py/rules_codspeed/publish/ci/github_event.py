"""The file in which GitHub Actions describes what started a run (spec: upload-environment 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rules_codspeed.publish.compact_json import JsonValue, loads
from rules_codspeed.publish.errors import PublishError

_Value = TypeVar("_Value")

_NAMES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a fraction",
    str: "a text",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request: its branch, and the owner of the fork that has it, or None."""

    head_ref: str
    fork_owner: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """What started a run: whether the repository is private, and the pull request, if any."""

    is_private: bool
    pull_request: PullRequest | None


def read_event(file: Path, is_pull_request: bool) -> Event:
    """Reads the file that GITHUB_EVENT_PATH names.

    Raises:
      PublishError: it cannot be read, is not JSON, or lacks a required key. The message
        names the file and the key.
    """
    event = _EventFile(file)
    is_private = event.value(bool, "repository", "private")
    return Event(is_private, _pull_request(event) if is_pull_request else None)


def _pull_request(event: _EventFile) -> PullRequest:
    head = event.value(int, "pull_request", "head", "repo", "id")
    base = event.value(int, "pull_request", "base", "repo", "id")
    return PullRequest(
        head_ref=event.value(str, "pull_request", "head", "ref"),
        fork_owner=None
        if head == base
        else event.value(str, "pull_request", "head", "repo", "owner", "login"),
    )


class _EventFile:
    """An event file, and errors that name the place in it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._root = loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise PublishError(
                f"cannot read the event file {file} (GITHUB_EVENT_PATH)",
                got=error,
                expected="the JSON of the event",
                fix=(
                    "leave GITHUB_EVENT_PATH and its file as GitHub sets them; in a container, "
                    "mount "
                    "the file's folder"
                ),
            ) from error

    def value(self, kind: type[_Value], *path: str) -> _Value:
        """Returns the value at a path of keys, which has a type."""
        found: JsonValue = self._root
        for depth, key in enumerate(path):
            if not isinstance(found, dict) or key not in found:
                raise self._problem(path, kind, f"no {'.'.join(path[: depth + 1])}")
            found = found[key]
            if found is None:
                raise self._problem(path, kind, f"null at {'.'.join(path[: depth + 1])}")
        # Not isinstance: true is an int of Python.
        if type(found) is not kind:
            raise self._problem(path, kind, _NAMES[type(found)])
        return found

    def _problem(self, path: tuple[str, ...], kind: type, got: str) -> PublishError:
        fix = "leave GITHUB_EVENT_PATH and its file as GitHub sets them"
        if path[:3] == ("pull_request", "head", "repo"):
            # GitHub writes null for a fork that was deleted.
            fix = "was the fork deleted? Then push the branch to a repository that exists"
        return PublishError(
            f"no {'.'.join(path)} in the event file {self._file} (GITHUB_EVENT_PATH)",
            got=got,
            expected=_NAMES[kind],
            fix=fix,
        )
