"""Runs a real Bazel on a workspace, for the end-to-end tests.

Every server that a test starts has its own output base and is shut down at the
end. Only the standard library is needed: these tests run before anything else
is installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

REPOSITORY = Path(__file__).resolve().parents[2]
CONSUMER = Path(__file__).resolve().parent / "consumer"

# Debian's modules as WORKSPACE repositories: tools/bazel/bazelrc.py.
WORKSPACE_MODE = ("--config=workspace_mode",)

_INPUTS = re.compile(rb'"inputs": "[0-9a-f]{64}"')

# One command of a test must not take longer, in seconds: a server that hangs
# would hold the CI job otherwise.
_TIMEOUT_S = 900


def scratch_root() -> Path:
    """Returns the folder of all output bases; not below /tmp, which sandboxes hide."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(cache) / "rules_codspeed" / "e2e"
    root.mkdir(parents=True, exist_ok=True)
    return root


def outside_of_ci() -> dict[str, str]:
    """Returns the environment without what would make a suite publish."""
    ci = ("BUILDKITE", "GITHUB_ACTIONS", "GITLAB_CI")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ci and not name.startswith("CODSPEED_")
    }


@dataclass
class Bazel:
    """One Bazel server: a workspace, an output base, and the flags of every command.

    Use as a context manager; leaving it shuts the server down and removes the
    output base.

    Attributes:
      workspace: the folder that commands run in.
      flags: of every command.
      environment: variables besides those of the test.
      startup: options of Bazel itself, which stand before the command.
      within: a command that runs its arguments, before every command.
    """

    workspace: Path
    flags: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    startup: Sequence[str] = ()
    within: Sequence[str] = ()
    output_base: Path = field(init=False)

    def __enter__(self) -> Bazel:
        self.output_base = Path(tempfile.mkdtemp(prefix="base.", dir=scratch_root()))
        return self

    def __exit__(self, *_: object) -> None:
        self._start(["shutdown"], [])
        remove_outputs(self.output_base)

    def _start(
        self, command: Sequence[str], flags: Sequence[str]
    ) -> subprocess.CompletedProcess[str]:
        bazelw = [*self.within, str(REPOSITORY / "bazelw"), f"--output_base={self.output_base}"]
        # Otherwise each server leaves a folder in /tmp, where an unsandboxed measurement sees it.
        temporary = f"--host_jvm_args=-Djava.io.tmpdir={self.output_base}"
        return subprocess.run(
            [*bazelw, temporary, *self.startup, command[0], *flags, *command[1:]],
            cwd=self.workspace,
            env={**outside_of_ci(), **self.environment},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )

    def run(self, *command: str, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs one command with the flags of this server.

        Raises:
          AssertionError: the command did not succeed or fail as expected; the
            message holds what it printed.
        """
        flags = [*self.flags, "--color=no", "--curses=no", "--noshow_progress"]
        if command[0] in ("build", "test", "run"):
            # The tree's own links stay those of whoever works in it.
            flags.append("--experimental_convenience_symlinks=ignore")
        result = self._start(command, flags)
        if (result.returncode == 0) != succeeds:
            raise AssertionError(
                f"bazel {' '.join(command)} ended with {result.returncode}\n"
                f"{result.stdout}\n{result.stderr}"
            )
        return result

    def output(self, path: str) -> Path:
        """Returns the one output of the build whose path ends in `path`.

        Measured outputs lie in a folder named after their configuration, which
        a test need not know.
        """
        found = list((self.output_base / "execroot").glob(f"*/bazel-out/*/bin/{path}"))
        if len(found) != 1:
            raise AssertionError(f"expected one output {path}, found {found}")
        return found[0]


def remove_outputs(top: Path) -> None:
    """Removes a folder that holds outputs of Bazel: they are read-only."""
    for folder in [top, *top.rglob("*")]:
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)
    shutil.rmtree(top, ignore_errors=True)


@contextlib.contextmanager
def own_comparisons(root: Path) -> Iterator[None]:
    """Removes what comparisons of commits keep, if they begin to keep it within the context.

    Args:
      root: of the repository. Tests that may run at the same time give theirs different names.
    """
    caches = scratch_root().parent / "compare"
    known = set(caches.glob(f"{root.name}-*"))
    try:
        yield
    finally:
        for folder in set(caches.glob(f"{root.name}-*")) - known:
            remove_outputs(folder)


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a checkout, as nobody in particular; returns what it prints."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    run = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


class BazelTest(unittest.TestCase):
    """Base of tests that share one server of a workspace.

    Attributes:
      workspace: named by the derived class.
      bazel: the server.
    """

    workspace: ClassVar[Path]
    bazel: ClassVar[Bazel]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.bazel = stack.enter_context(Bazel(cls.workspace))


def without_inputs(content: bytes) -> bytes:
    """Returns provenance or results with an empty digest of what was measured.

    Programs hold the names of repositories: where Bazel names these otherwise, it is another one.
    """
    return _INPUTS.sub(b'"inputs": ""', content)


def tree(folder: Path) -> dict[str, bytes]:
    """Reads a folder: relative path to content.

    Raises:
      AssertionError: something in it is not a regular file or a folder.
    """
    content: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise AssertionError(f"{path} is not a regular file")
        if path.is_file():
            content[str(path.relative_to(folder))] = path.read_bytes()
    return content


def spawns(log: Path) -> Iterable[dict[str, Any]]:
    """Reads the JSON documents of an execution log, one spawn each."""
    text = log.read_text(encoding="utf-8")
    decoder = json.JSONDecoder()
    position = 0
    while position < len(text):
        spawn, position = decoder.raw_decode(text, position)
        yield spawn
        while position < len(text) and text[position].isspace():
            position += 1
