"""Framework `pytest`: pytest-codspeed, under the interpreter itself (spec: integrations 3)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.spec import PythonProgram, Spec
from rules_codspeed.contract.strict_json import load_json
from rules_codspeed.contract.untrusted import Refused
from rules_codspeed.measure.frameworks.account import NOT_RUN
from rules_codspeed.measure.frameworks.built import Built
from rules_codspeed.measure.frameworks.framework import (
    Ask,
    CannotForkError,
    Ended,
    asked_names,
    taken,
)
from rules_codspeed.measure.frameworks.pytesting import account, forks, heap, main
from rules_codspeed.measure.frameworks.pytesting.config import find_config
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.objects.elf import read_elf
from rules_codspeed.measure.stage.process import Outcome, run
from rules_codspeed.measure.stage.staging import Layout, copy_files

# No site-packages of the machine (-S, -s), nothing written beside sources (-B).
_FLAGS = ("-S", "-s", "-B")
_PROBE = """
import json, os, sys, sysconfig
get = sysconfig.get_config_var
name = get("INSTSONAME") or ""
folders = [get("LIBDIR") or "", os.path.join(sys.base_prefix, "lib")]
found = [os.path.join(folder, name) for folder in folders]
print(json.dumps({
    "version": sys.version,
    "free_threaded": get("Py_GIL_DISABLED") == 1,
    "libraries": [os.path.realpath(path) for path in found if os.path.isfile(path)],
}))
"""
_PROBE_TIMEOUT_S = 60
# For a run that the environment does not mark as measured.
_AS_IN_SIMULATION = ("--codspeed", "--codspeed-mode=simulation")
_COLLECT = ("--collect-only", "-q")
# The file that `pytesting.account` writes for the driver.
_ACCOUNT = "account.json"
_TESTS_FAILED = 1  # exit status
_EXIT_FIXES = {
    3: "fix what failed inside pytest or a plugin; its traceback is above",
    4: "check args, and that the tests of the target exist",
    5: "name benchmarks test_*, and let them use the fixture `benchmark` or its marker; "
    "or set allow_empty",
    main.NO_PYTEST: "add pytest and pytest-codspeed to the deps of the Python target",
    main.NO_EXTENSION: "let pip choose a wheel of pytest-codspeed for this platform and "
    "version of Python; the one for any platform (py3-none-any) cannot measure",
}


class Simulated:
    """Drives pytest-codspeed under Valgrind."""

    debug_info: bool | None = None
    built = Built()  # of the interpreter: its modules are not looked at
    whole_process = False
    isolated = False
    go_runtime = False
    one_thread = False
    regions = None
    stops = None
    own_allocations = None
    lost_fix = "run the tests in one process: pytest-xdist and pytest-forked measure nothing"
    empty_fix = (
        "let tests use the fixture `benchmark` or its marker, and run in one process "
        "(pytest-xdist measures nothing); or set allow_empty"
    )
    _can_fork = True

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        assert spec.python
        self._spec = spec
        self._layout = layout
        self._python: PythonProgram = spec.python
        self._import_path = self._searched(paths)
        self._tests = [f"{layout.work}/{paths(test)}" for test in self._python.tests]
        if not self._tests:
            raise BenchmarkError(
                f"{spec.label} has no file with benchmarks",
                got="a Python target without sources of its own",
                expected="bench_*.py in srcs of the binary",
                fix="list the files that hold benchmarks in srcs",
            )
        self._check_packages()
        self._interpreter = self._real_interpreter(paths)
        entry = f"{layout.driver}/pytest_main.py"
        self.forks = self._has_forks = spec.isolate and self._can_fork
        plugins = {"account": account}
        if self.forks:
            plugins |= {"forks": forks, "heap": heap}
        files = {f"{layout.driver}/pytest_{k}.py": str(v.__file__) for k, v in plugins.items()}
        copy_files({entry: main.__file__, **files})
        # Tests of another repository have no names below the main one.
        inside = all(test.startswith(f"{layout.main}/") for test in self._tests)
        self._root = layout.main if inside else layout.work
        config = find_config(self._tests, self._root)
        self._start = (self._interpreter, *_FLAGS, entry, f"--config={config}", *self._plugins())
        self._uris: dict[str, str] = {}
        self._not_collected: list[Unmeasured] = []
        self._args = [*spec.args, *(() if self._is_marked else _AS_IN_SIMULATION)]
        self.command = (*self._measured, *self._tests, *self._args)

    @property
    def _is_marked(self) -> bool:
        """Whether variables mark a run as measured; those of a smoke test do not."""
        return self._spec.simulator is not None

    @property
    def _measured(self) -> tuple[str, ...]:
        """What runs pytest, and writes what becomes of each benchmark."""
        how = "forks" if self._has_forks else "account"
        return (*self._start, f"--{how}={self._layout.driver}/{_ACCOUNT}", self._root)

    def _check_packages(self) -> None:
        """Raises CodSpeedError for a suite of pytest-benchmark that nothing here can measure."""
        if self._imports("pytest_benchmark") and not self._imports("pytest_codspeed"):
            raise BenchmarkError(
                f"{self._spec.label} cannot be measured by framework pytest",
                got="a program with pytest-benchmark, and without pytest-codspeed",
                expected="pytest-codspeed, which measures what uses the fixture `benchmark`",
                fix='set framework = "pytest_benchmark", which brings it; no source has to change',
            )

    def _plugins(self) -> tuple[str, ...]:
        """Stages what the framework has pytest load; returns options of pytest_main.py."""
        return ()

    def _searched(self, paths: StagePaths) -> list[str]:
        """Returns the import path, as the launcher of a py_binary makes it.

        That is in rules_python's python_bootstrap_template.txt: the runfiles, the `imports` of
        targets, then the root of each repository. Python lists the first, in which the fixed
        kernel hides the names that Bazel gives to repositories. What we add comes last.
        """
        work = self._layout.work
        targets = [f"{work}/{paths(folder)}" for folder in self._python.imports]
        added = [f"{work}/{paths(folder)}" for folder in self._python.added]
        others = [f"{work}/{folder}" for folder in sorted(paths.repositories.values())]
        own = [one for one in others if not any(path.startswith(f"{one}/") for path in added)]
        return list(dict.fromkeys([work, *targets, self._layout.main, *own, *added]))

    def _imports(self, package: str) -> bool:
        """Whether the program can import a package; one in an archive is not found."""
        return any(os.path.isdir(f"{folder}/{package}") for folder in self._import_path)

    def _real_interpreter(self, paths: StagePaths) -> str:
        """Returns an ELF file: a script in front of it would be measured too."""
        declared = self._python.interpreter
        if declared.startswith("/"):
            path = os.path.realpath(declared)
        else:
            path = f"{self._layout.work}/{paths(declared)}"
        try:
            found = path if read_elf(path) else os.path.realpath(sys.executable)
            return self._allowed(found)
        except OSError as error:
            raise CodSpeedError(
                f"the Python interpreter of {self._spec.label} cannot be read",
                got=f"{declared}: {error.strerror}",
                expected="an interpreter of the Python toolchain",
                fix="check the registered Python toolchain",
            ) from error

    def _allowed(self, interpreter: str) -> str:
        """Returns an interpreter unless a pinned root stands for what it is part of."""
        if self._spec.root and not interpreter.startswith(f"{self._layout.work}/"):
            raise CodSpeedError(
                f"the Python interpreter of {self._spec.label} is the machine's",
                got=f"{interpreter}, and the pinned root {self._spec.root}",
                expected="an interpreter that Bazel builds or fetches",
                fix="register a Python toolchain by rules_python's python.toolchain(…), or set "
                "root = 'host'",
            )
        return interpreter

    @cached_property
    def _facts(self) -> dict[str, Any]:
        """What the interpreter reports about itself."""
        printed: list[bytes] = []
        probe = [self._interpreter, "-I", "-S", "-B", "-c", _PROBE]
        outcome = run(probe, {}, self._layout.tmp, _PROBE_TIMEOUT_S, printed.append)
        try:
            facts: dict[str, Any] = load_json(b"".join(printed))
        except ValueError as error:
            raise CodSpeedError(
                f"the Python interpreter of {self._spec.label} does not run",
                got=f"{self._interpreter} {outcome}: {b''.join(printed)[-300:]!r}",
                expected="a working Python",
                fix="check the registered Python toolchain",
            ) from error
        return facts

    @property
    def object_skips(self) -> tuple[str, ...]:
        """The interpreter's library, if it has one."""
        return tuple(self._facts["libraries"][:1])

    @property
    def interpreter(self) -> str:
        """As in sys.version."""
        return " ".join(str(self._facts["version"]).split())

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds the import path; a free-threaded interpreter has no other allocator to choose."""
        dropped = "PYTHONMALLOC" if self._facts["free_threaded"] else ""
        own = {**pins, "PYTHONPATH": ":".join(self._import_path)}
        return {name: value for name, value in own.items() if name != dropped}

    def check(self) -> None:
        """Leaves the check to the measured interpreter, which knows what it can import."""

    def names(self, ask: Ask) -> list[str]:
        """Returns the node ids of the benchmarks, which pytest collects and writes to a file."""
        collects = (*self._tests, *self._spec.args, *_AS_IN_SIMULATION, *_COLLECT)
        return asked_names(ask, (*self._measured, *collects), self._collected)

    def _collected(self, printed: bytes) -> list[str]:
        del printed  # the names are in the file
        tests = _tests_of(self._taken())
        if tests is None:
            raise BenchmarkError(
                f"{self._spec.label} did not list its benchmarks",
                got="no names that pytest collected, although it ended with success",
                expected="a run of `pytest --collect-only` to its end",
                fix="see which module, conftest.py or plugin ends the interpreter while tests are "
                "collected",
            )
        self._not_collected = _unmeasured(tests)
        self._uris = {one.name: one.uri for one in tests}
        return [one.name for one in tests if not one.outcome]

    def _taken(self) -> Any:
        """Returns what `pytesting.account` wrote; None if it is missing.

        Raises:
          CodSpeedError: it is not a regular file.
        """
        try:
            return taken(self._layout, _ACCOUNT)
        except Refused as error:
            raise error.about(self._spec.label) from error

    def command_for(self, name: str) -> tuple[str, ...]:
        """Gives pytest one node id in place of the files."""
        return (*self._measured, f"{self._root}/{name}", *self._args)

    def uri_of(self, name: str) -> str:
        """Returns the URI that pytest-codspeed gives a listed test."""
        return self._uris[name]

    def watch(self, printed: bytes) -> None:
        """Learns nothing from what is printed."""

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Reads what became of each benchmark, as pytest wrote it at its end."""
        del name, ask
        tests = _tests_of(self._taken())
        if tests is None:
            return Ended(undone="the interpreter was ended before pytest was done")
        if self.forks and outcome.status == forks.HAS_THREADS:
            self.forks = False
            raise CannotForkError(f"{self._spec.label} starts threads when it is imported")
        late = [one.uri for one in tests if not one.outcome]
        is_late = self.forks and outcome.timed_out and bool(late)
        if late and not is_late:
            return Ended(undone=f"pytest ran {len(tests) - len(late)} of {len(tests)} tests")
        unmeasured = _unmeasured(tests)
        if is_late:
            stopped = outcome.failure("it", self._spec.timeout_s)
            unmeasured.append(Unmeasured(late[0], "failed", stopped))
            unmeasured += [Unmeasured(uri, "failed", NOT_RUN) for uri in late[1:]]
        failed = any(one.outcome == "failed" for one in unmeasured)
        return Ended(
            listed=[one.uri for one in tests],
            unmeasured=[*self._not_collected, *unmeasured],
            explained=is_late or (failed and outcome.status == _TESTS_FAILED),
            # One that forks, and one for each test; a module that was skipped is none.
            forked=1 + sum("::" in one.name for one in tests) if self.forks else 0,
        )

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        if outcome.timed_out:
            return "raise timeout_s: under Valgrind Python is some 50 times slower"
        return _EXIT_FIXES.get(outcome.status or 0, "")


