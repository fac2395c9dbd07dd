"""What CodSpeed knows about an account: its repositories and the runs of this machine.

These are operations of runner 5.0.2 (spec: upload-results 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from rules_codspeed.contract.validation import validation_faults
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.ci.local import ResolvedRepository
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.graphql import GraphqlError, query
from rules_codspeed.publish.service.local_run import LocalRun

_OVERVIEW = """
query Overview($owner: String!, $name: String!, $provider: RepositoryProvider) {
  session { user { login provider } }
  repositoryOverview(owner: $owner, name: $name, provider: $provider) {
    ... on Repository { owner name provider hasWriteAccess }
    ... on AvailableRepository { owner name provider hasWriteAccess }
  }
}
"""
_PROJECT = """
mutation Project($name: String!) {
  getOrCreateProjectRepository(name: $name) { owner name provider }
}
"""
_LOCAL_RUN = """
query LocalRun($owner: String!, $name: String!, $runId: String!) {
  repository(owner: $owner, name: $name) {
    run(id: $runId) {
      id url status
      results {
        value
        benchmark { name executor }
        issues { callgraphGenerationFailure }
        valgrind { timeDistribution { ir l1m llm sys } }
        walltime { iterations stdev totalTime }
        memory { peakMemory totalAllocated allocCalls }
      }
    }
  }
}
"""

_SESSION_EXPIRED = "Your session has expired, please login again using `codspeed auth login`"
_INVALID_TOKEN = "Invalid token. Run `codspeed auth login` to re-authenticate."
_Model = TypeVar("_Model", bound=BaseModel)


class _ApiModel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Repository(_ApiModel):
    owner: str
    name: str
    provider: RepositoryProvider
    has_write_access: bool = True

    def resolved(self) -> ResolvedRepository:
        return ResolvedRepository(self.owner, self.name, self.provider, self.has_write_access)


class _User(_ApiModel):
    login: str
    provider: str


class _Session(_ApiModel):
    user: _User | None


class _Overview(_ApiModel):
    session: _Session
    repository_overview: _Repository | None = None


class _Project(_ApiModel):
    get_or_create_project_repository: _Repository


class _RepositoryRun(_ApiModel):
    run: LocalRun


class _LocalRun(_ApiModel):
    repository: _RepositoryRun


class Account:
    """The account of a token. Nothing here is retried, as in the official runner."""

    def __init__(self, api_url: str, token: Secret | None, client: httpx.Client) -> None:
        """Makes an account.

        Args:
          api_url: of the GraphQL API.
          token: of the account; without one the API answers that it is needed.
          client: of `graphql.open_client`.
        """
        self._api_url = api_url
        self._token = token
        self._client = client

    def overview(
        self, owner: str, name: str, provider: RepositoryProvider
    ) -> ResolvedRepository | None:
        """Returns a repository in the server's spelling; None if CodSpeed does not know it.

        Raises:
          PublishError: the token is not valid, or the API did not answer as it should.
        """
        action = "validate token and repository"
        try:
            data = self._ask(_OVERVIEW, owner=owner, name=name, provider=provider.value)
        except GraphqlError as error:
            if error.codes & {"UNAUTHENTICATED", "UNAUTHORIZED"}:
                raise PublishError(_INVALID_TOKEN, fix=None) from error
            if "REPOSITORY_NOT_FOUND" not in error.codes:
                raise _failed(action, error) from error
            if error.data is None:
                raise PublishError(
                    f"Server returned REPOSITORY_NOT_FOUND without partial data: {error}",
                    fix="enable the repository on CodSpeed, or correct --repository",
                ) from error
            _parse(_Overview, {**error.data, "repositoryOverview": None}, action)
            return None
        found = _parse(_Overview, data, action).repository_overview
        return found.resolved() if found else None

    def project(self, name: str) -> ResolvedRepository:
        """Returns the account's project of a name, which belongs to no repository.

        Raises:
          PublishError: the session has expired, or the API did not answer as it should.
        """
        action = "get or create project repository"
        data = self._ask_in_session(action, _PROJECT, name=name)
        return _parse(_Project, data, action).get_or_create_project_repository.resolved()

    def local_run(self, owner: str, name: str, run_id: str) -> LocalRun:
        """Returns a run of a repository as it is now.

        Raises:
          PublishError: the session has expired, or the API did not answer as it should.
        """
        action = "fetch local run"
        data = self._ask_in_session(action, _LOCAL_RUN, owner=owner, name=name, runId=run_id)
        return _parse(_LocalRun, data, action).repository.run

    def _ask_in_session(self, action: str, document: str, **variables: str) -> Mapping[str, Any]:
        try:
            return self._ask(document, **variables)
        except GraphqlError as error:
            if "UNAUTHENTICATED" in error.codes:
                raise PublishError(_SESSION_EXPIRED, fix=None) from error
            raise _failed(action, error) from error

    def _ask(self, document: str, **variables: str) -> Mapping[str, Any]:
        return query(self._client, self._api_url, self._token, document, variables)


def _parse(model: type[_Model], data: Mapping[str, Any], action: str) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise PublishError(
            f"Failed to {action}: {validation_faults(error)[0]}",
            expected="an answer of CodSpeed's API",
            fix="check --api-url and CODSPEED_API_URL",
        ) from None


def _failed(action: str, error: GraphqlError) -> PublishError:
    return PublishError(
        f"Failed to {action}: {error}",
        fix="check the network, --api-url and CODSPEED_API_URL, then publish again",
    )
