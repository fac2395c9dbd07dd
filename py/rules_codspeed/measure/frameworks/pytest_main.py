"""Runs pytest on staged benchmarks. Executed by the interpreter that is measured.

Usage: pytest_main.py [--names=FILE] [--session=FILE] [--rounds=PLUGIN] ROOT_FOLDER ARGUMENT...

The arguments are pytest's.

Imports nothing of the driver, whose folder is not on the import path here.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

# Exit statuses beside pytest's own, 0 to 5.
NO_PYTEST = 64
NO_EXTENSION = 65


_LARGE = 257  # the first integer that is not shared


class _Id(int):
    """A process or thread id that takes the same memory whatever its value.

    The interpreter shares one object for each small integer and allocates all
    others. In a sandbox ids are small; that alone would move what is allocated
    later, and with it the simulated caches and even the work of malloc.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)


def _hide_size_of_ids() -> None:
    """Has the interpreter return `_Id`s. Before `threading` is imported: it keeps one."""
    import _thread

    def wrapped(function: Callable[[], int]) -> Callable[[], _Id]:
        def hidden() -> _Id:
            value = function()
            # In place of the object that a larger value is.
            filler = value + _LARGE if value < _LARGE else None
            result = _Id(value)
            del filler
            return result

        return hidden

    for module, name in ((os, "getppid"), (_thread, "get_native_id")):
        if function := getattr(module, name, None):
            setattr(module, name, wrapped(function))
    os.getpid = _asked_once(wrapped(os.getpid))


def _asked_once(function: Callable[[], _Id]) -> Callable[[], _Id]:
    """Returns a function that keeps its answer until the process forks.

    A benchmark asks for the process id often (`tempfile` for each name), and even the steps that
    hide its size are others for a small one.
    """
    answers = [function()]

    def asked() -> _Id:
        if not answers:
            answers.append(function())
        return answers[0]

    os.register_at_fork(after_in_child=answers.clear)
    return asked


class _Names:
    """Pytest plugin: writes the ids of the collected benchmarks."""

    def __init__(self, file: str) -> None:
        self._file = file

    def pytest_collection_finish(self, session: Any) -> None:
        """Writes a JSON list."""
        names = [item.nodeid for item in session.items]
        Path(self._file).write_text(json.dumps(names), encoding="utf-8")


class _Session:
    """Pytest plugin: writes how many tests were to run, and how many did, when all is done.

    A test may end the interpreter or the session with status 0.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._selected = 0
        self._ended = {"passed": 0, "failed": 0, "skipped": 0}

    def pytest_collection_finish(self, session: Any) -> None:
        """Counts what is to run."""
        self._selected = len(session.items)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Counts each test once: by its call, or by its setup if that is all there is."""
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            self._ended[report.outcome] += 1

    def pytest_sessionfinish(self) -> None:
        """Writes a JSON object of counts."""
        counts = {"selected": self._selected, **self._ended}
        Path(self._file).write_text(json.dumps(counts), encoding="utf-8")


def _round_times(file: str) -> Any:
    """Returns the plugin that a file holds: walltime's, which keeps the time of each round."""
    found = spec_from_file_location("pytest_rounds", file)
    assert found
    assert found.loader
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.RoundTimes()


_PLUGINS: dict[str, Callable[[str], Any]] = {
    "--names": _Names,
    "--session": _Session,
    "--rounds": _round_times,
}


def _missing() -> int:
    """Returns an exit status if what measures is not there, having said so; else 0."""
    for module in ("pytest", "pytest_codspeed"):
        if not find_spec(module):
            print(f"No module named {module} among the dependencies", file=sys.stderr)
            return NO_PYTEST
    # Only a run that measures needs it.
    if os.environ.get("CODSPEED_ENV"):
        hooks = "pytest_codspeed.instruments.hooks"
        try:
            found = find_spec(f"{hooks}.dist_instrument_hooks")
        except ModuleNotFoundError:  # pytest-codspeed before 5 is built otherwise
            return 0
        if not found:
            print("pytest-codspeed has no native extension for this Python", file=sys.stderr)
            return NO_EXTENSION
    return 0


def main(arguments: list[str]) -> int:
    """Runs pytest; returns its exit status."""
    # Simulation counts what it does to memory; on the clock it would only cost time.
    if os.environ.get("CODSPEED_RUNNER_MODE") != "walltime":
        _hide_size_of_ids()
    plugins = []
    while (option := arguments[0].partition("="))[0] in _PLUGINS:
        plugins.append(_PLUGINS[option[0]](option[2]))
        arguments.pop(0)
    root, *rest = arguments
    # The benchmarks must not import from the folder of this script.
    sys.path.pop(0)
    if status := _missing():
        return status
    import pytest

    options = ["-p", "pytest_codspeed.plugin", "-p", "no:cacheprovider"]
    options += ["-c", os.devnull, f"--rootdir={root}", f"--confcutdir={root}"]
    options += ["--import-mode=importlib"]
    # Else pytest writes its process id beside it: a text as long as the id has digits.
    options += [f"--basetemp={os.environ['TMPDIR']}/pytest"]
    return int(pytest.main([*options, *rest], plugins=plugins))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
