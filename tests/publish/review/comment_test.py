"""Comments and statuses on GitHub and GitLab, against a server in their shape."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rules_codspeed.publish.ci.buildkite import BuildkiteDialect
from rules_codspeed.publish.ci.log import Level, Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.hosts import host_of
from rules_codspeed.publish.review.review import Desk, Host, Review
from tests.publish.environments import load_environment
from tests.publish.forge import TOKEN, Fault, Forge, sections_of, serve_forge
from tests.publish.loopback import Waits, connect, unused_port

GITHUB, GITLAB = "github_pull_request", "gitlab_merge_request"
BOTH = pytest.mark.parametrize("name", [GITHUB, GITLAB])
UP_TO_DATE = "The comment on the change is up to date."


@pytest.fixture
def forge() -> Iterator[Forge]:
    with serve_forge() as server:
        yield server


def review(text: str = "1 slower\n", *, suite: str = "//:suite", passed: bool = False) -> Review:
    return Review(suite, passed, "1 slower", lambda largest: text[:largest], "https://ci/1")


class Job:
    """A job of a recorded environment, and what it logs."""

    def __init__(self, name: str, forge: Forge, tmp_path: Path, **more: str) -> None:
        self.variables = {
            **load_environment(name, tmp_path, tmp_path),
            "GITHUB_API_URL": forge.url,
            "GITHUB_GRAPHQL_URL": f"{forge.url}/graphql",
            "CI_API_V4_URL": forge.url,
            "GITHUB_TOKEN": TOKEN,
            "GITLAB_TOKEN": TOKEN,
            **more,
        }
        self.waits = Waits()
        self.logged = io.StringIO()
        self.log = Logger(BuildkiteDialect(), self.logged, Level.TRACE)
        found = host_of(self.variables)
        assert found
        self.host: Host = found

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with connect() as client:
            yield Desk(self.variables, client, self.log, self.waits.policy(3))

    def comment(self, made: Review | None = None) -> str:
        with self.desk() as desk:
            return self.host.comment(desk, made or review())

    def set_status(self, made: Review | None = None) -> None:
        assert self.host.set_status
        with self.desk() as desk:
            self.host.set_status(desk, made or review())

    def refused(self) -> str:
        with pytest.raises(PublishError) as caught:
            self.comment()
        # The service may repeat what it was sent; it is the log that hides it.
        self.log.warn(str(caught.value))
        shown = self.logged.getvalue()
        assert TOKEN not in shown
        return shown


@BOTH
def test_posts_then_updates_one_comment(forge: Forge, tmp_path: Path, name: str) -> None:
    job = Job(name, forge, tmp_path)
    for number in range(130):  # it is on a second page
        forge.add(f"nice, {number}", user=8)
    assert job.comment() == UP_TO_DATE
    assert job.comment(review("2 slower\n")) == UP_TO_DATE
    ours = [body for body in forge.bodies if sections_of(body)]
    assert [sections_of(body) for body in ours] == [["2 slower\n"]]


@BOTH
def test_suites_share_the_comment(forge: Forge, tmp_path: Path, name: str) -> None:
    job = Job(name, forge, tmp_path)
    job.comment(review("a\n", suite="//:a"))
    job.comment(review("b\n", suite="//:b"))
    assert [sections_of(body) for body in forge.bodies] == [["a\n\n", "b\n"]]


@BOTH
def test_a_later_run_stays(forge: Forge, tmp_path: Path, name: str) -> None:
    Job(name, forge, tmp_path, GITHUB_RUN_ID="9876543210", CI_PIPELINE_ID="440002").comment(
        review("later\n")
    )
    assert "later run" in Job(name, forge, tmp_path).comment()
    assert [sections_of(body) for body in forge.bodies] == [["later\n"]]


@BOTH
def test_comments_of_others_are_not_ours(forge: Forge, tmp_path: Path, name: str) -> None:
    """Not those of other bots either, which may repeat what anybody writes."""
    job = Job(name, forge, tmp_path)
    job.comment()
    (ours,) = forge.bodies
    forge.comments.clear()
    later = re.sub(r"[0-9]+\.[0-9]+ -->", "9876543999.1 -->", ours)
    forge.add(later, user=8)
    assert job.comment() == UP_TO_DATE
    assert forge.bodies == [later, ours]


@BOTH
def test_no_number_keeps_later_runs_away_for_good(forge: Forge, tmp_path: Path, name: str) -> None:
    job = Job(name, forge, tmp_path)
    job.comment()
    (ours,) = forge.bodies
    forge.comments.clear()
    forge.add(re.sub(r"[0-9]+\.[0-9]+ -->", f"{'9' * 20}.1 -->", ours))
    assert job.comment() == UP_TO_DATE
    assert forge.bodies == [ours]


def test_whose_token_it_is_must_be_known(forge: Forge, tmp_path: Path) -> None:
    forge.faults.append(Fault("POST", 200, {"errors": [{"message": "no"}]}, path="/graphql"))
    assert "with something else" in Job(GITHUB, forge, tmp_path).refused()


@BOTH
def test_jobs_that_race_end_with_one_comment(forge: Forge, tmp_path: Path, name: str) -> None:
    both_look = threading.Barrier(2, timeout=20)

    def meet() -> None:
        # Both have seen that there is no comment, before either makes one.
        both_look.wait()

    forge.before_create = meet
    jobs = [Job(name, forge, tmp_path, GITHUB_JOB=one, CI_JOB_NAME=one) for one in ("a", "b")]
    threads = [
        threading.Thread(target=job.comment, args=(review(f"{number}\n"),))
        for number, job in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (body,) = forge.bodies
    assert sorted(one.strip() for one in sections_of(body)) == ["0", "1"]


def test_a_section_that_was_written_over_is_written_again(
    forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(GITHUB, forge, tmp_path)
    other = Job(GITHUB, forge, tmp_path, GITHUB_JOB="other")
    other.comment(review("other\n"))
    (stale,) = forge.bodies
    # What another job had read before ours wrote.
    answers = forge.answer
    lost: list[list[str]] = []

    def answer(method: str, path: str, content: dict[str, object]) -> object:
        done = answers(method, path, content)
        if method == "PATCH" and not lost:
            lost.append(forge.bodies)
            next(iter(forge.comments.values()))["body"] = stale
        return done

    monkeypatch.setattr(forge, "answer", answer)
    assert job.comment(review("ours\n")) == UP_TO_DATE
    assert lost
    assert [one.strip() for one in sections_of(forge.bodies[0])] == ["other", "ours"]


@BOTH
def test_no_more_than_the_service_takes(forge: Forge, tmp_path: Path, name: str) -> None:
    forge.largest = 65_536 if name == GITHUB else 1_000_000
    job = Job(name, forge, tmp_path)
    for suite in ("//:a", "//:b", "//:c"):
        job.comment(review("ä" * 700_000, suite=suite))
    (body,) = forge.bodies
    assert forge.largest // 3 < len(body) <= forge.largest


def test_a_rate_limit_is_waited_for(forge: Forge, tmp_path: Path) -> None:
    job = Job(GITHUB, forge, tmp_path)
    limit = {"message": "You have exceeded a secondary rate limit"}
    forge.faults.append(Fault("POST", 403, limit, {"Retry-After": "30"}))
    forge.faults.append(Fault("POST", 429, limit, {"Retry-After": "40"}))
    assert job.comment() == UP_TO_DATE
    assert job.waits.seconds == [30.0, 40.0]
    assert len(forge.bodies) == 1


def test_a_long_rate_limit_is_not(forge: Forge, tmp_path: Path) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    forge.faults.append(Fault("GET", 403, {"message": "API rate limit exceeded"}, headers))
    job = Job(GITHUB, forge, tmp_path)
    shown = job.refused()
    assert "status 403: API rate limit exceeded: a rate limit that ends in " in shown
    assert job.waits.seconds == []


@BOTH
def test_a_token_without_permission(forge: Forge, tmp_path: Path, name: str) -> None:
    message = "Resource not accessible by integration"
    forge.faults.append(Fault("POST", 403, {"message": message}))
    shown = Job(name, forge, tmp_path).refused()
    assert f"status 403: {message}. Expected: a token that may do it. Fix: " in shown
    assert ("pull-requests: write" if name == GITHUB else "scope api") in shown


@BOTH
def test_a_wrong_token_is_not_shown(forge: Forge, tmp_path: Path, name: str) -> None:
    wrong = {"GITHUB_TOKEN": TOKEN + "x", "GITLAB_TOKEN": TOKEN + "x"}
    shown = Job(name, forge, tmp_path, **wrong).refused()
    assert "status 401: Bad credentials: Bearer ***" in shown


def test_what_the_service_states_about_a_refusal_is_shown(forge: Forge, tmp_path: Path) -> None:
    fault = {"message": "Validation Failed", "errors": [{"code": "unprocessable"}]}
    forge.faults.append(Fault("POST", 422, fault))
    shown = Job(GITHUB, forge, tmp_path).refused()
    assert "POST /repos/acme/widgets/issues/42/comments" in shown
    assert "status 422: Validation Failed; [{'code': 'unprocessable'}]" in shown


@BOTH
def test_a_server_that_fails_once(forge: Forge, tmp_path: Path, name: str) -> None:
    forge.faults.append(Fault("POST", 502))
    assert Job(name, forge, tmp_path).comment() == UP_TO_DATE


def test_no_server(forge: Forge, tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{unused_port()}"
    job = Job(GITHUB, forge, tmp_path, GITHUB_API_URL=gone)
    assert "GitHub cannot be reached for GET /repos/acme/widgets" in job.refused()
    assert len(job.waits.seconds) == 3


def test_an_answer_of_something_else(forge: Forge, tmp_path: Path) -> None:
    forge.faults.append(Fault("GET", 200, {"message": "a login page"}))
    assert "with something else" in Job(GITHUB, forge, tmp_path).refused()


def test_statuses(forge: Forge, tmp_path: Path) -> None:
    Job(GITHUB, forge, tmp_path).set_status()
    Job(GITHUB, forge, tmp_path).set_status(review(passed=True))
    Job(GITLAB, forge, tmp_path).set_status()
    status = {"description": "1 slower", "target_url": "https://ci/1"}
    github = {**status, "context": "codspeed //:suite"}
    gitlab = {**status, "name": "codspeed //:suite", "pipeline_id": 440001}
    assert forge.statuses == [
        ("2" * 40, {**github, "state": "failure"}),
        ("2" * 40, {**github, "state": "success"}),
        ("f" * 40, {**gitlab, "state": "failed"}),
    ]


@pytest.mark.parametrize("name", ["github_push", "gitlab_push"])
def test_without_a_pull_request_there_is_a_status_only(
    forge: Forge, tmp_path: Path, name: str
) -> None:
    job = Job(name, forge, tmp_path)
    assert job.comment().startswith("No ")
    assert forge.requests == []
    job.set_status()
    assert [commit for commit, _ in forge.statuses] == ["f" * 40]


@pytest.mark.parametrize("name", ["github_fork_pull_request", "gitlab_fork_merge_request"])
def test_forks_are_told_why(forge: Forge, tmp_path: Path, name: str) -> None:
    job = Job(name, forge, tmp_path)
    assert "comes from a fork" in job.host.obstacle(job.variables)


@BOTH
def test_a_job_without_a_token_is_told_what_to_do(forge: Forge, tmp_path: Path, name: str) -> None:
    job = Job(name, forge, tmp_path, GITHUB_TOKEN="", GITLAB_TOKEN="")
    assert "_TOKEN" in job.host.obstacle(job.variables)
    assert job.host.obstacle({**job.variables, "GITHUB_TOKEN": "x", "GITLAB_TOKEN": "x"}) == ""
