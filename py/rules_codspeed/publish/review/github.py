"""Pull requests on GitHub: its REST API, version 2022-11-28."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, RootModel

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import required
from rules_codspeed.publish.ci.github_event import Event, read_event
from rules_codspeed.publish.review.api import Api, Ignored
from rules_codspeed.publish.review.comment import Comment, keep_one
from rules_codspeed.publish.review.review import Desk, Host, Review
from rules_codspeed.publish.review.variables import is_ci, number, token_of

LARGEST = 65_000
"""Bytes of a comment: GitHub takes 65,536 characters, which are never more than their bytes."""
LONGEST_DESCRIPTION = 140
"""Characters of the description of a status."""

_ROOT = "https://api.github.com"
_TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
_PULL_REQUEST = re.compile(r"refs/pull/([0-9]{1,18})/merge")
_ADVICE = (
    "give the job the permissions 'pull-requests: write' and 'statuses: write', and GITHUB_TOKEN "
    "in the env of the step"
)
# REST does not state whose GITHUB_TOKEN is: GET /user refuses tokens of apps, GraphQL answers all.
_WHO = {"query": "{viewer{databaseId}}"}


class _User(BaseModel):
    id: int


class _Viewer(BaseModel):
    databaseId: int


class _Data(BaseModel):
    viewer: _Viewer


class _Answer(BaseModel):
    data: _Data


class _Written(BaseModel):
    id: int
    body: str | None = None
    user: _User | None = None


class _Comments(RootModel[list[_Written]]):
    pass


class _PullRequest:
    """The comments on a pull request."""

    def __init__(self, api: Api, graphql: Api, repository: str, pull_request: str) -> None:
        self._api = api
        # Only our own comments may be ours: anybody, and what an app repeats of anybody, could have
        # our mark.
        self._we = graphql.call("POST", "", _Answer, _WHO).data.viewer.databaseId
        self._comments = f"/repos/{repository}/issues/comments"
        self._here = f"/repos/{repository}/issues/{pull_request}/comments"

    def comments(self) -> Sequence[Comment]:
        pages = self._api.pages(f"{self._here}?", _Comments, lambda page: len(page.root))
        written = (one for page in pages for one in page.root)
        return [
            Comment(one.id, one.body or "")
            for one in written
            if one.user and one.user.id == self._we
        ]

    def create(self, body: str) -> None:
        self._api.call("POST", self._here, Ignored, {"body": body})

    def update(self, number: int, body: str) -> None:
        self._api.call("PATCH", f"{self._comments}/{number}", Ignored, {"body": body})

    def delete(self, number: int) -> None:
        self._api.call("DELETE", f"{self._comments}/{number}", Ignored, or_missing=Ignored())


def _event(variables: Mapping[str, str]) -> Event:
    return read_event(
        Path(required(variables, "GITHUB_EVENT_PATH")),
        is_pull_request=_pull_request(variables) is not None,
    )


def _pull_request(variables: Mapping[str, str]) -> str | None:
    found = _PULL_REQUEST.fullmatch(required(variables, "GITHUB_REF"))
    return found[1] if found else None


def _obstacle(variables: Mapping[str, str]) -> str:
    change = _event(variables).pull_request
    if change and change.fork_owner is not None:
        return (
            "the pull request comes from a fork, whose jobs get a token that may only read. The "
            "summary of the step shows what the comment would have shown"
        )
    if not any(variables.get(name) for name in _TOKENS):
        return "the step has no GITHUB_TOKEN in its env. " + _ADVICE[0].upper() + _ADVICE[1:]
    return ""


def _api(desk: Desk, variable: str = "GITHUB_API_URL", root: str = _ROOT) -> Api:
    token = token_of(desk, _TOKENS)
    return Api(
        desk,
        "GitHub",
        desk.variables.get(variable) or root,
        {
            "Authorization": f"Bearer {token.reveal()}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "rules_codspeed",
        },
        _ADVICE,
    )


def _comment(desk: Desk, review: Review) -> str:
    variables = desk.variables
    change = _pull_request(variables)
    if change is None:
        return "No comment: this run is not of a pull request."
    graphql = _api(desk, "GITHUB_GRAPHQL_URL", f"{_ROOT}/graphql")
    repository = required(variables, "GITHUB_REPOSITORY")
    thread = _PullRequest(_api(desk), graphql, repository, change)
    job = f"{required(variables, 'GITHUB_JOB')} {variables.get('GH_MATRIX', '')}"
    run = (number(variables, "GITHUB_RUN_ID"), number(variables, "GITHUB_RUN_ATTEMPT"))
    return keep_one(thread, review, job, run, LARGEST, desk.policy)


def _set_status(desk: Desk, review: Review) -> None:
    variables = desk.variables
    change = _event(variables).pull_request
    # GITHUB_SHA of a pull request is a merge that no page shows.
    commit = (change and change.head_commit) or required(variables, "GITHUB_SHA")
    content = {
        "state": "success" if review.passed else "failure",
        "description": review.headline[:LONGEST_DESCRIPTION],
        "context": f"codspeed {review.suite}",
        "target_url": review.url,
    }
    repository = required(variables, "GITHUB_REPOSITORY")
    _api(desk).call("POST", f"/repos/{repository}/statuses/{commit}", Ignored, content)


def _job_url(variables: Mapping[str, str]) -> str:
    server = variables.get("GITHUB_SERVER_URL", "https://github.com")
    repository, run = variables.get("GITHUB_REPOSITORY"), variables.get("GITHUB_RUN_ID")
    return f"{server}/{repository}/actions/runs/{run}" if repository and run else ""


GITHUB = Host(
    "GitHub",
    is_here=is_ci(EnvironmentKind.GITHUB_ACTIONS),
    obstacle=_obstacle,
    job_url=_job_url,
    comment=_comment,
    set_status=_set_status,
)
