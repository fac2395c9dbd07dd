"""Locks the Python wheels of the tools: py/requirements*.in -> py/wheels.lock.json.

pip resolves, so the site's index, proxy and credentials apply, for every supported
CPython and platform. The lock holds names and SHA-256 hashes and no address. Its
Starlark twin, rules/private/wheels/wheels_lock.bzl, exists because WORKSPACE macros cannot
read files.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RUNTIME = "py/requirements.in"
DEV = "py/requirements-dev.in"
LOCK = "py/wheels.lock.json"
TWIN = "rules/private/wheels/wheels_lock.bzl"
COMMAND = "python3 tools/update_wheels.py"

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
CPUS = ("aarch64", "x86_64")
# Wheels for glibc 2.17 (manylinux2014) to 2.28 run on every supported Linux.
GLIBC_MINORS = range(17, 29)
# pytest-codspeed's platform-free wheel measures nothing: it has no native extension.
NATIVE = ("pytest_codspeed",)

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s#]+)")


class LockError(Exception):
    """The lock cannot be made, or does not match its sources; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Package:
    """One locked package.

    Attributes:
        version: as in the wheels' file names.
        dev: whether only tests and benchmarks need it.
        deps: names of the locked packages that it imports, on any supported Python.
        files: platform (`any`, `linux_x86_64`, `linux_aarch64`) to file name to SHA-256.
    """

    version: str
    dev: bool
    deps: list[str] = field(default_factory=list)
    files: dict[str, dict[str, str]] = field(default_factory=dict)


Lock = dict[str, Package]


def normalized(name: str) -> str:
    """Returns a package's name as PEP 503 compares it, with `_` for `-`, fit for a target."""
    return re.sub(r"[-_.]+", "_", name).lower()


def read_pins(path: Path) -> dict[str, str]:
    """Reads `name==version` lines into a dict from normalized name to version.

    Raises:
        LockError: a line is neither a pin nor a comment.
    """
    pins: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        pin = _PIN.fullmatch(text)
        if not pin:
            raise LockError(f"{path}:{number}: want name==version, got {text!r}")
        pins[normalized(pin[1])] = pin[2]
    return pins


def read_lock(text: str) -> Lock:
    """Reads the text of the JSON lock."""
    packages: dict[str, Any] = json.loads(text)["packages"]
    return {name: Package(**package) for name, package in packages.items()}


def lock_text(lock: Lock) -> str:
    """Returns the JSON lock as text."""
    packages = {name: asdict(lock[name]) for name in sorted(lock)}
    return json.dumps({"schema": 1, "packages": packages}, indent=2, sort_keys=True) + "\n"


def twin_text(lock: Lock) -> str:
    """Returns the Starlark twin of the lock as text, as buildifier formats it."""
    packages = {name: asdict(lock[name]) for name in sorted(lock)}
    return (
        f'"""Locked wheels. Generated from {LOCK} by {COMMAND}: do not edit."""\n\n'
        f"WHEELS = {_starlark(packages, '')}\n"
    )


def _starlark(value: Any, indent: str) -> str:
    inner = indent + "    "
    if isinstance(value, dict) and value:
        lines = [f"{json.dumps(key)}: {_starlark(value[key], inner)}" for key in sorted(value)]
        return "{\n" + "".join(f"{inner}{line},\n" for line in lines) + indent + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{inner}{_starlark(v, inner)},\n" for v in value) + indent + "]"
    return repr(value) if isinstance(value, bool) else json.dumps(value)


