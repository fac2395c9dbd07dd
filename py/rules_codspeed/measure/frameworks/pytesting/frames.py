"""Runs `pytest_main.py` so that each Python function has a function of machine code of its own.

Usage: pytest_frames.py LIBRARY ARGUMENT...

The library is that of `rules/python_frames`, the arguments are those of `pytest_main.py`, which
is beside this file. Which function of machine code stands for which Python function is written to
`python-frames-<process id>.json` in the profile folder, when pytest is done.

Executed by the interpreter that is measured: imports nothing of the driver.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any


class Frames:
    """Pytest plugin: has frames evaluated through the library from the first test on."""

    def __init__(self, file: str) -> None:
        self._library = ctypes.PyDLL(file)
        self._library.python_frames_code.restype = ctypes.c_void_p
        self._installed = False

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begins with the first test: what imports modules would need most of the functions."""
        del nodeid
        if not self._installed:
            self._installed = bool(self._library.python_frames_install(sys.version_info[1]))
            if not self._installed:
                raise RuntimeError("this interpreter has no hook for the evaluation of frames")

    def pytest_sessionfinish(self) -> None:
        """Writes the names."""
        modules = _modules()
        names = {
            f"python_frame_{stub:03x}": _described(code, modules)
            for stub in range(self._library.python_frames_count())
            if (code := self._code(stub))
        }
        folder = Path(os.environ.get("CODSPEED_PROFILE_FOLDER", "."))
        (folder / f"python-frames-{int(os.getpid())}.json").write_text(json.dumps(names))

    def _code(self, stub: int) -> CodeType | None:
        address = self._library.python_frames_code(stub)
        found: Any = ctypes.cast(address, ctypes.py_object).value if address else None
        return found if isinstance(found, CodeType) else None


def _modules() -> dict[str, str]:
    """Returns the names of modules by the files of their code."""
    return {
        file: name
        for name, module in sorted(sys.modules.items())
        if isinstance(file := getattr(module, "__file__", None), str)
    }


def _described(code: CodeType, modules: dict[str, str]) -> list[str | int]:
    """Returns `module.function`, file and line of a code object."""
    file = code.co_filename
    module = modules.get(file) or Path(file).stem
    name = getattr(code, "co_qualname", code.co_name)  # from Python 3.11 on
    return [f"{module}.{name}", file, code.co_firstlineno]


if __name__ == "__main__":
    library = sys.argv.pop(1)
    main: Any = import_module("pytest_main")
    main._PLUGINS["--frames"] = Frames
    sys.exit(main.main([sys.argv[1], f"--frames={library}", *sys.argv[2:]]))
