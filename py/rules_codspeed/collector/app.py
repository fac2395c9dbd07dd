"""The HTTP interface of the collector."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rules_codspeed.collector.compact_json import parse_compact
from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.fault_injection import FAULTS_PATH
from rules_codspeed.collector.faults import FaultPlan, parse_rules
from rules_codspeed.collector.graphql import GraphQL, failure
from rules_codspeed.collector.headers import Credentials, check_archive_headers, check_slot_headers
from rules_codspeed.collector.incoming import receive
from rules_codspeed.collector.index import Run
from rules_codspeed.collector.metadata_parser import parse_metadata
from rules_codspeed.collector.pages.reports import Reports
from rules_codspeed.collector.pages.site import Site, for_people, to_report
from rules_codspeed.collector.signature import Signer
from rules_codspeed.collector.store import Store
from rules_codspeed.contract.output.space import is_no_space

_LOG = logging.getLogger(__name__)

_MAX_DOCUMENT = 256 << 10  # bytes of metadata and other JSON; they have a few thousand
_SHOWN_RUNS = 1000
_ACCEPTED = 4  # archives at once


@dataclass(frozen=True, slots=True)
class Collector:
    """The endpoints and what they work with.

    Attributes:
      store: the data folder.
      signer: of upload URLs.
      credentials: what senders and readers must present.
      public_url: how clients reach the collector, without a slash at the end.
      max_archive_bytes: size of an archive.
      reports: the reports of runs, for people.
      accepting: lets few archives be checked at once. Threads of Python take turns, so each more
        lets pages wait longer, and none makes it faster.
    """

    store: Store
    signer: Signer
    credentials: Credentials
    public_url: str
    max_archive_bytes: int
    reports: Reports
    accepting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ACCEPTED))

    def app(self, settable_faults: FaultPlan | None = None) -> Starlette:
        """Returns the ASGI application.

        Args:
          settable_faults: what `POST /_faults` replaces; None: there is no such path.
        """
        graphql = GraphQL(self.store, self.public_url)

        async def answer_graphql(request: Request) -> Response:
            return await self._answer_graphql(graphql, request)

        routes = [
            Route("/upload", self._announce, methods=["POST"]),
            Route("/archives/{run_id}", self._receive, methods=["PUT"]),
            Route("/graphql", answer_graphql, methods=["POST"]),
            Route("/runs", self._runs),
            Route("/runs/{run_id}", self._run),
            Route("/runs/{run_id}/archive", self._archive),
            Route("/healthz", _health),
            *Site(self.store, self.reports, self.credentials).routes(),
        ]
        if settable_faults:
            routes.append(_faults_route(settable_faults))
        return Starlette(
            routes=routes,
            exception_handlers={
                Refusal: _refuse,
                HTTPException: _refuse_path,
                OSError: _report_disk,
                sqlite3.OperationalError: _report_disk,
                ClientDisconnect: _drop,
            },
        )

    async def _announce(self, request: Request) -> Response:
        """Issues an upload slot (spec: upload 9)."""
        check_slot_headers(request.headers)
        body = await _read_document(request)
        metadata = parse_metadata(body)
        self.credentials.check_upload(request.headers, metadata.tokenless)
        run = await run_in_threadpool(self.store.announce, body, metadata)
        _LOG.info("run %s of %s (%s) is announced", run.id, run.repository, run.executor)
        url = f"{self.public_url}/archives/{run.id}?{self.signer.query(run.id)}"
        return JSONResponse({"status": "success", "uploadUrl": url, "runId": run.id})

    async def _receive(self, request: Request) -> Response:
        """Takes an archive (spec: upload 10)."""
        run_id = request.path_params["run_id"]
        query = request.query_params
        self.signer.check(run_id, query.get("expires", ""), query.get("signature", ""))
        run = self._get(run_id)
        check_archive_headers(request.headers, run, self.max_archive_bytes)
        self.store.check_open(run)
        with receive(self.store.archive(run)) as incoming:
            # Not in a thread: a piece is small, and goes to the page cache.
            async for piece in request.stream():
                incoming.write(piece)
            async with self.accepting:
                await run_in_threadpool(self.store.accept, run, incoming)
        _LOG.info("run %s of %s (%s) is complete", run.id, run.repository, run.executor)
        # Whoever looks at it then need not wait.
        return Response(background=BackgroundTask(self.reports.prepare, run))

    async def _runs(self, request: Request) -> Response:
        """Lists the newest runs."""
        self.credentials.check_reader(request.headers)
        return JSONResponse([asdict(run) for run in self.store.index.newest(_SHOWN_RUNS)])

    async def _run(self, request: Request) -> Response:
        """Describes one run, with its metadata; leads a browser to its report."""
        if for_people(request):
            # Nothing is looked up: the token is asked for there.
            return to_report(request.path_params["run_id"])
        self.credentials.check_reader(request.headers)
        run = self._get(request.path_params["run_id"])
        metadata: Any = parse_compact(self.store.metadata(run).read_bytes())
        return JSONResponse({**asdict(run), "metadata": metadata})

    async def _archive(self, request: Request) -> Response:
        """Gives back an archive as it was received."""
        self.credentials.check_reader(request.headers)
        run = self._get(request.path_params["run_id"])
        if run.state in ("pending", "refused"):
            raise Refusal(404, f"the archive of run {run.id} was not received")
        archive = self.store.archive(run)
        media_type = "application/gzip" if run.compressed else "application/x-tar"
        return FileResponse(archive, media_type=media_type, filename=archive.name)

    async def _answer_graphql(self, graphql: GraphQL, request: Request) -> Response:
        try:
            self.credentials.check(request.headers)
        except Refusal as refusal:
            return JSONResponse(failure("UNAUTHENTICATED", refusal.message))
        status, answer = graphql.answer(await _read_document(request))
        return JSONResponse(answer, status)

    def _get(self, run_id: str) -> Run:
        run = self.store.index.get(run_id)
        if not run:
            raise Refusal(404, "no such run")
        return run


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _faults_route(plan: FaultPlan) -> Route:
    async def set_faults(request: Request) -> Response:
        try:
            plan.replace(parse_rules(await _read_document(request)))
        except ValueError as error:
            raise Refusal(422, str(error)) from error
        return Response(status_code=204)

    return Route(FAULTS_PATH, set_faults, methods=["POST"])


async def _read_document(request: Request) -> bytes:
    document = bytearray()
    async for piece in request.stream():
        document += piece
        if len(document) > _MAX_DOCUMENT:
            raise Refusal(413, f"the body has more than {_MAX_DOCUMENT} bytes")
    return bytes(document)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    # Without the query: the signature is in it. `request.url` depends on the header Host.
    _LOG.info("refused %s %r: %r", request.method, request.scope["path"], error.message)
    if request.method == "PUT":
        return PlainTextResponse(error.message, error.status)
    return JSONResponse({"error": error.message}, error.status)


async def _refuse_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await _refuse(request, Refusal(error.status_code, error.detail))


async def _report_disk(request: Request, error: Exception) -> Response:
    _LOG.error("cannot use the data folder: %s", error)
    # SQLite has no errno.
    if "full" in str(error) or (isinstance(error, OSError) and is_no_space(error)):
        return await _refuse(request, Refusal(507, "the disk of the collector is full"))
    return await _refuse(request, Refusal(500, "the collector cannot use its data folder"))


async def _drop(request: Request, error: Exception) -> Response:
    _LOG.info("lost the connection of %s %r", request.method, request.scope["path"])
    return Response(status_code=400)
