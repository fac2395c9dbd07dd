"""Breaks the product in ways that a user would notice, one at a time, and runs the tests.

    python3 tools/mutate.py                     # all mutations of tools/mutations.json
    python3 tools/mutate.py history significance    # those whose file or number has that in it
    python3 tools/mutate.py --check     # runs nothing; states which do not fit the tree any more

Each mutation replaces one text of one file in a copy of the tree, and names its tests: files and
folders that pytest runs, targets that Bazel runs, or end-to-end tests. It is noticed if they fail.
Prints what was not noticed, and the score; the exit status is 1 if a mutation was not noticed that
should be.

Tests of Python run under the interpreter that runs this, which needs their packages; those under
tests/measure get a library of the fixed kernel that is built from the copy.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MUTATIONS = "tools/mutations.json"

_LONGEST_S = 1200  # a program that never ends was noticed
_PASSED, _FAILED, _INTERRUPTED = 0, 1, 2  # pytest; the last is an error while tests are collected
_BAZEL_FAILED = (1, 3)  # the build, a test


class MutationError(Exception):
    """A mutation cannot be run; the message states why."""


class OutdatedError(MutationError):
    """A mutation states nothing any more; the others are run all the same."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of the product.

    Attributes:
      number: place in the list, from 1.
      file: path in the repository.
      old: text that is in it once.
      new: takes its place.
      breaks: what a user would notice.
      tests: paths that pytest runs.
      bazel: labels of tests that Bazel runs.
      e2e: names of end-to-end tests, which start a Bazel of their own.
      equivalent: why nobody can notice it; empty for all others.
    """

    number: int
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...] = ()
    bazel: tuple[str, ...] = ()
    e2e: tuple[str, ...] = ()
    equivalent: str = ""

    def __str__(self) -> str:
        """Returns it for people."""
        return f"{self.number} {self.file}: {self.breaks}"


@dataclass(slots=True)
class Score:
    """What became of the mutations that ran."""

    noticed: int = 0
    missed: list[Mutation] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def read_mutations(text: str) -> list[Mutation]:
    """Reads the list.

    Raises:
      MutationError: an entry has other fields, or no tests.
    """
    found = []
    entries: list[dict[str, Any]] = json.loads(text)
    for number, entry in enumerate(entries, 1):
        lists = {name: tuple(entry.get(name, ())) for name in ("tests", "bazel", "e2e")}
        try:
            one = Mutation(number, **{**entry, **lists})
        except TypeError as error:
            raise MutationError(f"mutation {number}: {error}") from error
        if not (one.equivalent or one.tests or one.bazel or one.e2e):
            raise MutationError(f"mutation {number} names no tests")
        found.append(one)
    return found


def mutated(text: str, mutation: Mutation) -> str:
    """Returns the text of a file with a mutation in it.

    Raises:
      OutdatedError: the mutation does not fit, as the file was changed.
    """
    if text.count(mutation.old) != 1 or mutation.old == mutation.new:
        times = text.count(mutation.old)
        raise OutdatedError(f"{mutation}: its text is {times} times in the file, not once")
    return text.replace(mutation.old, mutation.new)


def unfit(mutations: Iterable[Mutation], root: Path) -> Iterator[str]:
    """Yields what keeps mutations from running: their text or one of their tests is not there."""
    for one in mutations:
        try:
            mutated((root / one.file).read_text("utf-8"), one)
        except OutdatedError as error:
            yield str(error)
        except OSError as error:
            yield f"{one}: {error.strerror}"
        # Others are options of pytest.
        for test in one.tests:
            if test.startswith("tests/") and not (root / test.partition("::")[0]).exists():
                yield f"{one}: there is no {test}"


def _copy(root: Path) -> None:
    """Copies the files that git has or would add."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, root / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _kernel(root: Path) -> Path:
    """Builds the library of the fixed kernel."""
    library = root / "kernel.so"
    sources = sorted(map(str, (root / "rules/kernel").glob("*.c")))
    flags = ["-std=gnu11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", str(library)]
    subprocess.run(["gcc", *flags, *sources], check=True)
    return library


