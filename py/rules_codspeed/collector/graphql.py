"""The operations of the GraphQL API that a local run needs (spec: upload-results 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from rules_codspeed.collector.attempts import RESULT_READERS
from rules_codspeed.collector.errors import shortened
from rules_codspeed.collector.index import Run
from rules_codspeed.collector.processing import Processing, Report
from rules_codspeed.collector.selection import Selection, SelectionError, parse_selection, select
from rules_codspeed.collector.store import Store
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import parse_json

_USER = {"login": "local", "provider": "GITHUB"}


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    query: str
    variables: dict[str, str | None] | None = None


_REQUEST = TypeAdapter(_Request)


class _OperationError(Exception):
    """An operation fails, with a code that clients know; `GraphQL.answer` catches it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class GraphQL:
    """Answers operations from what is stored."""

    def __init__(self, store: Store, public_url: str) -> None:
        self._store = store
        self._public_url = public_url
        self._processing = {executor: Processing(read) for executor, read in RESULT_READERS.items()}

    def answer(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Returns HTTP status and body of the answer to a request."""
        try:
            request = parse_json(_REQUEST, body)
            selection = parse_selection(request.query)
            return 200, {"data": self._data(selection, request.variables or {})}
        except DocumentError as error:
            return 400, failure("BAD_REQUEST", str(error).partition("\n")[0])
        except SelectionError as error:
            return 400, failure("GRAPHQL_VALIDATION_FAILED", str(error))
        except _OperationError as error:
            return 200, failure(error.code, str(error))

    def _data(self, selection: Selection, variables: Mapping[str, str | None]) -> dict[str, Any]:
        fields: dict[str, Callable[[], Any]] = {
            "session": lambda: {"user": _USER},
            "repositoryOverview": lambda: {
                "owner": _variable(variables, "owner"),
                "name": _variable(variables, "name"),
                "provider": variables.get("provider") or "GITHUB",
                "hasWriteAccess": True,
            },
            "getOrCreateProjectRepository": lambda: {
                "provider": "PROJECT",
                "owner": _USER["login"],
                "name": _variable(variables, "name"),
            },
            "repository": lambda: self._repository(selection["repository"], variables),
        }
        if unknown := selection.keys() - fields.keys():
            raise SelectionError(f"no operation {sorted(unknown)} here")
        return {name: select(fields[name](), below, name) for name, below in selection.items()}

    def _repository(
        self, selection: Selection, variables: Mapping[str, str | None]
    ) -> dict[str, Any]:
        name = f"{_variable(variables, 'owner')}/{_variable(variables, 'name')}"
        repository: dict[str, Any] = {"id": name, "settings": {"allowedRegression": 0.1}}
        if "run" in selection:
            run = self._store.index.get(_variable(variables, "runId"))
            if not run or run.repository != name:
                raise _OperationError("RUN_NOT_FOUND", f"no such run in {name}")
            repository["run"] = self._run(run)
        return repository

    def _run(self, run: Run) -> dict[str, Any]:
        """Returns a run with the results of all its parts, when all that it announced are there."""
        reports = [
            self._report(part) for part in self._store.index.parts(run) if part.state == "complete"
        ]
        statuses: list[str] = [report.status for report in reports]
        if run.state == "refused":
            statuses = ["FAILURE"]
        elif run.state == "pending" or len(reports) < run.parts:
            statuses = ["PENDING"]
        done = set(statuses) == {"COMPLETED"}
        return {
            "id": run.id,
            "url": f"{self._public_url}/runs/{run.id}",
            # One that failed decides for all, else one that is not done.
            "status": min(statuses, key=["FAILURE", "PENDING", "PROCESSING", "COMPLETED"].index),
            "headReports": [],
            "results": [result for report in reports for result in report.results] if done else [],
        }

    def _report(self, part: Run) -> Report:
        processing = self._processing.get(part.executor)
        return processing.report(self._store.archive(part)) if processing else Report("COMPLETED")


def failure(code: str, message: str) -> dict[str, Any]:
    """Returns the body of an answer that reports an error."""
    error = {"message": shortened(message), "extensions": {"code": code}}
    return {"data": None, "errors": [error]}


def _variable(variables: Mapping[str, str | None], name: str) -> str:
    value = variables.get(name)
    if value is None:
        raise _OperationError("BAD_USER_INPUT", f"no variable {name}")
    return value