class _Test(NamedTuple):
    """What became of a test: `measured`, `skipped` or `failed`; empty if it did not run."""

    name: str
    uri: str
    outcome: str
    reason: str


def _tests_of(document: Any) -> list[_Test] | None:
    """Returns what `pytesting.account` wrote; None if it did not, or a test wrote in its place."""
    if not isinstance(document, list):
        return None
    for one in document:
        if not (isinstance(one, list) and len(one) == len(_Test._fields)):
            return None
        if not all(isinstance(text, str) for text in one):
            return None
    return [_Test(*one) for one in document]


def _unmeasured(tests: Sequence[_Test]) -> list[Unmeasured]:
    return [
        Unmeasured(one.uri, "skipped" if one.outcome == "skipped" else "failed", one.reason)
        for one in tests
        if one.outcome not in ("", "measured")
    ]


class Traced(Simulated):
    """Drives pytest-codspeed in memory mode."""

    _is_marked = True
    _can_fork = False  # the channel of allocations is that of one process

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        if outcome.timed_out:
            return "raise timeout_s"
        return super().failure_fix(outcome)


class Timed(Simulated):
    """Drives pytest-codspeed in walltime mode."""

    kind = "pytest"

    own_results = None

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        # Not in the inputs of a simulation.
        from rules_codspeed.measure.walltime.pytest_options import pytest_options
        from rules_codspeed.measure.walltime.rounds import pytest_rounds

        super().__init__(spec, layout, paths)
        plugin = f"{layout.driver}/pytest_rounds.py"
        copy_files({plugin: pytest_rounds.__file__})
        plugins = (f"--rounds={plugin}", f"--account={layout.driver}/{_ACCOUNT}")
        options = (*self._tests, *pytest_options(spec), *spec.args)
        self.command = (*self._start, *plugins, self._root, *options)

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The interpreter itself."""
        return self.command

    @property
    def modules(self) -> tuple[str, ...]:
        """The interpreter's library, if it has one."""
        return self.object_skips

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        if outcome.timed_out:
            return (
                "raise timeout_s, or lower warmup_time, max_time or max_rounds in walltime_args: a "
                "benchmark takes 4 s by default"
            )
        return super().failure_fix(outcome)
