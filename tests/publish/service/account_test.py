"""The operations of the API: what is asked, what comes of the answers, and the errors' texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.ci.local import RepositoryResolver, ResolvedRepository
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.account import Account
from rules_codspeed.publish.service.graphql import open_client
from rules_codspeed.publish.service.local_run import Executor, RunStatus
from tests.publish.local_runs import allocated, run, simulated, timed
from tests.publish.loopback import Received, Reply, serve

TOKEN = Secret("csp_1234567890abcdef")
GITHUB = RepositoryProvider.GITHUB
SESSION = {"user": {"login": "me", "provider": "GITHUB"}}
OVERVIEW = {"owner": "Org", "name": "Repo", "provider": "GITLAB", "hasWriteAccess": False}

Operation = Callable[[Account], Any]
OPERATIONS: dict[str, Operation] = {
    "overview": lambda account: account.overview("org", "repo", GITHUB),
    "project": lambda account: account.project("local-runs"),
    "local_run": lambda account: account.local_run("org", "repo", "65f0"),
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with open_client() as one:
            yield one


def ask(client: httpx.Client, operation: str, document: Any) -> tuple[Any, Received]:
    """Returns what came of an answer, and the request; errors are returned too."""
    with serve(Reply(200, json.dumps(document).encode())) as server:
        try:
            result = OPERATIONS[operation](Account(server.url, TOKEN, client))
        except PublishError as error:
            result = error
    (request,) = server.requests
    return result, request


def refusal(code: str, **rest: Any) -> Any:
    return {"errors": [{"message": "the server's words", "extensions": {"code": code}}], **rest}


def selection(request: Received) -> list[str]:
    """Returns the words of the selection of a request, without arguments."""
    document = json.loads(request.body)["query"]
    head, _, body = document.partition("{")
    assert re.match(r"\s*(query|mutation) \w+\(", head)
    return re.findall(r"\w+", re.sub(r"\([^)]*\)", "", body))


def variables(request: Received) -> Any:
    return json.loads(request.body)["variables"]


def test_account_resolves_repositories(client: httpx.Client) -> None:
    resolver: RepositoryResolver = Account("http://127.0.0.1/", None, client)
    assert resolver


def test_overview_in_the_servers_spelling(client: httpx.Client) -> None:
    answer = {"data": {"session": SESSION, "repositoryOverview": OVERVIEW}}
    found, request = ask(client, "overview", answer)
    assert found == ResolvedRepository("Org", "Repo", RepositoryProvider.GITLAB, False)
    assert request.headers["authorization"] == "csp_1234567890abcdef"
    assert variables(request) == {"owner": "org", "name": "repo", "provider": "GITHUB"}
    fields = ["owner", "name", "provider", "hasWriteAccess"]
    assert selection(request) == [
        *["session", "user", "login", "provider", "repositoryOverview"],
        *["on", "Repository", *fields, "on", "AvailableRepository", *fields],
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"session": SESSION, "repositoryOverview": None}},
        {"data": {"session": {"user": None}}},
        refusal("REPOSITORY_NOT_FOUND", data={"session": SESSION, "repositoryOverview": None}),
        refusal("REPOSITORY_NOT_FOUND", data={"session": SESSION}),
    ],
)
def test_unknown_repository(answer: Any, client: httpx.Client) -> None:
    assert ask(client, "overview", answer)[0] is None


def test_project(client: httpx.Client) -> None:
    project = {"provider": "PROJECT", "owner": "me", "name": "local-runs"}
    found, request = ask(client, "project", {"data": {"getOrCreateProjectRepository": project}})
    assert found == ResolvedRepository("me", "local-runs", RepositoryProvider.PROJECT, True)
    assert variables(request) == {"name": "local-runs"}
    assert selection(request) == ["getOrCreateProjectRepository", "owner", "name", "provider"]
    assert json.loads(request.body)["query"].split()[0] == "mutation"


def test_local_run(client: httpx.Client) -> None:
    found_run = run(
        simulated("a", 1.5, (90, 5, 5), 0.25),
        timed("b", 2, (50, 0.5, 75)),
        allocated("c", 2048, (2048, 4096, 12)),
        status="PROCESSING",
    )
    found, request = ask(client, "local_run", {"data": {"repository": {"run": found_run}}})
    assert variables(request) == {"owner": "org", "name": "repo", "runId": "65f0"}
    assert (found.id, found.status) == ("65f0c0ffee", RunStatus.PROCESSING)
    first, second, third = found.results
    assert (first.benchmark.name, first.benchmark.executor) == ("a", Executor.VALGRIND)
    assert (first.value, first.valgrind.time_distribution.sys) == (1.5, 0.25)
    assert first.valgrind.time_distribution.l1m == pytest.approx(0.075)
    assert (second.walltime.iterations, second.walltime.total_time) == (50, 75)
    assert (third.memory.peak_memory, third.memory.alloc_calls) == (2048, 12)


def test_selection_of_a_local_run(client: httpx.Client) -> None:
    _, request = ask(client, "local_run", {"data": {}})
    assert set(selection(request)) == {
        *("repository", "run", "id", "url", "status", "results", "value"),
        *("benchmark", "name", "executor", "issues", "callgraphGenerationFailure"),
        *("valgrind", "timeDistribution", "ir", "l1m", "llm", "sys"),
        *("walltime", "iterations", "stdev", "totalTime"),
        *("memory", "peakMemory", "totalAllocated", "allocCalls"),
    }


EXPIRED = "Your session has expired, please login again using `codspeed auth login`"
INVALID = "Invalid token. Run `codspeed auth login` to re-authenticate."


@pytest.mark.parametrize(
    ("operation", "answer", "message"),
    [
        ("overview", refusal("UNAUTHENTICATED"), INVALID),
        ("overview", refusal("UNAUTHORIZED"), INVALID),
        (
            "overview",
            refusal("REPOSITORY_NOT_FOUND"),
            "Server returned REPOSITORY_NOT_FOUND without partial data: the server's words",
        ),
        (
            "overview",
            refusal("OTHER"),
            "Failed to validate token and repository: the server's words",
        ),
        ("project", refusal("UNAUTHENTICATED"), EXPIRED),
        (
            "project",
            refusal("UNAUTHORIZED"),
            "Failed to get or create project repository: the server's words",
        ),
        ("local_run", refusal("UNAUTHENTICATED", data={"repository": None}), EXPIRED),
        ("local_run", refusal("RUN_NOT_FOUND"), "Failed to fetch local run: the server's words"),
    ],
)
def test_texts_of_errors(operation: str, answer: Any, message: str, client: httpx.Client) -> None:
    error, _ = ask(client, operation, answer)
    assert isinstance(error, PublishError)
    assert error.what == message
    assert message in (EXPIRED, INVALID) or ". Fix: " in str(error)


def result(**changes: Any) -> Any:
    return {"data": {"repository": {"run": run({**simulated("a", 1, (1, 1, 1)), **changes})}}}


@pytest.mark.parametrize(
    ("operation", "answer", "place"),
    [
        ("overview", {"data": {}}, "session: "),
        ("overview", refusal("REPOSITORY_NOT_FOUND", data={}), "session: "),
        (
            "overview",
            {"data": {"session": SESSION, "repositoryOverview": {**OVERVIEW, "provider": "X"}}},
            "repositoryOverview.provider: ",
        ),
        ("project", {"data": {"getOrCreateProjectRepository": None}}, "getOrCreateProject"),
        ("local_run", {"data": {"repository": None}}, "repository: "),
        (
            "local_run",
            {"data": {"repository": {"run": run(status="LOST")}}},
            "repository.run.status: ",
        ),
        ("local_run", result(value="a lot"), "repository.run.results[0].value: "),
        ("local_run", result(value=float("nan")), "repository.run.results[0].value: "),
        (
            "local_run",
            result(memory={"peakMemory": "-1", "totalAllocated": "1", "allocCalls": "1"}),
            "repository.run.results[0].memory.peakMemory: ",
        ),
        (
            "local_run",
            result(memory={"peakMemory": "9" * 400, "totalAllocated": "1", "allocCalls": "1"}),
            "repository.run.results[0].memory.peakMemory: ",
        ),
    ],
)
def test_answer_of_another_shape(
    operation: str, answer: Any, place: str, client: httpx.Client
) -> None:
    error, _ = ask(client, operation, answer)
    assert isinstance(error, PublishError)
    assert re.match(rf"Failed to [a-z ]+: {re.escape(place)}", str(error))
    assert "Fix: check --api-url" in str(error)


KEYS = st.sampled_from(
    ["session", "repositoryOverview", "repository", "run", "results", "user", "owner", "value"]
)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=25)
@given(operation=st.sampled_from(sorted(OPERATIONS)), data=JSON)
def test_any_data_is_an_answer_or_a_publish_error(
    client: httpx.Client, operation: str, data: Any
) -> None:
    outcome, _ = ask(client, operation, {"data": data})
    assert outcome is None or isinstance(outcome, ResolvedRepository | PublishError)
