"""The one opener of what a measured program left behind.

A program may put anything where a driver will look: a link to a file of the machine, a FIFO that
nobody writes to, a device without an end, a file of holes, folders without a bottom. So each step
of a path is opened by the descriptor of the folder above, no link is followed, no open waits, and
only a regular file of this user with one name is read, up to the size of its kind.

The measuring drivers import it: nothing beyond the standard library, and little of that.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.file_limits import MOST_ENTRIES, MOST_LEVELS, Limit

FIX = (
    "let the program leave regular files of its own there, and write anything else elsewhere, such "
    "as below $TMPDIR"
)
"""The next step where nothing more is known."""

_BLOCK = 1 << 20  # bytes
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {
    stat.S_IFREG: "a regular file",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Refused(BenchmarkError):
    """Something that a program left is not taken.

    `capture/raw_files.py` catches it where a profile does without the file; the measurement's own
    files (`measure/frameworks/pytest.py` and `runs.py`, `measure/simulation/profile.py` and
    `runs.py`, `measure/walltime/rounds/json_files.py`) catch it to name the benchmark.

    Attributes:
      place: its path.
      reason: a sentence about it, such as `it is not a regular file but a FIFO`.
      foreign: whether it belongs to another user, so that the program did not leave it.
    """

    def __init__(self, place: str, reason: str, expected: str, foreign: bool = False) -> None:
        # The program chose its name, too.
        place = printable(place)
        super().__init__(
            "a measured program left something that cannot be taken",
            got=f"{place}: {reason}",
            expected=expected,
            fix=FIX,
        )
        self.place = place
        self.reason = reason
        self.foreign = foreign


class UntrustedFolder:
    """A folder that a measured program could write to, held by its descriptor.

    Names are paths relative to it, and end at the folder where they lead to.

    Attributes:
      path: where it is, for people.
    """

    def __init__(self, path: str, trusted: str = "") -> None:
        """Opens it.

        Args:
          path: of the folder.
          trusted: a folder above it that no program can have replaced; only the steps below that
            are opened as untrusted. The folder itself if empty.

        Raises:
          FileNotFoundError: it is not there.
          Refused: one of the steps is not a folder, or cannot be opened.
        """
        self.path = path
        steps = os.path.relpath(path, trusted) if trusted else ""
        with _refusing(path, "a folder"):
            start = os.open(trusted or path, _FOLDER)
        try:
            self._descriptor = _descended(start, steps, path)
        finally:
            os.close(start)

    def __enter__(self) -> UntrustedFolder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def open(self, name: str, limit: Limit) -> BinaryIO:
        """Opens a regular file for reading.

        Args:
          name: its path.
          limit: of its kind.

        Raises:
          FileNotFoundError: it is not there.
          Refused: it is something else, is not of this user, has another name beside this one, is
            larger than the limit, or cannot be opened.
        """
        expected = f"a regular file, {limit.kind} of at most {limit.size:,} bytes"
        with self._parent(name) as (parent, last):
            descriptor = _opened(parent, last, stat.S_IFREG, self._shown(name), expected)
        try:
            self._check(os.fstat(descriptor), limit, self._shown(name), expected)
        except BaseException:
            os.close(descriptor)
            raise
        return open(descriptor, "rb")

    def read(self, name: str, limit: Limit) -> bytes:
        """Returns the content of a regular file; see `open`."""
        with self.open(name, limit) as file:
            return b"".join(blocks(file, limit))

    def create(self, name: str) -> BinaryIO:
        """Makes a file to write and read, in place of what has its name; folders are made as well.

        Raises:
          Refused: there is a folder of that name, or a step to it is not a folder.
        """
        folders, _, _ = name.rpartition("/")
        with _refusing(self._shown(name), "room for a file"):
            self._make_folders(folders)
            with self._parent(name) as (parent, last):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(last, dir_fd=parent)
                return open(os.open(last, _NEW, 0o644, dir_fd=parent), "wb+")

    def remove(self, name: str) -> None:
        """Removes a file, or a folder that is empty.

        Raises:
          Refused: it cannot be removed.
        """
        place = self._shown(name)
        with _refusing(place, "what can be removed"), self._parent(name) as (parent, last):
            try:
                os.unlink(last, dir_fd=parent)
            except IsADirectoryError:
                os.rmdir(last, dir_fd=parent)

    def names(self, folder: str = "") -> list[str]:
        """Returns the names in a folder, sorted.

        Raises:
          FileNotFoundError: it is not there.
          Refused: it is not a folder, cannot be read, or holds too much.
        """
        return [name for name, _ in self._entries(folder, 0)]

    def files(self, folder: str = "") -> Iterator[str]:
        """Yields the path of everything below a folder that is not a folder, each folder sorted.

        Raises:
          FileNotFoundError: the folder is not there.
          Refused: it is not a folder, cannot be read, holds too much, or is too deep.
        """
        pending, found = [folder], 0
        while pending:
            at = pending.pop()
            below = []
            for name, is_folder in self._entries(at, found):
                found += 1
                path = f"{at}/{name}" if at else name
                if not is_folder:
                    yield path
                    continue
                if path.count("/") >= MOST_LEVELS:
                    raise Refused(self._shown(at), "it is too deep", f"up to {MOST_LEVELS} levels")
                below.append(path)
            pending += reversed(below)

    def _entries(self, folder: str, found: int) -> list[tuple[str, bool]]:
        """Returns the names in a folder, sorted, and which are folders; `found` were before."""
        with _refusing(self._shown(folder), "a folder that can be read"):
            descriptor = _descended(self._descriptor, folder, self._shown(folder))
            try:
                with os.scandir(descriptor) as entries:
                    listed = sorted(
                        (entry.name, entry.is_dir(follow_symlinks=False))
                        for entry in islice(entries, MOST_ENTRIES + 1)
                    )
            finally:
                os.close(descriptor)
        if found + len(listed) > MOST_ENTRIES:
            raise Refused(self._shown(folder), "it holds too much", f"up to {MOST_ENTRIES:,} files")
        return listed

    @contextlib.contextmanager
    def _parent(self, name: str) -> Iterator[tuple[int, str]]:
        """Yields the descriptor of the folder that a name is in, and the last step."""
        folders, _, last = name.rpartition("/")
        descriptor = _descended(self._descriptor, folders, self._shown(folders))
        try:
            yield descriptor, last
        finally:
            os.close(descriptor)

    def _make_folders(self, folders: str) -> None:
        at = ""
        for step in filter(None, folders.split("/")):
            at += step
            with self._parent(at) as (parent, last), contextlib.suppress(FileExistsError):
                os.mkdir(last, dir_fd=parent)
            at += "/"

    def _shown(self, name: str) -> str:
        return f"{self.path}/{name}" if name else self.path

    def _check(self, status: os.stat_result, limit: Limit, place: str, expected: str) -> None:
        if status.st_uid != os.geteuid():
            reason = f"it belongs to user id {status.st_uid}"
            raise Refused(place, reason, expected, foreign=True)
        if status.st_nlink != 1:
            raise Refused(place, "it is a hard link: a file with another name as well", expected)
        if status.st_size > limit.size:
            raise Refused(place, f"it has {status.st_size:,} bytes", expected)


def blocks(file: BinaryIO, limit: Limit) -> Iterator[bytes]:
    """Yields the rest of a file, block by block, up to the size of the limit."""
    left = limit.size
    while block := file.read(min(_BLOCK, left)):
        left -= len(block)
        yield block


def blocks_of_lines(file: BinaryIO, limit: Limit) -> Iterator[bytes]:
    """Yields whole lines, many at once; one that is longer than a block comes in pieces."""
    rest = b""
    for block in blocks(file, limit):
        end = block.rfind(b"\n") + 1 or len(block)
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest


def mount_of(descriptor: int) -> bytes:
    """Returns what identifies the mount of an open file; nothing where the kernel does not say.

    A device number would not do: on overlayfs, files and folders of one mount may differ in it.
    Format: proc(5), /proc/<pid>/fdinfo.
    """
    with contextlib.suppress(OSError), open(f"/proc/self/fdinfo/{descriptor}", "rb") as file:
        return next((line for line in file if line.startswith(b"mnt_id:")), b"")
    return b""


def _descended(start: int, steps: str, place: str) -> int:
    """Returns a new descriptor of a folder below another."""
    current = os.dup(start)
    try:
        for step in filter(None, steps.split("/")):
            below = _opened(current, step, stat.S_IFDIR, place, "a folder")
            os.close(current)
            current = below
    except BaseException:
        os.close(current)
        raise
    return current


def _opened(parent: int, name: str, kind: int, place: str, expected: str) -> int:
    """Opens something of a kind (a bit pattern of `st_mode`) by its name in a folder."""
    with _refusing(place, expected):
        # Before it is opened: some devices act upon that.
        before = os.stat(name, dir_fd=parent, follow_symlinks=False)
        _check_kind(before, kind, place, expected)
        descriptor = os.open(name, _READ, dir_fd=parent)
    try:
        _check_kind(os.fstat(descriptor), kind, place, expected)
        if mount_of(descriptor) != mount_of(parent):
            raise Refused(place, "another file system is mounted there", expected)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_kind(status: os.stat_result, kind: int, place: str, expected: str) -> None:
    found = stat.S_IFMT(status.st_mode)
    if found != kind:
        reason = f"it is not {_KINDS[kind]} but {_KINDS.get(found, 'something else')}"
        raise Refused(place, reason, expected)


@contextlib.contextmanager
def _refusing(place: str, expected: str) -> Iterator[None]:
    """Turns what the operating system refuses into `Refused`; what is missing stays that."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refused(place, error.strerror or str(error), expected) from error
