"""What each action's Python imports, and which rooms of our package may import which.

The tables are the documentation: a measuring driver starts fast and imports little, and nothing
imports upwards.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rules_codspeed

PACKAGE = Path(rules_codspeed.__file__).parent

_DRIVER = {
    *(
        "argparse",
        "collections",
        "contextlib",
        "ctypes",
        "errno",
        "fcntl",
        "functools",
        "importlib",
        "itertools",
        "json",
    ),
    *(
        "math",
        "os",
        "re",
        "resource",
        "select",
        "shlex",
        "signal",
        "stat",
        "sys",
        "time",
        "types",
        "typing",
    ),
}

STANDARD: dict[str, set[str]] = {
    "measure.simulation.main": {
        *_DRIVER,
        "hashlib",
        "mmap",
        "socket",
        "struct",
        "threading",
    },
    "measure.walltime.main": {
        *_DRIVER,
        *("array", "bisect", "dataclasses", "enum", "glob", "hashlib", "math", "mmap", "pathlib"),
        "struct",
        *("shutil", "statistics", "subprocess", "tempfile"),
    },
    "measure.root.main": {
        *(
            "argparse",
            "bz2",
            "collections",
            "contextlib",
            "errno",
            "gzip",
            "io",
            "lzma",
            "os",
            "pathlib",
        ),
        *("posixpath", "re", "shlex", "sys", "tarfile", "typing", "zlib"),
    },
    "measure.memory.main": {
        *_DRIVER,
        *("array", "dataclasses", "enum", "hashlib", "socket", "struct", "threading"),
    },
    "measure.smoke": {*_DRIVER, "tempfile"},
}
"""What modules import of the standard library before a measuring driver starts to work."""

_STAGE = {"contract", "measure.stage"}

ROOMS: dict[str, set[str]] = {
    "measure.simulation.main": {*_STAGE, "measure.frameworks", "measure.simulation"},
    # The capture is imported when there is a recording.
    "measure.walltime.main": {
        *_STAGE,
        *("measure.fifo", "measure.frameworks", "measure.instruments", "measure.walltime"),
    },
    "measure.memory.main": {*_STAGE, "measure.fifo", "measure.frameworks", "measure.memory"},
    "measure.root.main": {"contract", "measure.root"},
    "measure.smoke": {*_STAGE, "measure.frameworks"},
    "harvest.main": {"capture", "contract", "harvest"},
    "importing.main": {"contract", "importing", "results"},
    "results.summarize": {"contract", "results"},
    "results.readers.simulation": {"contract", "results"},
    "results.readers.walltime": {"contract", "results"},
    "judge.regression": {"contract", "judge", "results"},
    "judge.update": {"contract", "judge", "results"},
}
"""The rooms that an entry reads before it starts to work."""

_PYDANTIC = {
    *("annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"),
}

PACKAGES: dict[str, set[str]] = {
    # By `--import-path`: it reads the structure of ELF files.
    "harvest.main": {"elftools"},
    # By `--import-path`: they validate the baseline.
    "judge.regression": _PYDANTIC,
    "judge.update": _PYDANTIC,
}
"""The wheels that an entry needs to start; those that are not named here need none."""

MAY_IMPORT: dict[str, set[str]] = {
    "bisect": {"checkout", "compare", "contract", "report", "results"},
    "capture": {"contract"},
    "checkout": {"contract"},
    "collector": {"contract", "report", "results"},
    "command": {
        "checkout",
        "contract",
        "harvest",
        "history",
        "judge",
        "publish",
        "report",
        "results",
    },
    "compare": {"checkout", "command", "contract", "report", "results"},
    "contract": set(),
    "doctor": {"contract", "measure.stage", "measure.walltime"},
    "harvest": {"capture", "contract"},
    "history": {"checkout", "contract", "results"},
    "importing": {"contract", "results"},
    "intake": {"command", "contract", "importing", "profiles", "results"},
    "judge": {"contract", "results"},
    "measure": {"contract", "measure.frameworks", "measure.stage"},
    # Runs under the interpreter of the measured program.
    "measure.bytecode": set(),
    "measure.fifo": {"contract", "measure.stage"},
    # A framework is one file for all modes: how it is timed is what walltime offers to them.
    "measure.frameworks": {"contract", "measure.stage", "measure.walltime"},
    "measure.instruments": {"contract"},
    "measure.memory": {"contract", "measure.fifo", "measure.frameworks", "measure.stage"},
    "measure.root": {"contract"},
    "measure.simulation": {"contract", "measure.frameworks", "measure.stage"},
    "measure.stage": {"contract"},
    "measure.walltime": {
        *("capture", "contract", "measure.fifo", "measure.frameworks", "measure.stage"),
        # Reads what a framework itself wrote, when the program has ended.
        "importing",
        "measure.instruments",
    },
    "profiles": {"collector", "contract", "harvest", "results"},
    "publish": {"checkout", "contract", "results"},
    "report": {"contract", "results"},
    "results": {"contract"},
    "secrets": {"contract"},
    "verify": {"checkout", "compare", "contract"},
    "why": {"contract", "history", "judge", "report", "results"},
}
"""The rooms that a room imports. `measure` by itself is the smoke test."""

READ_JSON = {
    # The one reader, and the forms of pydantic on top of it.
    "contract/strict_json.py",
    "contract/validation.py",
    # The dialect of Rust's serde_json, whose texts become part of identifiers.
    "publish/compact_json.py",
    # Answers of a server: their values are counted, and no error shows any of them.
    "publish/service/answer_json.py",
    # The collector's own answers.
    "collector/fault_injection.py",
    # An argument of the driver, in a program that can import nothing of ours.
    "measure/frameworks/google/call_tracer.py",
    # Likewise, in a program around the measured one.
    "measure/instruments/mongodb/traced.py",
    # What a process of the measured program sends to another one, likewise.
    "measure/frameworks/pytesting/forks.py",
}
"""The modules that parse JSON by themselves: for anything from outside that is `load_json`."""

# Runs as the rules start a driver, and prints what that imported.
_PROBE = """
import json, sys
entry, *sys.path[:0] = sys.argv[1:]
before = set(sys.modules)
__import__("rules_codspeed." + entry)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def _imported(entry: str) -> list[str]:
    """Returns the modules that an entry imports, under the interpreter's flags of the rules."""
    folders = [str(PACKAGE.parent), *map(_folder, sorted(PACKAGES.get(entry, ())))]
    command = [sys.executable, "-I", "-S", "-B", "-c", _PROBE, entry, *folders]
    return list(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def _folder(package: str) -> str:
    """Returns the folder that a package of a wheel is imported from."""
    found = importlib.util.find_spec(package)
    assert found
    assert found.origin
    file = Path(found.origin)
    # A package is a folder or, as typing_extensions, a single file.
    return str(file.parents[1] if file.name == "__init__.py" else file.parent)


def _room(module: str) -> str:
    """Returns the room of a module of ours; `measure` is divided further."""
    parts = module.split(".")[1:]
    room = parts[0]
    return ".".join(parts[:2]) if room == "measure" and _is_folder(parts[:2]) else room


def _is_folder(parts: list[str]) -> bool:
    return len(parts) > 1 and PACKAGE.joinpath(*parts).is_dir()


def _imports(nodes: list[ast.stmt], everywhere: bool) -> Iterator[str]:
    """Yields the modules that statements import; all, or those when a module is loaded."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif everywhere:
            children = [one for one in ast.walk(node) if isinstance(one, ast.stmt) and one != node]
            yield from _imports(
                [one for one in children if isinstance(one, ast.Import | ast.ImportFrom)], False
            )
        elif isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
            yield from _imports([*node.body, *node.orelse], False)
        elif isinstance(node, ast.Try):
            yield from _imports(node.body, False)


def _file(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _standard(modules: list[str]) -> set[str]:
    """Returns what our modules import of the standard library when they are loaded."""
    found: set[str] = set()
    for module in modules:
        if module.split(".")[0] == "rules_codspeed":
            tree = ast.parse(_file(module).read_text(encoding="utf-8"))
            found |= {name.split(".")[0] for name in _imports(tree.body, False)}
    return (found & sys.stdlib_module_names) - {"__future__"}


@pytest.mark.parametrize("entry", STANDARD)
def test_standard_library_of_an_entry(entry: str) -> None:
    assert _standard(_imported(entry)) == STANDARD[entry]


@pytest.mark.parametrize("entry", ROOMS)
def test_rooms_of_an_entry(entry: str) -> None:
    own = [one for one in _imported(entry) if one.count(".") and one.startswith("rules_codspeed.")]
    assert {_room(one) for one in own} - {"measure"} == ROOMS[entry] - {"measure"}


@pytest.mark.parametrize("entry", ROOMS)
def test_packages_of_an_entry(entry: str) -> None:
    names = {one.split(".")[0] for one in _imported(entry)}
    # Of the standard library, and named after the platform.
    names = {one for one in names if not one.startswith("_sysconfigdata_")}
    assert names - sys.stdlib_module_names == {"rules_codspeed", *PACKAGES.get(entry, ())}


def test_nothing_imports_upwards() -> None:
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        if len(parts) < 3:
            continue
        room = _room(".".join(parts))
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = [one for one in _imports(tree.body, True) if one.startswith("rules_codspeed.")]
        others = {_room(one) for one in names if _is_module(one)} - {room}
        found.setdefault(room, set()).update(others)
    assert {room: sorted(others) for room, others in sorted(found.items())} == {
        room: sorted(others) for room, others in sorted(MAY_IMPORT.items())
    }


def _is_module(name: str) -> bool:
    """Whether it is a module, not a name in one or a folder of rooms."""
    return name != "rules_codspeed.measure" and _file(name).exists()


def test_one_reader_of_json() -> None:
    parsers = {"load", "loads", "validate_json", "model_validate_json", "JSONDecoder"}
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute) or node.attr not in parsers:
                continue
            if node.attr not in {"load", "loads"} or ast.unparse(node.value) == "json":
                found.add(file.relative_to(PACKAGE).as_posix())
    assert found == READ_JSON
