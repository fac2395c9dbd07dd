"""Kills a process before each of its steps that change a file, for tests.

Steps are what Python does (it reports that to audit hooks, or it is wrapped here), each statement
of SQLite, and what SQLite writes, cuts and removes, where its library can be reached. A write
counts twice: nothing of it is done, or half of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_CHANGES = {
    *("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
    *("os.truncate", "fcntl.flock"),
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_MOST = 2000
_FAILED = 3


@contextlib.contextmanager
def memory_folder() -> Iterator[Path]:
    """Makes a folder, in memory where that is possible: a disk would only be waited for."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


Work = Callable[[Callable[[str], None]], object]
"""What is killed; it is given a function that reports to the test, whatever happens later."""


class Steps:
    """Counts steps, and kills the process before one of them. Fork first: it stays."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._count = 0
        self._kept: list[Any] = []
        sys.addaudithook(self._audit)
        self._wrap_python()
        self._wrap_sqlite()

    def step(self) -> None:
        """Counts one."""
        self._count += 1
        if self._count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGES or (event == "open" and (arguments[2] or 0) & _WRITING):
            self.step()

    def _halved(self, write: Callable[[int], object], size: int) -> None:
        """Steps before a write, and in the middle of it."""
        self.step()
        if self._count + 1 == self._at:
            write(size // 2)
        self.step()

    def _wrap_python(self) -> None:
        write, fsync, connect = os.write, os.fsync, sqlite3.connect

        def stepwise_write(descriptor: int, content: Any, /) -> int:
            start = lambda size: write(descriptor, bytes(content)[:size])  # noqa: E731
            self._halved(start, len(content))
            return write(descriptor, content)

        def stepwise_fsync(descriptor: Any) -> None:
            self.step()
            fsync(descriptor)

        def traced_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*arguments, **options)
            connection.set_trace_callback(lambda statement: self.step())
            return connection

        os.write = stepwise_write
        setattr(os, "fsync", stepwise_fsync)  # noqa: B010
        setattr(sqlite3, "connect", traced_connect)  # noqa: B010

    def _wrap_sqlite(self) -> None:
        vfs = unix_vfs()
        if vfs is None:
            return
        for name, (kind, is_write) in _CALLS.items():
            address = vfs.contents.get(vfs, name)
            if not address:
                continue
            call = kind(address)

            def stepwise(*arguments: Any, call: Any = call, is_write: bool = is_write) -> int:
                if is_write:
                    descriptor, content, size, *rest = arguments
                    start = lambda part: call(descriptor, content, part, *rest)  # noqa: E731
                    self._halved(start, size)
                else:
                    self.step()
                return int(call(*arguments))

            wrapped = kind(stepwise)
            # SQLite calls it as long as the process lives.
            self._kept.append((call, wrapped))
            vfs.contents.set(vfs, name, ctypes.cast(wrapped, ctypes.c_void_p))


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, whose system calls can be replaced, for tests (sqlite.org/c3ref/vfs.html)."""


_VFS = ctypes.POINTER(_Vfs)
_Vfs._fields_ = [
    ("version", ctypes.c_int),
    ("file_size", ctypes.c_int),
    ("longest_path", ctypes.c_int),
    ("next", ctypes.c_void_p),
    ("name", ctypes.c_char_p),
    ("data", ctypes.c_void_p),
    # xOpen, xDelete, xAccess, xFullPathname, xDlOpen, xDlError, xDlSym, xDlClose, xRandomness,
    # xSleep, xCurrentTime, xGetLastError, xCurrentTimeInt64
    ("methods", ctypes.c_void_p * 13),
    ("set", ctypes.CFUNCTYPE(ctypes.c_int, _VFS, ctypes.c_char_p, ctypes.c_void_p)),
    ("get", ctypes.CFUNCTYPE(ctypes.c_void_p, _VFS, ctypes.c_char_p)),
]
_INT, _SIZE = ctypes.c_int, ctypes.c_ssize_t
_CALLS = {
    b"write": (ctypes.CFUNCTYPE(_SIZE, _INT, ctypes.c_void_p, _SIZE), True),
    b"pwrite": (ctypes.CFUNCTYPE(_SIZE, _INT, ctypes.c_void_p, _SIZE, ctypes.c_int64), True),
    b"pwrite64": (ctypes.CFUNCTYPE(_SIZE, _INT, ctypes.c_void_p, _SIZE, ctypes.c_int64), True),
    b"ftruncate": (ctypes.CFUNCTYPE(_INT, _INT, ctypes.c_int64), False),
    b"unlink": (ctypes.CFUNCTYPE(_INT, ctypes.c_char_p), False),
}


def unix_vfs() -> Any:
    """Returns a pointer to SQLite's access to files; None where its library cannot be reached."""
    import _sqlite3

    try:
        find = ctypes.CDLL(getattr(_sqlite3, "__file__", None)).sqlite3_vfs_find
    except (OSError, AttributeError):
        return None
    find.restype = _VFS
    vfs = find(None)
    return vfs if vfs and vfs.contents.version >= 3 else None


def killed(work: Work, at: int) -> tuple[bool, list[str]]:
    """Works in a process of its own, which is killed before one of its steps.

    Returns:
      Whether the work came to its end, and what it reported.
    """
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        _work(work, at, write)
    os.close(write)
    with open(read, encoding="utf-8") as reports:
        reported = reports.read().splitlines()
    _, status = os.waitpid(pid, 0)
    assert status in (0, signal.SIGKILL), reported
    return status == 0, reported


def _work(work: Work, at: int, pipe: int) -> None:
    status = _FAILED
    write = os.write

    def report(text: str) -> None:
        write(pipe, f"{text}\n".encode())

    try:
        Steps(at)
        work(report)
        status = 0
    except BaseException:
        report(traceback.format_exc())
    finally:
        os._exit(status)


def killed_at_each_step(
    prepare: Callable[[], object], work: Work, check: Callable[[list[str]], object]
) -> int:
    """Kills work before its first step, then before its second one, and so on to its end.

    Args:
      prepare: called before each attempt.
      work: what is killed.
      check: called after each attempt, with what the work reported.

    Returns:
      The number of steps.
    """
    for at in range(1, _MOST):
        prepare()
        finished, reported = killed(work, at)
        check(reported)
        if finished:
            return at - 1
    raise AssertionError(f"more than {_MOST} steps")
