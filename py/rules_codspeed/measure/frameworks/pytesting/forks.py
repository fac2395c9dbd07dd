"""Pytest plugin: each benchmark runs in a process of its own, a fork of the one that collected all.

So nothing that another benchmark did to the interpreter or its heap can move a number, and what is
costly under a simulator, to start Python and to import, is done once. Loaded by pytest_main.py in
the interpreter that is measured: imports nothing of the driver.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

# Exit status of a run that forked nothing.
HAS_THREADS = 66

_NUMBER = 4  # bytes


class Forks:
    """Runs the tests that pytest collected, each with its fixtures as if it were the only one.

    Their reports go to this process, which prints and accounts for them as if it had run them.
    """

    def __init__(self, account: Any, prepare: Callable[[], None]) -> None:
        """Takes the plugin that notes what becomes of each test, and what prepares the heap."""
        self._account = account
        self._prepare = prepare

    def pytest_configure(self, config: Any) -> None:
        """Has the account take part."""
        config.pluginmanager.register(self._account)

    def pytest_runtestloop(self, session: Any) -> bool | None:
        """Runs all tests, in place of pytest's own loop."""
        options = session.config.option
        if options.collectonly or (
            session.testsfailed and not options.continue_on_collection_errors
        ):
            return None
        if threads := len(os.listdir("/proc/self/task")) - 1:
            self._run_here(session, threads)
            return None
        self._account.write()
        # What is held back would be written by each process.
        sys.stdout.flush()
        with open(f"{self._account.file}.reports", "w+b", buffering=0) as reports:
            zygote = _Zygote(
                self._prepare,
                lambda number, parent: _run(session, number, self._account, reports, parent),
            )
            for number, item in enumerate(session.items):
                status = zygote.run(number)
                self._take(item, status, _left(reports))
                self._account.write()
                # What one test left in its temporary folders, the next one would have to remove.
                shutil.rmtree(options.basetemp, ignore_errors=True)
            zygote.end()
        return True

    def _run_here(self, session: Any, threads: int) -> None:
        """Prepares to leave a single test to pytest's own loop; ends the session of more.

        A fork would be no copy: it has only the thread that forks.
        """
        import pytest

        if len(session.items) > 1:
            pytest.exit(f"what was imported started {threads} threads", returncode=HAS_THREADS)
        self._prepare()

    def _take(self, item: Any, status: int | None, left: Any) -> None:
        """Reports what became of a test, by how its process ended and what that left."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        # A process whose parent is gone may write at any time, and for any of those that follow.
        if left is None or status is None:
            reports = [_ended_early(item, _how(status))]
        else:
            _count(item.config, left["measured"])
            self._account.measured.update(left["measured"])
            for warning in left["warnings"]:
                _warn(item, *warning)
            reports = [_report(item.config, one) for one in left["reports"]]
            if left["ended"]:
                reports.append(_ended_early(item, left["ended"]))
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


class _Zygote:
    """A process that does nothing but fork, so that what it forks is the same each time.

    This process cannot be the one: it keeps what it learns of each test.
    """

    def __init__(self, prepare: Callable[[], None], run: Callable[[int, int], None]) -> None:
        """Starts it.

        Args:
          prepare: is called in it, before it forks.
          run: is called in each forked process, and given what `self.run` was, and the id of this
            process, which is the parent.
        """
        asked, self._asking = os.pipe()
        self._ended, ending = os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(self._asking)
            os.close(self._ended)
            own = os.getpid()
            prepare()
            _fork_when_asked(asked, ending, lambda number: run(number, own))
        os.close(asked)
        os.close(ending)

    def run(self, number: int) -> int | None:
        """Has a process started, and waits for its end.

        Returns:
          its status, as of `waitpid`; None where a test has killed the zygote.
        """
        with contextlib.suppress(BrokenPipeError):
            os.write(self._asking, number.to_bytes(_NUMBER, "little"))
        ended = os.read(self._ended, _NUMBER)
        return int.from_bytes(ended, "little") if ended else None

    def end(self) -> None:
        """Ends it."""
        os.close(self._asking)
        os.waitpid(self._process, 0)


def _fork_when_asked(asked: int, ending: int, run: Callable[[int], None]) -> NoReturn:
    # Numbers up to 256 need no memory, and process ids may be such. With these the allocator has
    # some at hand in each case, so that larger ones do not change the heap for those that follow.
    spare = [int(text) for text in ("1001", "1002", "1003", "1004")]
    del spare
    while True:
        _fork_once(asked, ending, run)


def _fork_once(asked: int, ending: int, run: Callable[[int], None]) -> None:
    number = os.read(asked, _NUMBER)
    if not number:
        os._exit(0)
    process = os.fork()
    if not process:
        os.close(asked)
        os.close(ending)
        try:
            run(int.from_bytes(number, "little"))
        except BaseException:
            # It would end the session that was forked, and write over what that accounts for.
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    status = os.waitpid(process, 0)[1]
    os.write(ending, status.to_bytes(_NUMBER, "little"))
    # In the reverse order, so that the next time each gets the same piece of memory.
    del status
    del process
    del number


def _run(session: Any, number: int, account: Any, reports: Any, parent: int) -> None:
    """Runs one test, and writes what became of it; in the forked process.

    A test may fork, too, and let both processes return here: only the child of `parent` writes.
    """
    everything, item = session.items, session.items[number]
    # What is let go changes the heap.
    session.rules_codspeed_collected = everything
    session.items = [item]
    manager = item.config.pluginmanager
    # This process prints nothing: what it reports is printed where it is read.
    manager.unregister(name="terminalreporter")
    manager.register(_Unheard(), "terminalreporter")
    sent = _Sent(item.config)
    manager.register(sent)
    _register_integration(manager)
    ended = ""
    try:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    except BaseException as error:  # pytest.exit
        ended = f"{type(error).__name__}: {error}".removesuffix(": ")
    sys.stdout.flush()
    sys.stderr.flush()
    left = {
        "reports": sent.reports,
        "warnings": sent.warnings,
        "measured": account.measured,
        "ended": ended,
    }
    if os.getppid() == parent:
        reports.write(json.dumps(left, default=str).encode())


class _Unheard:
    """Stands for pytest's reporter where plugins ask it for the terminal: `--setup-show` does."""

    @property
    def _tw(self) -> Any:
        import io

        from _pytest._io import TerminalWriter

        return TerminalWriter(io.StringIO())


