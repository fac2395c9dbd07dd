"""The fixed kernel: what a measured program sees of the machine is the same everywhere.

A seccomp filter hands calls of the program, and of all that it starts, to a thread of the
driver; so static programs and those that call the kernel themselves are covered too. Needs no
privilege. The thread runs the library that rules/kernel builds: its table lists the calls, and
why each is answered.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
import time
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import Clock
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.staging import STAGE, Layout
from rules_codspeed.measure.stage.threads import start_without_signals

ROOT = "root"
"""The part that is lost where a program may have got files of the machine, not of a pinned root."""
# Bit by bit as `enum part` of rules/kernel/kernel.h has them.
_PARTS = ("files", "folders", "machine", "users", "random numbers", "clock", ROOT)
# `enum option` of the same file.
_LOGICAL_CLOCK = 1
_PINNED_ROOT = 2
_GO_RUNTIME = 4
# CLOCK_REALTIME_COARSE, which stamps files: it is a few milliseconds late.
_CLOCK_OF_FILES = 5
# `struct start` of rules/kernel/started.c.
_START = struct.Struct("=iI")


class Started(NamedTuple):
    """A program that a process became, or was to become; not all of very long command lines.

    Attributes:
      process: its id.
      path: of the program, as it was given.
      arguments: the first is the program's name.
    """

    process: int
    path: str
    arguments: tuple[str, ...]


def parts(clock: Clock) -> tuple[str, ...]:
    """Returns the parts of the guarantee for programs that see this clock."""
    left_out = (ROOT,) if clock == "logical" else (ROOT, "clock")
    return tuple(part for part in _PARTS if part not in left_out)


class PinnedRoot(NamedTuple):
    """What programs get in place of the machine's libraries, programs and settings.

    Attributes:
      folder: of the root, an absolute path.
      program: that simulates them, the simulator's tool: an absolute path. Empty where programs
        run without it, and have the root mounted.
    """

    folder: str
    program: str = ""

    @property
    def handed_out(self) -> bool:
        """Whether the fixed kernel hands the root's files out."""
        return bool(self.program)


class KernelLibrary:
    """The library of the fixed kernel, loaded.

    Files that are modified after this belong to the measurement.

    Attributes:
      loaded: when, in seconds.
      parts: what it answers.
    """

    def __init__(self, path: str, clock: Clock = "machine") -> None:
        """Loads it.

        Args:
          path: of the library.
          clock: what programs see.

        Raises:
          CodSpeedError: this interpreter cannot load it.
        """
        self.loaded = int(time.clock_gettime(_CLOCK_OF_FILES))
        self.parts = parts(clock)
        self._logical = clock == "logical"
        try:
            self._library = ctypes.CDLL(os.path.abspath(path))
        except OSError as error:
            raise CodSpeedError(
                "the library of the fixed kernel cannot be loaded",
                got=str(error),
                expected="a C toolchain that builds for the machine and the libc of the Python "
                "that measures",
                fix="register such a C toolchain for the execution platform, or set "
                "fixed_kernel = False",
            ) from error
        number = ctypes.c_int
        self._library.fixed_kernel_install.argtypes = [number]
        text = ctypes.c_char_p
        serve = self._library.fixed_kernel_serve
        serve.argtypes = [number, number, ctypes.c_int64, number, text, text, text]
        self._library.fixed_kernel_serve.restype = ctypes.c_uint
        self._library.fixed_kernel_started.argtypes = [ctypes.POINTER(ctypes.c_size_t)]
        self._library.fixed_kernel_started.restype = ctypes.c_void_p

    def _options(self, root: PinnedRoot | None, is_go: bool) -> int:
        clock = _LOGICAL_CLOCK if self._logical or is_go else 0
        pinned = _PINNED_ROOT if root and root.handed_out else 0
        return clock | pinned | (_GO_RUNTIME if is_go else 0)

    def install(self, root: PinnedRoot | None, is_go: bool) -> int:
        """Installs the filter in this process for good; for the arguments see `FixedKernel`.

        Returns:
          The listener's file descriptor; a negative error number if the kernel refuses.
        """
        return int(self._library.fixed_kernel_install(self._options(root, is_go)))

    def serve(self, listener: int, stop: int, root: PinnedRoot | None, is_go: bool) -> int:
        """Answers calls until `stop` is closed at its other end, or no process is left.

        `root` and `is_go` are those of the filter.

        Returns:
          The parts that are lost, as bits.
        """
        runfiles = os.fsencode(Layout(STAGE).work)
        paths = [os.fsencode(path) or None for path in root or ("", "")]
        return int(
            self._library.fixed_kernel_serve(
                listener, stop, self.loaded, self._options(root, is_go), runfiles, *paths
            )
        )

    def started(self) -> list[Started]:
        """Returns what the program that was served last started, or tried to, in order."""
        size = ctypes.c_size_t()
        content = ctypes.string_at(self._library.fixed_kernel_started(size), size.value)
        found, at = [], 0
        while at < len(content):
            process, length = _START.unpack_from(content, at)
            at += _START.size
            path, *arguments = map(os.fsdecode, content[at : at + length].split(b"\0")[:-1])
            found.append(Started(process, path, tuple(arguments)))
            at += length
        return found