def _failing(root: Path, mutation: Mutation) -> bool:
    """Runs the tests of a mutation in a tree; returns whether one fails."""
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    environment["CODSPEED_TEST_KERNEL"] = str(_kernel(root))
    if mutation.tests:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        status = _status([*command, *mutation.tests], root, environment)
        if status not in (_PASSED, _FAILED, _INTERRUPTED):
            raise MutationError(f"mutation {mutation}: pytest ends with status {status}")
        if status:
            return True
    if mutation.bazel:
        status = _status(["./bazelw", "test", *mutation.bazel], root, environment)
        if status and status not in _BAZEL_FAILED:
            raise MutationError(f"mutation {mutation}: Bazel ends with status {status}")
        if status:
            return True
    command = [sys.executable, "-m", "unittest", *mutation.e2e]
    return bool(mutation.e2e) and _status(command, root, environment) != _PASSED


def _status(command: Sequence[str], root: Path, environment: dict[str, str]) -> int:
    try:
        return subprocess.run(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_S,
        ).returncode
    except subprocess.TimeoutExpired:
        return _FAILED


def run(mutations: Iterable[Mutation], root: Path, with_bazel: bool) -> Score:
    """Runs mutations in a copy of the tree, which is changed and restored.

    Raises:
      MutationError: one cannot be run.
    """
    score = Score()
    passing: set[tuple[str, ...]] = set()
    for one in mutations:
        if (one.bazel or one.e2e) and not with_bazel:
            score.skipped.append(f"{one}: needs Bazel (--bazel)")
            continue
        file = root / one.file
        before = file.read_text("utf-8")
        try:
            after = mutated(before, one)
        except OutdatedError as error:
            score.outdated.append(str(error))
            continue
        tests = (*one.tests, *one.bazel, *one.e2e)
        if tests not in passing and _failing(root, one):
            score.outdated.append(f"{one}: its tests fail without it")
            continue
        passing.add(tests)
        start = time.monotonic()
        file.write_text(after, "utf-8")
        try:
            failing = _failing(root, one)
        finally:
            file.write_text(before, "utf-8")
        state = "noticed" if failing else "NOT NOTICED"
        print(f"{state} in {time.monotonic() - start:.0f} s: {one}", flush=True)
        score.noticed += failing
        score.missed += [] if failing else [one]
    return score


def _chosen(mutations: Iterable[Mutation], words: Sequence[str]) -> Iterator[Mutation]:
    for one in mutations:
        if not words or any(word == str(one.number) or word in one.file for word in words):
            yield one


def main() -> int:
    """Runs the chosen mutations; returns 1 if one was not noticed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="numbers, or parts of file names; all by default")
    parser.add_argument("--bazel", action="store_true", help="run those whose tests need Bazel too")
    parser.add_argument("--check", action="store_true", help="state which do not fit; run nothing")
    options = parser.parse_args()
    try:
        chosen = list(_chosen(read_mutations((ROOT / MUTATIONS).read_text("utf-8")), options.words))
        if options.check:
            found = list(unfit(chosen, ROOT))
            print("".join(f"outdated: {text}\n" for text in found), end="")
            return 1 if found else 0
        with tempfile.TemporaryDirectory(prefix="mutate-", dir=os.environ.get("TMPDIR")) as folder:
            _copy(Path(folder))
            score = run([one for one in chosen if not one.equivalent], Path(folder), options.bazel)
    except MutationError as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 1
    for one in score.missed:
        print(f"not noticed: {one}")
    for text in score.outdated:
        print(f"outdated: {text}")
    for text in score.skipped:
        print(f"skipped: {text}")
    equivalent = sum(bool(one.equivalent) for one in chosen)
    total = score.noticed + len(score.missed)
    print(
        f"{score.noticed} of {total} noticed, {len(score.skipped)} skipped, {equivalent} equivalent"
    )
    return 1 if score.missed or score.outdated else 0


if __name__ == "__main__":
    sys.exit(main())
