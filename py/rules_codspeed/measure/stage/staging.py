"""The stage: the one folder in which a program is measured, and everything in it.

Paths of programs, arguments and variables lie above the stack, and their length
changes which simulated cache sets are used. So a measurement always happens at the same place,
on copies (pytest and others resolve links into the checkout).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.printing import print_message
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.manifest import REPO_MAPPING, StagePaths
from rules_codspeed.measure.stage.orphans import kill_processes_below
from rules_codspeed.measure.stage.place.lock import locked
from rules_codspeed.measure.stage.place.own_tmp import can_have_own, own, remove_leftovers
from rules_codspeed.measure.stage.repositories import MAIN
from rules_codspeed.measure.stage.stage_errors import stage_errors
from rules_codspeed.measure.stage.trees import make_folders, remove_tree

STAGE = "/tmp/rules_codspeed"
# Of all files: Bazel knows no modes, and makes each file executable where an action runs remotely.
_MODE = 0o755


class Layout(NamedTuple):
    """Absolute paths in a stage.

    Attributes:
      root: the stage.
    """

    root: str

    @property
    def parent(self) -> str:
        """The folder that the stage is in: the last one that no program can have replaced."""
        return os.path.dirname(self.root)

    @property
    def work(self) -> str:
        """Runfiles: a folder per repository."""
        return f"{self.root}/w"

    @property
    def main(self) -> str:
        """The main repository and working directory."""
        return f"{self.work}/{MAIN}"

    @property
    def simulator(self) -> str:
        """The simulator's package."""
        return f"{self.root}/valgrind"

    @property
    def pinned(self) -> str:
        """The pinned root, where there is one."""
        return f"{self.root}/root"

    @property
    def driver(self) -> str:
        """What the driver adds to the program."""
        return f"{self.root}/driver"

    @property
    def home(self) -> str:
        """$HOME."""
        return f"{self.root}/home"

    @property
    def tmp(self) -> str:
        """$TMPDIR."""
        return f"{self.root}/tmp"

    @property
    def cargo(self) -> str:
        """An empty folder: CodSpeed's Rust integrations put it in front of source paths."""
        return f"{self.root}/cargo"

    @property
    def profile(self) -> str:
        """Where one run writes its profile."""
        return f"{self.root}/profile"

    @property
    def layout(self) -> str:
        """The profile of a run in another layout of memory."""
        return f"{self.root}/layout"

    def folders(self) -> list[str]:
        """Returns the folders that every run finds; `.git` is the marker of pytest-codspeed."""
        git = f"{self.main}/.git"
        return [self.main, git, self.driver, self.home, self.tmp, self.cargo, self.profile]


@contextlib.contextmanager
def exclusive_stage(
    deadline: Deadline, root: str = STAGE, *, beside: Iterable[str] | None = None
) -> Iterator[Layout]:
    """Makes the stage for this process alone, empty; removes it afterwards.

    Args:
      deadline: of the measurement. Its end, and not much more, bounds the removal: the result
        stands, and what is left is for the next measurement, or for Bazel's sandbox, to remove.
      root: where to make it.
      beside: paths that this process needs, if it may measure beside others that share /tmp. None
        if nothing may be measured meanwhile.

    Raises:
      CodSpeedError: the stage cannot be made, or belongs to another user.
    """
    with _place(root, beside):
        layout = Layout(root)
        # The program sees the modes of what is staged.
        os.umask(0o022)
        with stage_errors(root):
            os.mkdir(root, 0o700)
        try:
            yield layout
        finally:
            if not remove_tree(root, deadline.for_cleaning_up()):
                left = "not all of it could be removed; the next measurement tries again"
                print_message(f"rules_codspeed: the stage {root} is left: {left}")


