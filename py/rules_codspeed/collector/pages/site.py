"""The pages: routes, what they show, and the headers that keep others away from it."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.headers import Credentials
from rules_codspeed.collector.index import Run
from rules_codspeed.collector.pages.drawing import Verdict
from rules_codspeed.collector.pages.reports import Group, Reports
from rules_codspeed.collector.store import Store
from rules_codspeed.contract.escaping import visible

_SHOWN_RUNS = 200  # uploads
_SEARCHED_RUNS = 1000  # for a badge
_TEMPLATES = Path(__file__).absolute().parent / "templates"
_PAGES = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    # Whatever a publisher sent is text, in each of them.
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters["visible"] = visible
_PAGES.filters["moment"] = lambda at: time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
_STYLE = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of each page."""
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The report has a policy of its own, with the hashes of its scripts.
_REPORT_POLICY = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
_BADGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_ASK = {"WWW-Authenticate": 'Basic realm="collector", charset="UTF-8"'}
_COLOURS = {True: "#2c7a3f", False: "#c0392b", None: "#6b7280"}


@dataclass(frozen=True, slots=True)
class Row:
    """A run in a list.

    Attributes:
      group: the run.
      verdict: on it; None where it is not drawn yet.
    """

    group: Group
    verdict: Verdict | None

    @property
    def run(self) -> Run:
        """The upload that stands for it."""
        return self.group.run

    @property
    def executors(self) -> str:
        """What measured it."""
        return ", ".join(sorted({one.executor for one in self.group.parts}))


@dataclass(frozen=True, slots=True)
class Site:
    """The pages and what they are made from.

    Attributes:
      store: the data folder.
      reports: those that are drawn from it.
      credentials: what readers must present.
    """

    store: Store
    reports: Reports
    credentials: Credentials

    def routes(self) -> list[Route]:
        """Returns the routes of all pages."""
        return [
            Route("/", self._projects),
            Route("/projects/{provider}/{repository:path}", self._runs),
            Route("/reports/{run_id}", self._report),
            Route("/compare", self._compare),
            Route("/badges/{provider}/{repository:path}.svg", self._badge),
        ]

    async def _projects(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        projects = await run_in_threadpool(self.store.index.projects)
        return _page("projects.html", projects=projects)

    async def _runs(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        provider, repository = _project(request)
        rows = await run_in_threadpool(self._rows, provider, repository)
        if not rows:
            return _missing("no such project, or none of its runs is complete")
        return _page("runs.html", provider=provider, repository=repository, rows=rows)

    def _rows(self, provider: str, repository: str) -> list[Row]:
        groups = self.reports.groups(provider, repository, _SHOWN_RUNS)
        return [Row(one, self.reports.verdict(one)) for one in groups]

    async def _report(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        return await run_in_threadpool(self._drawn, request.path_params["run_id"], None)

    async def _compare(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        query = request.query_params
        return await run_in_threadpool(self._drawn, query.get("run", ""), query.get("base", ""))

    def _drawn(self, run_id: str, base_id: str | None) -> Response:
        """Returns a report, or a page that states why it is not there."""
        group, base = self._group(run_id), self._group(base_id)
        if not group or (base_id is not None and not base):
            return _missing("no such run, or its archive has not arrived")
        run = group.run
        if base and (base.run.provider, base.run.repository) != (run.provider, run.repository):
            return _missing("the two runs are of different projects")
        drawn = self.reports.drawn(group, base)
        if drawn.fault:
            return _page("state.html", 500, title="No report", text=drawn.fault, again=False)
        if drawn.waiting:
            text = "The report is being drawn. This page looks again by itself."
            page = _page("state.html", 202, title="A moment", text=text, again=True)
            page.headers["Refresh"] = "2"
            return page
        headers = {**HEADERS, "Content-Security-Policy": _REPORT_POLICY}
        return FileResponse(drawn.file, media_type="text/html; charset=utf-8", headers=headers)

    def _group(self, run_id: str | None) -> Group | None:
        run = self.store.index.get(run_id) if run_id else None
        return self.reports.group(run) if run else None

    async def _badge(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        provider, repository = _project(request)
        branch = request.query_params.get("branch", "main")
        verdict = await run_in_threadpool(self._verdict, provider, repository, branch)
        text = verdict.headline if verdict else "not measured"
        colour = _COLOURS[verdict.passed if verdict else None]
        made = _PAGES.get_template("badge.svg").render(text=text[:60], colour=colour)
        headers = {**HEADERS, "Content-Security-Policy": _BADGE_POLICY}
        return Response(made, media_type="image/svg+xml", headers=headers)

    def _verdict(self, provider: str, repository: str, branch: str) -> Verdict | None:
        """Returns the verdict on the newest run of a branch that is drawn."""
        groups = self.reports.groups(provider, repository, _SEARCHED_RUNS)
        on_branch = (one for one in groups if one.run.ref == f"refs/heads/{branch}")
        return next(filter(None, map(self.reports.verdict, on_branch)), None)

    def _refused(self, request: Request) -> Response | None:
        """Returns what asks for the token; None where it is there, or none is needed."""
        try:
            self.credentials.check_browser(request.headers)
        except Refusal as refusal:
            page = _page(
                "state.html", refusal.status, title="Sign in", text=refusal.message, again=False
            )
            page.headers.update(_ASK)
            return page
        return None


def for_people(request: Request) -> bool:
    """Returns whether a browser asks, not a program."""
    return "text/html" in request.headers.get("Accept", "")


def to_report(run_id: str) -> Response:
    """Returns what leads a browser to the report of a run, whether there is one or not."""
    return RedirectResponse(f"/reports/{run_id}", 303, headers=dict(HEADERS))


def _project(request: Request) -> tuple[str, str]:
    return request.path_params["provider"].upper(), request.path_params["repository"]


def _missing(text: str) -> Response:
    return _page("state.html", 404, title="Not here", text=text, again=False)


def _page(template: str, status: int = 200, **values: object) -> Response:
    made = _PAGES.get_template(template).render(style=_STYLE, **values)
    headers = {**HEADERS, "Content-Security-Policy": _POLICY}
    return Response(made, status, headers, media_type="text/html; charset=utf-8")