class _Sent:
    """Keeps what pytest reports of a test, as plain values."""

    def __init__(self, config: Any) -> None:
        self.reports: list[Any] = []
        self.warnings: list[Any] = []
        self._config = config

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keeps a report."""
        hook = self._config.hook
        kept = hook.pytest_report_to_serializable(config=self._config, report=report)
        self.reports.append(kept)

    def pytest_warning_recorded(self, warning_message: Any, when: str, location: Any) -> None:
        """Keeps a warning."""
        name = warning_message.category.__name__
        place = (warning_message.filename, warning_message.lineno)
        self.warnings.append((str(warning_message.message), name, place, when, location))


def _register_integration(manager: Any) -> None:
    """States in the profile of this process too what measures."""
    from pytest_codspeed import __version__

    instrument = getattr(manager.get_plugin("codspeed_plugin"), "instrument", None)
    hooks = getattr(instrument, "instrument_hooks", None)
    if register := getattr(hooks, "set_integration", None):
        register("pytest-codspeed", __version__)


def _left(reports: Any) -> Any:
    """Returns what a process wrote to its end, and forgets it; None if that is not whole."""
    reports.seek(0)
    content = reports.read()
    reports.seek(0)
    reports.truncate()
    try:
        return json.loads(content)
    except ValueError:
        return None


def _report(config: Any, data: Any) -> Any:
    report = config.hook.pytest_report_from_serializable(config=config, data=data)
    if isinstance(report.longrepr, list):
        report.longrepr = tuple(report.longrepr)
    return report


def _warn(item: Any, text: str, name: str, place: Any, when: str, location: Any) -> None:
    """Has a warning listed at the end."""
    message = warnings.WarningMessage(text, type(name, (Warning,), {}), *place)
    item.ihook.pytest_warning_recorded.call_historic(
        kwargs={
            "warning_message": message,
            "when": when,
            "nodeid": item.nodeid,
            "location": tuple(location) if location else None,
        }
    )


def _count(config: Any, measured: Any) -> None:
    """Has pytest-codspeed print how many there were."""
    plugin = config.pluginmanager.get_plugin("codspeed_plugin")
    instrument: Any = getattr(plugin, "instrument", None)
    if hasattr(instrument, "benchmark_count"):
        instrument.benchmark_count += len(measured)


def _how(status: int | None) -> str:
    if status is None:
        return "the process that it is a fork of was killed"
    code = os.waitstatus_to_exitcode(status)
    return f"killed by signal {-code}" if code < 0 else f"exit status {code}"


def _ended_early(item: Any, how: str) -> Any:
    import pytest

    # What it printed, which the next one would take for its own.
    captured = item.config.pluginmanager.get_plugin("capturemanager").read_global_capture()
    names = ("Captured stdout", "Captured stderr")
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome="failed",
        longrepr=f"it ended the interpreter before pytest was done ({how})",
        when="call",
        sections=[(name, text) for name, text in zip(names, captured, strict=True) if text],
    )