@contextlib.contextmanager
def _place(root: str, beside: Iterable[str] | None) -> Iterator[None]:
    """Makes sure that nobody else has a stage at a path, and that nothing is there."""
    folder, lock = os.path.dirname(root), f"{root}.lock"
    with contextlib.ExitStack() as held:
        is_free = held.enter_context(locked(lock, patient=beside is None))
        with stage_errors(folder):
            remove_leftovers(folder)
        if beside is None:
            held.enter_context(_alone_or_beside(root, shared=False))
            _remove_leftovers(root)
        elif (not is_free or _is_of_another(root)) and can_have_own(folder, beside):
            held.enter_context(_alone_or_beside(root, shared=True))
            with stage_errors(folder):
                held.enter_context(own(folder))
        else:
            held.enter_context(contextlib.nullcontext() if is_free else locked(lock))
            _remove_leftovers(root)
        yield


def _alone_or_beside(root: str, shared: bool) -> contextlib.AbstractContextManager[object]:
    """Keeps what is measured alone from what is measured beside others, of the same user."""
    lock = f"{root}.{os.geteuid()}.lock"
    if _is_of_another(lock):
        return contextlib.nullcontext()
    return locked(lock, shared=shared, mode=0o600)


def _is_of_another(path: str) -> bool:
    """Whether something of another user is at a path."""
    try:
        return os.lstat(path).st_uid != os.geteuid()
    except FileNotFoundError:
        return False


def _remove_leftovers(root: str) -> None:
    """Removes the stage of a driver that was killed, and what it had started."""
    try:
        found = os.lstat(root)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no folder"
        raise CodSpeedError(
            f"the stage {root} belongs to another user",
            got=f"{kind} of user id {found.st_uid}",
            expected=f"nothing, or a folder of user id {os.geteuid()} that a killed measurement "
            "left",
            fix=f"remove it (sudo rm -r {root}), or measure under the strategy linux-sandbox",
        )
    kill_processes_below(root)
    remove_tree(root)


def fill_stage(layout: Layout, files: Mapping[str, str], paths: StagePaths) -> None:
    """Copies runfiles into the stage.

    Args:
      layout: an existing stage, empty where the program is to find what is staged.
      files: source by runfiles path.
      paths: where they go.

    Raises:
      CodSpeedError: a source is missing, or the disk is full.
    """
    with stage_errors(layout.root):
        for folder in layout.folders():
            os.makedirs(folder, exist_ok=True)
        for name, target in paths.links().items():
            os.symlink(target, f"{layout.work}/{name}")
    sources = dict(files)
    if mapping := sources.pop(REPO_MAPPING, ""):
        _write_repo_mapping(mapping, f"{layout.work}/{REPO_MAPPING}", paths)
    copy_files({f"{layout.work}/{paths(path)}": source for path, source in sources.items()})


def _write_repo_mapping(source: str, target: str, paths: StagePaths) -> None:
    with stage_errors(target), open(source, encoding="utf-8") as reading:
        text = paths.repo_mapping(reading.read())
        with open(target, "w", encoding="utf-8") as writing:
            writing.write(text)


def copy_files(sources: Mapping[str, str]) -> None:
    """Copies source by absolute target; an empty source makes an empty file.

    Raises:
      CodSpeedError: a source is missing, or the disk is full.
    """
    made: set[str] = set()
    pending = list(sources.items())[::-1]
    while pending:
        target, source = pending.pop()
        folder = os.path.dirname(target)
        with stage_errors(target):
            if folder not in made:
                make_folders(folder)
                made.add(folder)
            if not source:
                os.close(os.open(target, os.O_CREAT | os.O_WRONLY, _MODE))
                continue
        if os.path.isdir(source):
            inside = sorted(os.listdir(source), reverse=True)
            pending += [(f"{target}/{name}", f"{source}/{name}") for name in inside]
        else:
            _copy_file(source, target)


def _copy_file(source: str, target: str) -> None:
    """Copies the content of a file."""
    try:
        reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise CodSpeedError(
            "a file of the benchmark cannot be read",
            got=f"{source}: {error.strerror}",
            expected="a readable file",
            fix="build the benchmark again; under remote execution, make sure that the worker "
            "has the file",
        ) from error
    try:
        with stage_errors(target):
            writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
            try:
                while os.sendfile(writing, reading, None, 1 << 30):
                    pass
            finally:
                os.close(writing)
    finally:
        os.close(reading)
