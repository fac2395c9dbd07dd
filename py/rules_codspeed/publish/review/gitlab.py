"""Merge requests on GitLab: its REST API, version 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, RootModel

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import required
from rules_codspeed.publish.review.api import Api, Ignored
from rules_codspeed.publish.review.comment import Comment, keep_one
from rules_codspeed.publish.review.review import Desk, Host, Review
from rules_codspeed.publish.review.variables import is_ci, number, token_of

LARGEST = 1_000_000
"""Bytes of a note: GitLab takes so many characters."""
LONGEST_DESCRIPTION = 255
"""Characters of the description of a status."""

_TOKENS = ("GITLAB_TOKEN",)
_ADVICE = (
    "make GITLAB_TOKEN a masked CI/CD variable with a project access token: role Reporter, or "
    "Developer for the status of the commit; scope api. CI_JOB_TOKEN may write no notes"
)


class _User(BaseModel):
    id: int


class _Note(BaseModel):
    id: int
    body: str = ""
    author: _User


class _Notes(RootModel[list[_Note]]):
    pass


class _MergeRequest:
    """The notes on a merge request."""

    def __init__(self, api: Api, project: str, merge_request: str) -> None:
        self._api = api
        self._notes = f"/projects/{project}/merge_requests/{merge_request}/notes"
        # Only our own notes may be ours: anybody could put our mark into one.
        self._we = api.call("GET", "/user", _User).id

    def comments(self) -> Sequence[Comment]:
        path = f"{self._notes}?sort=asc&order_by=created_at"
        pages = self._api.pages(path, _Notes, lambda page: len(page.root))
        notes = (one for page in pages for one in page.root)
        return [Comment(one.id, one.body) for one in notes if one.author.id == self._we]

    def create(self, body: str) -> None:
        self._api.call("POST", self._notes, Ignored, {"body": body})

    def update(self, number: int, body: str) -> None:
        self._api.call("PUT", f"{self._notes}/{number}", Ignored, {"body": body})

    def delete(self, number: int) -> None:
        self._api.call("DELETE", f"{self._notes}/{number}", Ignored, or_missing=Ignored())


def _obstacle(variables: Mapping[str, str]) -> str:
    target = variables.get("CI_MERGE_REQUEST_PROJECT_PATH")
    source = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
    if target and source and source != target:
        return (
            "the merge request comes from a fork, whose jobs get no token of the project. "
            "-- --summary FILE writes what the note would have shown; keep it as an artifact"
        )
    if not any(variables.get(name) for name in _TOKENS):
        return "the job has no GITLAB_TOKEN. " + _ADVICE[0].upper() + _ADVICE[1:]
    return ""


def _api(desk: Desk) -> Api:
    headers = {"PRIVATE-TOKEN": token_of(desk, _TOKENS).reveal(), "User-Agent": "rules_codspeed"}
    root = desk.variables.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
    return Api(desk, "GitLab", root, headers, _ADVICE)


def _comment(desk: Desk, review: Review) -> str:
    variables = desk.variables
    change = variables.get("CI_MERGE_REQUEST_IID")
    if not change:
        return "No note: this pipeline is not of a merge request."
    project = variables.get("CI_MERGE_REQUEST_PROJECT_ID") or required(variables, "CI_PROJECT_ID")
    thread = _MergeRequest(_api(desk), project, change)
    run = (number(variables, "CI_PIPELINE_ID"), number(variables, "CI_JOB_ID"))
    return keep_one(thread, review, required(variables, "CI_JOB_NAME"), run, LARGEST, desk.policy)


def _set_status(desk: Desk, review: Review) -> None:
    variables = desk.variables
    content = {
        "state": "success" if review.passed else "failed",
        "description": review.headline[:LONGEST_DESCRIPTION],
        "name": f"codspeed {review.suite}",
        "target_url": review.url,
        # Without it, GitLab may make another pipeline for the commit.
        "pipeline_id": number(variables, "CI_PIPELINE_ID"),
    }
    project, commit = required(variables, "CI_PROJECT_ID"), required(variables, "CI_COMMIT_SHA")
    _api(desk).call("POST", f"/projects/{project}/statuses/{commit}", Ignored, content)


GITLAB = Host(
    "GitLab",
    is_here=is_ci(EnvironmentKind.GITLAB_CI),
    obstacle=_obstacle,
    job_url=lambda variables: variables.get("CI_JOB_URL", ""),
    comment=_comment,
    set_status=_set_status,
)
