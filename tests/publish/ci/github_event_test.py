"""The event file of GitHub Actions, and damaged ones."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.ci.github_event import Event, PullRequest, read_event
from rules_codspeed.publish.errors import PublishError

# The smallest event (spec: upload-environment 6.1).
FORK: dict[str, Any] = {
    "repository": {"private": False},
    "pull_request": {
        "head": {"ref": "fix", "sha": "c0ffee", "repo": {"id": 2, "owner": {"login": "forker"}}},
        "base": {"repo": {"id": 1}},
    },
}
MISSING = object()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "event.json"


def changed(path: str, value: object) -> dict[str, Any]:
    event: dict[str, Any] = copy.deepcopy(FORK)
    *parents, last = path.split(".")
    target = event
    for key in parents:
        target = target[key]
    if value is MISSING:
        del target[last]
    else:
        target[last] = value
    return event


def test_fork(file: Path) -> None:
    file.write_text(json.dumps(FORK))
    assert read_event(file, is_pull_request=True) == Event(
        False, PullRequest("fix", "forker", "c0ffee")
    )
    assert read_event(file, is_pull_request=False) == Event(False, None)


def test_same_repository_needs_no_owner(file: Path) -> None:
    file.write_text(json.dumps(changed("pull_request.head.repo", {"id": 1})))
    assert read_event(file, is_pull_request=True).pull_request == PullRequest("fix", None, "c0ffee")


def test_large_numbers_differ(file: Path) -> None:
    event = changed("pull_request.head.repo.id", 2**53 + 1)
    event["pull_request"]["base"]["repo"]["id"] = 2**53
    file.write_text(json.dumps(event))
    assert read_event(file, is_pull_request=True).pull_request == PullRequest(
        "fix", "forker", "c0ffee"
    )


@pytest.mark.parametrize(
    ("path", "value", "key", "reason"),
    [
        ("repository.private", MISSING, "repository.private", "Field required"),
        (
            "repository.private",
            "no",
            "repository.private",
            "Input should be a valid boolean, got 'no'",
        ),
        ("repository.private", 0, "repository.private", "Input should be a valid boolean, got 0"),
        ("repository", None, "repository", "Input should be an object, got None"),
        ("repository", [], "repository", "Input should be an object"),
        ("pull_request", MISSING, "pull_request", "Field required"),
        (
            "pull_request.head.repo",
            None,
            "pull_request.head.repo",
            "Input should be an object, got None",
        ),
        (
            "pull_request.head.repo.id",
            True,
            "pull_request.head.repo.id",
            "Input should be a valid integer, got True",
        ),
        ("pull_request.base", {}, "pull_request.base.repo", "Field required"),
        (
            "pull_request.head.repo.owner.login",
            MISSING,
            "pull_request.head.repo.owner.login",
            "Field required",
        ),
        (
            "pull_request.head.repo.owner",
            MISSING,
            "pull_request.head.repo.owner",
            "Field required",
        ),
        (
            "pull_request.head.ref",
            3,
            "pull_request.head.ref",
            "Input should be a valid string, got 3",
        ),
        ("sender", float("nan"), "sender", "NaN is not a number of JSON"),
    ],
)
def test_damage_is_reported_with_file_and_key(
    file: Path, path: str, value: object, key: str, reason: str
) -> None:
    file.write_text(json.dumps(changed(path, value)))
    with pytest.raises(PublishError) as caught:
        read_event(file, is_pull_request=True)
    message = str(caught.value)
    start = f"the event file {file} (GITHUB_EVENT_PATH) cannot be used. Got: {key}: {reason}."
    assert message.startswith(start)
    assert "Fix: " in message


def test_key_that_occurs_twice_is_reported(file: Path) -> None:
    file.write_text('{"repository": {"private": true, "private": false}}')
    with pytest.raises(PublishError, match="repository: the key 'private' occurs twice"):
        read_event(file, is_pull_request=False)


def test_deleted_fork_is_reported(file: Path) -> None:
    file.write_text(json.dumps(changed("pull_request.head.repo", None)))
    with pytest.raises(PublishError, match="Fix: was the fork deleted\\?"):
        read_event(file, is_pull_request=True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"repository": {', b"\xff", b"NaN", b"[" * 100_000]
)
def test_no_json(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(PublishError, match=r"cannot be used\. Got: the document: "):
        read_event(file, is_pull_request=False)


def test_no_file(file: Path) -> None:
    for path in (file, file.parent, Path(f"{file}\0")):
        with pytest.raises(PublishError, match="cannot read the event file"):
            read_event(path, is_pull_request=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["repository", "private", "pull_request", "head", "base", "repo", "id"]
            ),
            inner,
        )
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSON), st.booleans())
def test_garbage_is_an_event_or_an_ordinary_error(
    file: Path, content: bytes, is_pull_request: bool
) -> None:
    file.write_bytes(content)
    refused = ""
    try:
        event = read_event(file, is_pull_request)
    except PublishError as error:
        refused = str(error)
    if refused:
        assert str(file) in refused
        assert refused.isprintable()
    else:
        written = json.loads(content)
        assert event.is_private is written["repository"]["private"]
        assert bool(event.pull_request) is is_pull_request
