"""Framework `pytest`: pytest-codspeed, under the interpreter itself (spec: integrations 3)."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.spec import PythonProgram, Spec
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder
from rules_codspeed.measure.frameworks import pytest_main
from rules_codspeed.measure.frameworks.built import Built
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
# Files that `pytest_main` writes for the driver.
_NAMES = "names.json"
_SESSION = "session.json"
_COUNTS = ("selected", "passed", "skipped")
_EXIT_FIXES = {
    3: "fix what failed inside pytest or a plugin; its traceback is above",
    4: "check args, and that the tests of the target exist",
    5: "name benchmarks test_*, and let them use the fixture `benchmark` or its marker; "
    "or set allow_empty",
    pytest_main.NO_PYTEST: "add pytest and pytest-codspeed to the deps of the Python target",
    pytest_main.NO_EXTENSION: "let pip choose a wheel of pytest-codspeed for this platform and "
    "version of Python; the one for any platform (py3-none-any) cannot measure",
}


class Simulated:
    """Drives pytest-codspeed under Valgrind."""

    debug_info: bool | None = None
    built = Built()  # of the interpreter: its modules are not looked at
    whole_process = False

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        assert spec.python
        self._spec = spec
        self._layout = layout
        self._python: PythonProgram = spec.python
        self._imports = [f"{layout.work}/{paths(folder)}" for folder in self._python.imports]
        self._tests = [f"{layout.work}/{paths(test)}" for test in self._python.tests]
        self._interpreter = self._real_interpreter(paths)
        main = f"{layout.driver}/pytest_main.py"
        copy_files({main: pytest_main.__file__})
        # Tests of another repository have no names below the main one.
        inside = all(test.startswith(f"{layout.main}/") for test in self._tests)
        self._root = layout.main if inside else layout.work
        self._start = (self._interpreter, *_FLAGS, main)
        session = f"{layout.driver}/{_SESSION}"
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._measured = (*self._start, f"--session={session}", self._root)
        self.command = (*self._measured, *self._tests, *spec.args)
        if not self._tests:
            raise CodSpeedError(
                f"{spec.label} has no file with benchmarks",
                got="a Python target without sources of its own",
                expected="bench_*.py in srcs of the binary",
                fix="list the files that hold benchmarks in srcs",
            )

    def _real_interpreter(self, paths: StagePaths) -> str:
        """Returns an ELF file: a script in front of it would be measured too."""
        declared = self._python.interpreter
        if declared.startswith("/"):
            path = os.path.realpath(declared)
        else:
            path = f"{self._layout.work}/{paths(declared)}"
        try:
            return path if read_elf(path) else os.path.realpath(sys.executable)
        except OSError as error:
            raise CodSpeedError(
                f"the Python interpreter of {self._spec.label} cannot be read",
                got=f"{declared}: {error.strerror}",
                expected="an interpreter of the Python toolchain",
                fix="check the registered Python toolchain",
            ) from error

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
        own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ":".join(self._imports)}
        dropped = "PYTHONMALLOC" if self._facts["free_threaded"] else ""
        return {name: value for name, value in {**pins, **own}.items() if name != dropped}

    def check(self) -> None:
        """Leaves the check to the measured interpreter, which knows what it can import."""

    def list_command(self) -> tuple[str, ...]:
        """Collects, and writes the names to a file."""
        flags = ("--codspeed", "--codspeed-mode=simulation", "--collect-only", "-q")
        names = f"--names={self._layout.driver}/{_NAMES}"
        return (*self._start, names, self._root, *self._tests, *flags, *self._spec.args)

    def listed(self, printed: bytes) -> list[str]:
        """Returns the node ids of the benchmarks."""
        names = self._taken(_NAMES)
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
        raise CodSpeedError(
            f"{self._spec.label} did not list its benchmarks",
            got="no names that pytest collected, although it ended with success",
            expected="a run of `pytest --collect-only` to its end",
            fix="see which module, conftest.py or plugin ends the interpreter while tests are "
            "collected",
        )

    def _taken(self, name: str) -> Any:
        """Returns what `pytest_main` wrote for the driver, and removes it; None if it is missing.

        A test may have put anything in its place.

        Raises:
          CodSpeedError: it is not a regular file.
        """
        try:
            with UntrustedFolder(self._layout.driver, self._layout.parent) as folder:
                content = folder.read(name, DOCUMENT)
                # So that the next run does not read what this one left.
                folder.remove(name)
            return load_json(content)
        except (FileNotFoundError, DocumentError):
            return None
        except Refused as error:
            raise error.about(self._spec.label) from error

    def command_for(self, name: str) -> tuple[str, ...]:
        """Gives pytest one node id in place of the files."""
        return (*self._measured, f"{self._root}/{name}", *self._spec.args)

    def unfinished(self) -> str:
        """Compares what was to run with what ran, by the counts that pytest writes at its end."""
        counts = self._taken(_SESSION)
        if not isinstance(counts, dict) or not all(_is_count(counts.get(one)) for one in _COUNTS):
            return "the interpreter was ended before pytest was done"
        self._counts = counts
        ran = self._counts["passed"] + self._counts["skipped"]
        selected = self._counts["selected"]
        return f"pytest ran {ran} of {selected} tests" if ran < selected else ""

    def skipped(self) -> bool:
        """Returns whether each test of the last run was skipped."""
        return self._counts["skipped"] == self._counts["selected"] > 0

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        if outcome.timed_out:
            return "raise timeout_s: under Valgrind Python is some 50 times slower"
        return _EXIT_FIXES.get(outcome.status or 0, "")

    def empty_fix(self) -> str:
        """Explains what counts as a benchmark."""
        return (
            "let tests use the fixture `benchmark` or its marker, and run in one process "
            "(pytest-xdist measures nothing); or set allow_empty"
        )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


class Traced(Simulated):
    """Drives pytest-codspeed in memory mode."""

    def failure_fix(self, outcome: Outcome) -> str:
        """Translates pytest's exit status."""
        if outcome.timed_out:
            return "raise timeout_s"
        return super().failure_fix(outcome)


class Timed(Simulated):
    """Drives pytest-codspeed in walltime mode."""

    kind = "pytest"

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        # Not in the inputs of a simulation.
        from rules_codspeed.measure.walltime.pytest_options import pytest_options
        from rules_codspeed.measure.walltime.rounds import pytest_rounds

        super().__init__(spec, layout, paths)
        plugin = f"{layout.driver}/pytest_rounds.py"
        copy_files({plugin: pytest_rounds.__file__})
        plugins = (f"--rounds={plugin}", f"--session={layout.driver}/{_SESSION}")
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