class FixedKernel(Service):
    """Answers the calls of one program and all that it starts.

    Attributes:
      lost: those parts that the machine's kernel had to answer; complete when closed.
      started: what the program and all that it started became; complete when closed.
    """

    def __init__(
        self, library: KernelLibrary, root: PinnedRoot | None = None, is_go: bool = False
    ) -> None:
        """Prepares; nothing is served yet.

        Args:
          library: that answers.
          root: what programs get in place of the machine's libraries.
          is_go: whether the program has Go's runtime; its clock is logical.
        """
        self.lost: tuple[str, ...] = ()
        self.started: list[Started] = []
        self._library = library
        self._root = root
        self._is_go = is_go
        self._here, self._there = socket.socketpair()
        self._stop, self._stopper = os.pipe2(os.O_CLOEXEC)
        self._thread: threading.Thread | None = None

    def kept(self) -> tuple[int, ...]:
        """Returns the socket that the listener leaves the child by."""
        return (self._there.fileno(),)

    def install(self) -> None:
        """Installs the filter in this process, the child."""
        if self._is_go:
            # A thread that wakes another goes on first; else how many threads there are is chance.
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        listener = self._library.install(self._root, self._is_go)
        if listener >= 0:
            socket.send_fds(self._there, [b"1"], [listener])
        else:
            self._there.send(b"0")

    def connect(self, pid: int) -> None:
        """Serves from the moment that the child has the filter: it needs answers to start."""
        del pid
        self._there.close()
        _, listeners, _, _ = socket.recv_fds(self._here, 1, 1)
        self._here.close()
        if listeners:
            self._start(*listeners)
        else:
            clock = () if not self._is_go or "clock" in self._library.parts else ("clock",)
            root = (ROOT,) if self._root and self._root.handed_out else ()
            self.lost = (*self._library.parts, *clock, *root)

    def _start(self, listener: int) -> None:
        self._thread = threading.Thread(target=self._serve, args=[listener], daemon=True)
        start_without_signals(self._thread)

    def _serve(self, listener: int) -> None:
        lost = self._library.serve(listener, self._stop, self._root, self._is_go)
        # A process that is still there gets an error from the kernel.
        os.close(listener)
        self.lost = tuple(part for bit, part in enumerate(_PARTS) if lost >> bit & 1)
        self.started = self._library.started()

    def close(self) -> None:
        """Stops answering."""
        os.close(self._stopper)
        if self._thread:
            self._thread.join()
        os.close(self._stop)
        for end in (self._here, self._there):
            end.close()
