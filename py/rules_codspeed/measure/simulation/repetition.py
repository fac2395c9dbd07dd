"""Compares two measurements of one target, which must be equal byte for byte."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Iterator

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.simulation.valgrind import PROFILE_NAME
from rules_codspeed.measure.stage.trees import walk

_BLOCK = 1 << 20  # bytes
_SHOWN = 10  # functions
_COMPRESSED = re.compile(r"\((\d+)\)(?: (.*))?")

# What usually makes the instructions of a function differ, by the function's name.
_CAUSES = (
    (
        r"malloc|calloc|realloc|free$|_int_free|PyObject_",
        "an allocation differs: the program keeps a process id, a time, or metadata of a file",
    ),
    (
        r"time|clock|tz",
        'the program reads a clock (one with clock = "logical" is the same each time)',
    ),
    (
        r"getpid|getppid|gettid|uname|hostname|sysinfo",
        "the program asks for its process or machine",
    ),
    (r"stat|dir|glob", "the program reads metadata of files, or lists a folder"),
    (r"pthread|futex|lock|sched_|cond_", "threads take turns by chance"),
    (r"rand|siphash|hash", "the program uses random numbers, or a seed that it makes itself"),
)


def check_equal(first: str, second: str, label: str) -> None:
    """Compares two profile folders.

    Raises:
      CodSpeedError: they differ; the functions that differ are below it, largest first.
    """
    files, others = _files(first), _files(second)
    differing = sorted(
        name
        for name in files | others
        if name not in files & others or not _same(f"{first}/{name}", f"{second}/{name}")
    )
    if not differing:
        return
    profiles = [name for name in differing if PROFILE_NAME.fullmatch(name)]
    functions = _differences(
        [_content(f"{first}/{name}") for name in profiles],
        [_content(f"{second}/{name}") for name in profiles],
    )
    shown = [
        f"  {after - before:+,} instructions in {name} ({before:,} and {after:,})"
        for name, before, after in functions[:_SHOWN]
    ]
    if len(functions) > _SHOWN:
        shown.append(f"  and {len(functions) - _SHOWN:,} more functions")
    raise BenchmarkError(
        f"{label} is not repeatable: another measurement of the same inputs gave other numbers",
        got=f"different files {', '.join(differing)}",
        expected="the same bytes with other process ids, file times, order of files and folders "
        "beside the stage",
        fix="remove what differs between two runs of the program (docs/determinism.md lists the "
        "usual causes)",
        below=[*shown, *_likely_causes([name for name, _, _ in functions[:_SHOWN]])],
    )


def _files(folder: str) -> set[str]:
    """Returns the relative path of each file below a folder."""
    return {os.path.relpath(f"{at}/{name}", folder) for at, names in walk(folder) for name in names}


def _same(first: str, second: str) -> bool:
    """Compares two files block by block: maps of generated code are large."""
    with open(first, "rb") as one, open(second, "rb") as other:
        while block := one.read(_BLOCK):
            if other.read(len(block)) != block:
                return False
        return not other.read(1)


def _content(path: str) -> bytes:
    """Returns the content of a file; nothing if there is none."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        return file.read()
    return b""


def _differences(profiles: list[bytes], others: list[bytes]) -> list[tuple[str, int, int]]:
    """Returns function, instructions and other instructions, the largest difference first."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for profile, other in zip(profiles, others, strict=True):
        before.update(dict(_own_costs(profile)))
        after.update(dict(_own_costs(other)))
    changed = [
        (name, before[name], after[name])
        for name in before.keys() | after.keys()
        if before[name] != after[name]
    ]
    return sorted(changed, key=lambda one: (-abs(one[2] - one[1]), one[0]))


def _own_costs(profile: bytes) -> Iterator[tuple[str, int]]:
    """Yields each function of a callgrind file, with the first column of its own cost, added up.

    Format: Valgrind's manual, "Callgrind Format Specification".
    """
    costs: Counter[str] = Counter()
    names: dict[str, str] = {}
    function, of_call = "", False
    for line in profile.decode("utf-8", "replace").splitlines():
        if line.startswith("fn="):
            function = line[3:]
            if match := _COMPRESSED.fullmatch(function):
                function = names.setdefault(match[1], match[2] or function)
        elif line.startswith("calls="):
            of_call = True
        elif line[:1] in "0123456789+-*" and line:
            fields = line.split()
            if not of_call and function and len(fields) > 1 and fields[1].isdecimal():
                costs[function] += int(fields[1])
            of_call = False
        elif line.startswith("cfn=") and (match := _COMPRESSED.fullmatch(line[4:])) and match[2]:
            names.setdefault(match[1], match[2])
    yield from costs.items()


def _likely_causes(functions: list[str]) -> list[str]:
    return [
        f"  usual cause: {cause}"
        for pattern, cause in _CAUSES
        if any(re.search(pattern, name) for name in functions)
    ]
