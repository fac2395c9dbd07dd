"""A page of a headless Chromium that shows reports from the disk, and what tests do with it."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.report.html.model import ReportModel
from rules_codspeed.report.html.report import write_report
from tests.report.html.browser import Page, find_browser

BROWSER = find_browser()
needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

SORT = "#b2"
"""The benchmark of the full model with both trees."""
COLOURS = "[...Array(graph.tree.count).keys()].map((node) => `rgb(${colour(node).join(' ')})`)"
"""A script that returns the colour of each frame."""


def shown(page: Page, folder: Path, model: ReportModel, fragment: str = "") -> Iterator[Page]:
    file = folder / "report.html"
    write_report(model, file)
    page.console.clear()
    page.requests.clear()
    page.prefer("light")
    page.resize(1300, 900)
    page.open(file, fragment)
    yield page
    page.run("1")  # collects what was not read yet
    assert page.console == []
    assert {one.partition("#")[0] for one in page.requests} == {file.as_uri()}


def rows(page: Page, part: str = "packages") -> list[str]:
    """Returns the benchmarks in the order of a part of the first page."""
    found = page.run(
        f"[...document.querySelectorAll('#{part} tbody bdi')].map((one) => one.textContent)"
    )
    assert isinstance(found, list)
    return found


def text(page: Page, id: str) -> str:
    return str(page.run(f"byId('{id}').textContent"))


def choose(page: Page, id: str, value: str) -> None:
    page.run(f"byId('{id}').value = {value!r}, byId('{id}').dispatchEvent(new Event('change'))")


def type_in(page: Page, id: str, value: str) -> None:
    page.run(f"byId('{id}').value = {value!r}, byId('{id}').dispatchEvent(new Event('input'))")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Yields the address at which a folder is served on this machine."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Prints nothing."""
