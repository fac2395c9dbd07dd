"""Runs pytest on staged benchmarks. Executed by the interpreter that is measured.

Usage: pytest_main.py --config=FILE [--fixture=PLUGIN] [--rounds=PLUGIN]
           [--account=FILE | --forks=FILE] ROOT_FOLDER ARGUMENT...

The arguments are pytest's.

Imports nothing of the driver, whose folder is not on the import path here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

# Exit statuses beside pytest's own, 0 to 5.
NO_PYTEST = 64
NO_EXTENSION = 65


_CODSPEED = "pytest_codspeed.plugin"
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


def _loaded(file: str) -> Any:
    """Returns the module that a file holds; its folder is not on the import path."""
    found = spec_from_file_location(Path(file).stem, file)
    assert found
    assert found.loader
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _own(name: str) -> Any:
    """Returns a module that lies beside this one."""
    return _loaded(str(Path(__file__).with_name(f"{name}.py")))


def _account(file: str) -> Any:
    """Returns the plugin that writes what became of each benchmark."""
    return _own("pytest_account").Account(file)


def _forks(file: str) -> Any:
    """Returns the plugin that forks for each benchmark, and writes what became of it."""
    return _own("pytest_forks").Forks(_account(file), _own("pytest_heap").level_heap)


def _round_times(file: str) -> Any:
    """Returns the plugin that a file holds: walltime's, which keeps the time of each round."""
    return _loaded(file).RoundTimes()


def _fixture(file: str) -> Any:
    """Returns the plugin that a file holds: what pytest-codspeed's fixture lacks."""
    return _loaded(file).StockFixture()


_PLUGINS: dict[str, Callable[[str], Any]] = {
    "--account": _account,
    "--fixture": _fixture,
    "--forks": _forks,
    "--rounds": _round_times,
}


def _missing() -> int:
    """Returns an exit status if what measures is not there, having said so; else 0.

    Imports nothing of it: pytest could not rewrite its assertions any more, and would warn.
    """
    for module in ("pytest", "pytest_codspeed"):
        if not find_spec(module):
            print(f"No module named {module} among the dependencies", file=sys.stderr)
            return NO_PYTEST
    # Only a run that measures needs it.
    if os.environ.get("CODSPEED_ENV"):
        found = find_spec("pytest_codspeed")
        folders = found.submodule_search_locations if found else None
        hooks = Path((folders or [""])[0], "instruments", "hooks")
        files = [hooks / f"dist_instrument_hooks{suffix}" for suffix in EXTENSION_SUFFIXES]
        # pytest-codspeed before 5 is built otherwise.
        if hooks.is_dir() and not any(file.exists() for file in files):
            print("pytest-codspeed has no native extension for this Python", file=sys.stderr)
            return NO_EXTENSION
    return 0


def _plugins_of_dependencies() -> dict[str, str]:
    """Returns the plugins among the deps, which pytest loads by itself: names by module."""
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return {}
    # Imports `threading`: only when ids are hidden.
    from importlib.metadata import distributions

    found = (one for each in distributions() for one in each.entry_points)
    return {one.value: one.name for one in found if one.group == "pytest11"}


def _by_name(arguments: list[str], plugins: Mapping[str, str]) -> list[str]:
    """Returns arguments in which `-p MODULE` has the name of a plugin that pytest loads itself.

    It would refuse to load that a second time.
    """
    named: list[str] = []
    for one in arguments:
        option = "" if named[-1:] == ["-p"] else one[:2]
        name = plugins.get(one[len(option) :]) if option in ("", "-p") else None
        named.append(f"{option}{name}" if name else one)
    return named


def main(arguments: list[str]) -> int:
    """Runs pytest; returns its exit status."""
    # Simulation counts what it does to memory; on the clock it would only cost time.
    if os.environ.get("CODSPEED_RUNNER_MODE") != "walltime":
        _hide_size_of_ids()
    config = arguments.pop(0).removeprefix("--config=")
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

    known = _plugins_of_dependencies()
    options = [] if _CODSPEED in known else ["-p", _CODSPEED]
    options += ["-p", "no:cacheprovider"]
    options += ["-c", config, f"--rootdir={root}", f"--confcutdir={root}"]
    options += ["--import-mode=importlib"]
    # Else pytest writes its process id beside it: a text as long as the id has digits.
    options += [f"--basetemp={os.environ['TMPDIR']}/pytest"]
    return int(pytest.main([*options, *_by_name(rest, known)], plugins=plugins))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
