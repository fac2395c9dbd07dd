"""Random numbers that are the same in every run: getrandom(2) answered from a fixed sequence.

Seeds of hash tables (every Rust `HashMap`) and names of temporary files come from
that call, and with them the number of instructions. A seccomp filter hands the call of
the program, and of all that it starts, to the driver; so static programs and
those that call the kernel themselves are covered too. Needs no privilege.

Interface: seccomp_unotify(2), <linux/seccomp.h>.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
from typing import NamedTuple

from rules_codspeed.measure.stage.service import Service


class _Machine(NamedTuple):
    """Numbers of a processor architecture: its own, and those of two system calls."""

    audit_arch: int
    seccomp: int
    getrandom: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, 318),
    "aarch64": _Machine(0xC00000B7, 277, 278),
}
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_NEW_LISTENER = 8
_SECCOMP_RET_ALLOW = 0x7FFF0000
_SECCOMP_RET_USER_NOTIF = 0x7FC00000
_SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1
_NOTIF_RECV = 0xC0502100
_NOTIF_SEND = 0xC0182101
_NOTIF_ID_VALID = 0x40082102
# struct seccomp_notif: id, pid, flags; seccomp_data: nr, arch, instruction pointer, arguments.
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_RESPONSE = struct.Struct("=QqiI")  # id, value, error, flags
_INSTRUCTION = struct.Struct("=HBBI")  # struct sock_filter: code, jt, jf, k
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _ARCH_AT = 0, 4  # offsets in struct seccomp_data

_BLOCK = 4096  # bytes after which a single answer repeats itself
_MASK = (1 << 64) - 1


def random_bytes(process: int, call: int, count: int) -> bytes:
    """Returns the answer to one call: splitmix64, <https://prng.di.unimi.it/splitmix64.c>.

    Args:
      process: ordinal of the process.
      call: ordinal of the call in the process.
      count: number of bytes.
    """
    state = (process << 32) + call
    words = []
    for _ in range((min(count, _BLOCK) + 7) // 8):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        words.append(word ^ (word >> 31))
    block = struct.pack(f"<{len(words)}Q", *words)
    return (block * (count // _BLOCK + 1))[:count]


class FixedRandomness(Service):
    """Answers the calls of one program and all that it starts.

    Made before the program's process is forked.

    Attributes:
      works: whether the kernel and the rights of the driver allow it; else the kernel answers.
    """

    def __init__(self) -> None:
        self.works = False
        self._here, self._there = socket.socketpair()
        self._listener = -1
        self._processes: dict[int, int] = {}  # ordinal by process id
        self._calls: dict[int, int] = {}  # so far, by process id

    def install(self) -> None:
        """Installs the filter in this process, the child, for good."""
        listener = _install_filter()
        if listener >= 0:
            socket.send_fds(self._there, [b"1"], [listener])
        else:
            self._there.send(b"0")

    def connect(self, pid: int) -> None:
        """Waits until the child has installed the filter, or has ended."""
        self._there.close()
        _, listeners, _, _ = socket.recv_fds(self._here, 1, 1)
        self._here.close()
        if listeners:
            self._listener = listeners[0]
            self.works = True

    def fileno(self) -> int:
        """Returns the file descriptor to wait for; negative if there is none."""
        return self._listener

    def close(self) -> None:
        """Stops answering: a process that is still there gets an error from the kernel."""
        for end in (self._here, self._there):
            end.close()
        if self._listener >= 0:
            os.close(self._listener)
            self._listener = -1

    def handle(self) -> None:
        """Answers one call."""
        received = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._listener, _NOTIF_RECV, received)
        except OSError:  # the process has just been killed, or interrupted
            return
        id_, thread, _, _, _, _, address, count, *_ = _NOTIFICATION.unpack(received)
        try:
            response = _RESPONSE.pack(id_, self._fill(id_, thread, address, count), 0, 0)
        except PermissionError:
            self.works = False
            response = _RESPONSE.pack(id_, 0, 0, _SECCOMP_USER_NOTIF_FLAG_CONTINUE)
        except OSError:
            response = _RESPONSE.pack(id_, 0, -errno.EFAULT, 0)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._listener, _NOTIF_SEND, bytearray(response))

    def _fill(self, id_: int, thread: int, address: int, count: int) -> int:
        """Writes random bytes into the memory of a process; returns their number.

        Raises:
          OSError: it has no such memory, or is gone; PermissionError if it is not allowed.
        """
        process = _process_of(thread)
        ordinal = self._processes.setdefault(process, len(self._processes))
        call = self._calls.get(process, 0)
        self._calls[process] = call + 1
        count = min(count, (1 << 25) - 1)  # as the kernel does
        memory = os.open(f"/proc/{thread}/mem", os.O_WRONLY | os.O_CLOEXEC)
        try:
            # Still the same thread, now that it is held.
            fcntl.ioctl(self._listener, _NOTIF_ID_VALID, struct.pack("=Q", id_))
            written = os.pwrite(memory, random_bytes(ordinal, call, count), address)
        finally:
            os.close(memory)
        if written < count:
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
        return written


def _process_of(thread: int) -> int:
    """Returns the process that a thread belongs to."""
    with open(f"/proc/{thread}/status", "rb") as file:
        for line in file:
            if line.startswith(b"Tgid:"):
                return int(line[5:])
    return thread


def _install_filter() -> int:
    """Returns the file descriptor of the filter's listener; negative if the kernel refuses."""
    machine = _MACHINES.get(os.uname().machine)
    if not machine:
        return -1
    program = b"".join(
        _INSTRUCTION.pack(*instruction)
        for instruction in [
            (_LOAD, 0, 0, _ARCH_AT),
            (_JUMP_IF_EQUAL, 0, 3, machine.audit_arch),
            (_LOAD, 0, 0, _NUMBER_AT),
            (_JUMP_IF_EQUAL, 0, 1, machine.getrandom),
            (_RETURN, 0, 0, _SECCOMP_RET_USER_NOTIF),
            (_RETURN, 0, 0, _SECCOMP_RET_ALLOW),
        ]
    )
    buffer = ctypes.create_string_buffer(program, len(program))
    length = len(program) // _INSTRUCTION.size
    # struct sock_fprog: the length, padding, the address.
    header = struct.pack("@HP", length, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        return -1
    arguments = (_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_NEW_LISTENER)
    return int(libc.syscall(machine.seccomp, *map(ctypes.c_ulong, arguments), header))
