"""Compares two measurements of one target, which must be equal byte for byte."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.simulation.profile import PROFILE_NAME

_SHOWN = 10  # functions
_COMPRESSED = re.compile(r"\((\d+)\)(?: (.*))?")

# What usually makes the instructions of a function differ, by the function's name.
_CAUSES = (
    (
        r"malloc|calloc|realloc|free$|_int_free|PyObject_",
        "an allocation differs: the program keeps a process id, a time, or metadata of a file",
    ),
    (r"time|clock|tz", "the program reads a clock"),
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
    contents, others = _contents(first), _contents(second)
    differing = sorted(
        name for name in contents.keys() | others.keys() if contents.get(name) != others.get(name)
    )
    if not differing:
        return
    functions = _differences(contents, others, differing)
    shown = [
        f"  {after - before:+,} instructions in {name} ({before:,} and {after:,})"
        for name, before, after in functions[:_SHOWN]
    ]
    if len(functions) > _SHOWN:
        shown.append(f"  and {len(functions) - _SHOWN:,} more functions")
    raise CodSpeedError(
        f"{label} is not repeatable: another measurement of the same inputs gave other numbers",
        got=f"different files {', '.join(differing)}",
        expected="the same bytes with other process ids, file times, order of files and folders "
        "beside the stage",
        fix="remove what differs between two runs of the program (docs/determinism.md lists the "
        "usual causes)",
        below=[*shown, *_likely_causes([name for name, _, _ in functions[:_SHOWN]])],
    )


def _contents(folder: str) -> dict[str, bytes]:
    """Returns the content of each file below a folder, by its relative path."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = f"{place}/{name}"
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def _differences(
    contents: dict[str, bytes], others: dict[str, bytes], names: list[str]
) -> list[tuple[str, int, int]]:
    """Returns function, instructions and other instructions, the largest difference first."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for name in names:
        if PROFILE_NAME.fullmatch(name):
            before.update(dict(_own_costs(contents.get(name, b""))))
            after.update(dict(_own_costs(others.get(name, b""))))
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
            if not of_call and function and len(fields) > 1:
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
