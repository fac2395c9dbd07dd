"""The run that explains a Python benchmark: which Python functions its costs belong to.

The program runs a second time, through a library that gives each Python function a function of
machine code (`rules/python_frames`). The interpreter's own functions are skipped, which adds their
costs to the Python function that they work for. Its numbers differ from those of the
measurement by what the library adds, and are never results.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules_codspeed.contract.spec import Simulator
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.frameworks.pytesting import frames
from rules_codspeed.measure.stage.objects.symbols import function_names
from rules_codspeed.measure.stage.staging import Layout, copy_files

_ENTRY = "pytest_main.py"
_LIBRARY = "libpython_frames.so"
# What interpreters export, functions of theirs without a name, and what calls our functions.
_SKIPPED = ("Py*", "_Py*", "0x*", "python_frames_evaluate")


class Explained:
    """A framework of Python whose program is run to be explained."""

    def __init__(self, framework: Framework, layout: Layout, library: str) -> None:
        """Copies what the program runs through beside its driver.

        Args:
          framework: that runs pytest.
          layout: where the program is.
          library: of `rules/python_frames`.
        """
        self._framework = framework
        self._library = f"{layout.driver}/{_LIBRARY}"
        self._entry = f"{layout.driver}/pytest_frames.py"
        copy_files({self._library: library, self._entry: frames.__file__})

    @property
    def command(self) -> tuple[str, ...]:
        """The command line of the framework, through the library."""
        return self._through(self._framework.command)

    def command_for(self, name: str) -> tuple[str, ...]:
        """Likewise for one benchmark."""
        return self._through(self._framework.command_for(name))

    def _through(self, command: Sequence[str]) -> tuple[str, ...]:
        at = next(at for at, one in enumerate(command) if one.endswith(f"/{_ENTRY}"))
        return (*command[:at], self._entry, self._library, *command[at + 1 :])

    def __getattr__(self, name: str) -> Any:
        """Returns all else from the framework."""
        return getattr(self._framework, name)


def skips(simulator: Simulator, objects: Sequence[str]) -> tuple[str, ...]:
    """Returns Valgrind's arguments that add the interpreter's costs to Python functions.

    CodSpeed's build knows objects, the stock one functions only.

    Args:
      simulator: which Valgrind.
      objects: the interpreter, and its library if it has one.
    """
    if simulator.flavor == "codspeed":
        return ("--fn-skip=python_frames_evaluate", *(f"--obj-skip={one}" for one in objects))
    prefixes = tuple(one.removesuffix("*") for one in _SKIPPED)
    own = {name for one in objects for name in function_names(one)}
    others = sorted(name for name in own if not name.startswith(prefixes))
    return tuple(f"--fn-skip={one}" for one in (*_SKIPPED, *others))
