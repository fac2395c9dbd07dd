"""Pytest plugin: what became of each benchmark.

Loaded by pytest_main.py in the interpreter that is measured: imports nothing of the driver.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Account:
    """Writes what became of each benchmark, when all is done.

    A test may end the interpreter or the session with status 0, skip itself, or never call what it
    takes. Whether anything was measured is seen where pytest-codspeed measures; what is measured
    sees nothing of this.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        # Node id, URI, outcome and reason by node id.
        self._tests: dict[str, list[str]] = {}
        self._watched = False
        self._running = ""
        # What was wrong with the value that the measured function returned, or nothing.
        self.measured: dict[str, str] = {}

    def pytest_sessionstart(self, session: Any) -> None:
        """Has each measurement noted."""
        plugin = session.config.pluginmanager.get_plugin("codspeed_plugin")
        instrument = getattr(plugin, "instrument", None)
        for name in ("measure", "measure_pedantic"):
            if measure := getattr(instrument, name, None):
                setattr(instrument, name, self._noting(measure))
                self._watched = True

    def _noting(self, measure: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(measure)
        def noted(*arguments: Any, **options: Any) -> Any:
            try:
                result = measure(*arguments, **options)
            except BaseException as error:
                self.measured[self._running] = _raised(error)
                raise
            self.measured[self._running] = _left_undone(result)
            return result

        return noted

    def pytest_collectreport(self, report: Any) -> None:
        """Adds a module that skips itself: the benchmarks in it are not known."""
        if report.skipped:
            reason = _skip_reason(report)
            self._tests[report.nodeid] = [report.nodeid, report.nodeid, "skipped", reason]

    def pytest_collection_finish(self, session: Any) -> None:
        """Adds what is to run."""
        for item in session.items:
            self._tests[item.nodeid] = [item.nodeid, _uri(item), "", ""]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Notes which test runs."""
        self._running = nodeid

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Notes how a test ended: by its call, or by its setup or teardown if that did not pass."""
        test = self._tests.get(report.nodeid)
        # That of a part of a test: the test has one of its own.
        is_part = hasattr(report, "context") and not report.failed
        if test and not is_part and (report.when == "call" or not report.passed):
            test[2:] = self._outcome(report)

    def _outcome(self, report: Any) -> list[str]:
        if report.failed:
            what = "the test" if report.when == "call" else f"its {report.when}"
            return ["failed", f"{what} failed: {_crash(report)}"]
        if report.skipped:
            return ["skipped", _skip_reason(report)]
        if not self._watched:
            return ["measured", ""]
        if report.nodeid not in self.measured:
            return ["failed", "it passes, but measures nothing: it does not call `benchmark`"]
        undone = self.measured[report.nodeid]
        return ["failed", undone] if undone else ["measured", ""]

    def pytest_sessionfinish(self) -> None:
        """Writes what is known at the end."""
        self.write()

    def write(self) -> None:
        """Writes a JSON list of what is known; a test without an outcome did not run."""
        whole = Path(f"{self.file}.part")
        whole.write_text(json.dumps([*self._tests.values()]), encoding="utf-8")
        whole.replace(self.file)


def _raised(error: BaseException) -> str:
    """Returns what is wrong with an error that the test expects: walltime has no number then."""
    return (
        f"the measured function raised {type(error).__name__}: give `benchmark` a function that "
        "catches it"
    )


def _left_undone(result: Any) -> str:
    """Returns what a measured function left to others: its number is not that of the work."""
    if inspect.isasyncgen(result) or _is_new_generator(result):
        return (
            "the measured function returned a generator, which had not run: give `benchmark` a "
            "function that runs it to its end"
        )
    if hasattr(type(result), "__await__") and not _is_done(result):
        return (
            "the measured function returned a coroutine that was not awaited: give `benchmark` a "
            "function that runs it, such as `lambda: asyncio.run(…)`"
        )
    return ""


def _is_new_generator(result: Any) -> bool:
    return inspect.isgenerator(result) and inspect.getgeneratorstate(result) == inspect.GEN_CREATED


def _is_done(result: Any) -> bool:
    done = getattr(result, "done", None)
    return callable(done) and bool(done())


def _skip_reason(report: Any) -> str:
    if hasattr(report, "wasxfail"):
        reason = report.wasxfail.removeprefix("reason: ")
        not_run = reason.removeprefix("[NOTRUN] ")
        expected = "expected to fail" if not_run == reason else "expected to fail, and not run"
        return f"{expected}: {not_run}" if not_run else expected
    # Path, line and reason.
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ").strip() or "unconditional skip"


def _crash(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = str(crash.message if crash else report.longrepr).strip().split("\n")
    return lines[0 if crash else -1]


def _uri(item: Any) -> str:
    """Returns the URI that pytest-codspeed gives a test; its node id where that is not known."""
    from pytest_codspeed import utils

    root = item.config.rootpath
    for name in ("get_git_relative_uri_and_name", "get_git_relative_uri"):
        if function := getattr(utils, name, None):
            found = function(item.nodeid, root)
            return str(found if isinstance(found, str) else found[0])
    return str(item.nodeid)