def _pip(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise LockError(f"pip {' '.join(arguments)} failed:\n{done.stderr.strip()}")
    return done.stdout


def _resolve(pins: dict[str, str], target: list[str]) -> list[Any]:
    """Asks pip what it would install: the `install` list of its report."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        _pip(
            *("install", "--dry-run", "--ignore-installed", "--only-binary=:all:", "--quiet"),
            *("--target", scratch, "--report", str(report), *target),
            *(f"{name}=={version}" for name, version in sorted(pins.items())),
        )
        install: list[Any] = json.loads(report.read_text())["install"]
    return install


def _native(python: str, cpu: str) -> list[str]:
    platforms = [f"manylinux2014_{cpu}", *(f"manylinux_2_{minor}_{cpu}" for minor in GLIBC_MINORS)]
    flags = [f"--platform={platform}" for platform in platforms]
    return [f"--python-version={python}", "--implementation=cp", *flags]


def _dependencies(requires: Iterable[str]) -> Iterator[str]:
    """Yields what a package needs on at least one supported Python on Linux."""
    # The evaluator that pip itself uses: the only one there is in a bare Python with pip.
    from pip._vendor.packaging.requirements import Requirement

    for requirement in map(Requirement, requires):
        environments = [
            {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
            for python in PYTHONS
        ]
        if not requirement.marker or any(map(requirement.marker.evaluate, environments)):
            yield normalized(requirement.name)


def _add_wheel(lock: Lock, item: Any, cpu: str) -> None:
    name = normalized(item["metadata"]["name"])
    archive = item["download_info"]
    filename = archive["url"].rpartition("/")[2]
    package = lock.setdefault(name, Package(item["metadata"]["version"], dev=True))
    package.deps[:] = sorted(set(_dependencies(item["metadata"].get("requires_dist", []))))
    platform = "any" if filename.endswith("-any.whl") else f"linux_{cpu}"
    package.files.setdefault(platform, {})[filename] = archive["archive_info"]["hashes"]["sha256"]


def _choose_kind(name: str, package: Package) -> None:
    """Keeps the platform-free wheel alone where there is one: it serves every Python."""
    pure = package.files.get("any")
    if not pure:
        return
    if name in NATIVE:
        raise LockError(f"{name} {package.version} lacks a native wheel for some Python")
    package.files.clear()
    package.files["any"] = pure


def _reachable(lock: Lock, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in lock:
            raise LockError(f"{name} is needed and not locked: add it to {DEV} or {RUNTIME}")
        if name not in seen:
            seen.add(name)
            todo.extend(lock[name].deps)
    return seen


def _mark_runtime(lock: Lock, roots: Iterable[str]) -> Lock:
    """Returns the lock with `dev` false for all that the roots need."""
    runtime = _reachable(lock, roots)
    _reachable(lock, lock)
    return {
        name: Package(p.version, name not in runtime, p.deps, p.files) for name, p in lock.items()
    }


def resolve_lock(runtime: dict[str, str], dev: dict[str, str]) -> Lock:
    """Resolves the pins for every supported Python and platform.

    Args:
        runtime: pins of what the tools import, from `read_pins`.
        dev: pins of what tests and benchmarks import besides.

    Raises:
        LockError: pip finds no solution, or none that all Pythons share.
    """
    pins = runtime | dev
    lock: Lock = {}
    for python in PYTHONS:
        for cpu in CPUS:
            print(f"resolving for CPython {python} on {cpu}", file=sys.stderr)
            # The oldest Python has the fewest choices: what it gets, the others must take.
            for item in _resolve(pins, _native(python, cpu)):
                _add_wheel(lock, item, cpu)
            pins = {name: package.version for name, package in lock.items()}
    for name, package in lock.items():
        _choose_kind(name, package)
    return _mark_runtime(lock, runtime)


def check(root: Path) -> list[str]:
    """Compares the lock with its sources and its twin, without a network.

    Args:
        root: the repository's folder.

    Returns:
        what is wrong, one sentence each; empty when all agree.
    """
    text = (root / LOCK).read_text()
    lock = read_lock(text)
    runtime, dev = read_pins(root / RUNTIME), read_pins(root / DEV)
    wrong = [
        f"{name} is pinned to {version} and not locked so"
        for name, version in (runtime | dev).items()
        if name not in lock or lock[name].version != version
    ]
    if wrong:
        return wrong
    if lock != _mark_runtime(lock, runtime) or text != lock_text(lock):
        wrong.append(f"{LOCK} was edited by hand")
    if (root / TWIN).read_text() != twin_text(lock):
        wrong.append(f"{TWIN} is not the twin of {LOCK}")
    return wrong


def main() -> int:
    """Writes the lock and its twin, or with --check compares them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only; needs no network")
    arguments = parser.parse_args()
    try:
        if arguments.check:
            wrong = check(ROOT)
            for sentence in wrong:
                print(f"update_wheels: {sentence}. Run: {COMMAND}", file=sys.stderr)
            return 1 if wrong else 0
        lock = resolve_lock(read_pins(ROOT / RUNTIME), read_pins(ROOT / DEV))
    except LockError as error:
        print(f"update_wheels: {error}", file=sys.stderr)
        return 1
    (ROOT / LOCK).write_text(lock_text(lock))
    (ROOT / TWIN).write_text(twin_text(lock))
    return 0


if __name__ == "__main__":
    sys.exit(main())
