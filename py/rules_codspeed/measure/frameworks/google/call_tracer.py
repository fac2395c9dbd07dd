"""Runs a program and writes which texts it passed to some of its functions, as a debugger does.

Usage: call_tracer.py OUTPUT CALLS PROGRAM ARGUMENT...

CALLS is JSON: `relocated`, and `calls`, each with `address`, `form` of the text that is the second
parameter, and `kind`, which is written beside it. OUTPUT gets a list of kind and text, in order.

Executed by the driver's interpreter, which is not traced itself: a program's own threads are, but
not the processes that it starts. It ends as the program ends. Interface: ptrace(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import signal
import struct
import sys
from typing import Any

# Exit status where the kernel does not let one process trace another.
FORBIDDEN = 125

_TRACEME, _CONT, _STEP, _DETACH = 0, 7, 9, 17
_SET_OPTIONS, _EVENT_MESSAGE, _GET_REGISTERS, _SET_REGISTERS = 0x4200, 0x4201, 0x4204, 0x4205
_FORK, _VFORK, _CLONE, _EXEC = 1, 2, 3, 4
_EXIT_KILL = 1 << 20
_OPTIONS = 1 << _FORK | 1 << _VFORK | 1 << _CLONE | 1 << _EXEC | _EXIT_KILL
_GENERAL = 1  # NT_PRSTATUS
_WALL = 0x40000000
_MOST = 10_000  # calls
_LONGEST = 2000  # bytes of a text


class _Processor:
    """Registers and the breakpoint of a processor: by their numbers in its `user_regs_struct`."""

    def __init__(self, count: int, pc: int, parameter: int, trap: bytes, past: int) -> None:
        self.count, self.pc, self.parameter = count, pc, parameter
        self.trap, self.past = trap, past


_PROCESSORS = {
    "x86_64": _Processor(27, 16, 13, b"\xcc", 1),
    "aarch64": _Processor(34, 32, 1, b"\x00\x00\x20\xd4", 0),
}


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def _ptrace(request: int, pid: int, address: int = 0, data: Any = None) -> None:
    function = ctypes.CDLL(None, use_errno=True).ptrace
    function.restype = ctypes.c_long
    if function(request, pid, ctypes.c_void_p(address), data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class _Tracer:
    def __init__(self, pid: int, calls: dict[str, Any]) -> None:
        self.found: list[tuple[str, str]] = []
        self._pid = pid
        self._cpu = _PROCESSORS[platform.machine()]
        self._memory = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)
        base = self._base() if calls["relocated"] else 0
        self._calls = {base + one["address"]: one for one in calls["calls"]}
        self._code = {at: os.pread(self._memory, len(self._cpu.trap), at) for at in self._calls}
        for at in self._calls:
            os.pwrite(self._memory, self._cpu.trap, at)

    def _base(self) -> int:
        """Returns where the program is; its file has it at 0."""
        # By its path: the fixed kernel answers what concerns inodes.
        own = os.readlink(f"/proc/{self._pid}/exe")
        with open(f"/proc/{self._pid}/maps", encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                place, _, offset, _, _, *path = line.rstrip("\n").split(maxsplit=5)
                if path == [own] and int(offset, 16) == 0:
                    return int(place.partition("-")[0], 16)
        raise OSError("the program is not mapped")

    def stopped(self, pid: int, status: int) -> None:
        """Handles one stop of a thread, and lets it go on."""
        number, event = os.WSTOPSIG(status), status >> 16
        if event in (_FORK, _VFORK):
            self._let_go(pid, shares_code=event == _VFORK)
        elif event == _EXEC:
            self._code.clear()
        elif number == signal.SIGTRAP and not event and self._called(pid):
            return
        passed = number if not event and number not in (signal.SIGTRAP, signal.SIGSTOP) else 0
        _ptrace(_CONT, pid, data=ctypes.c_long(passed))

    def _let_go(self, parent: int, shares_code: bool) -> None:
        """Gives a new process its code back, unless it shares its parent's; stops tracing it."""
        message = ctypes.c_ulong()
        _ptrace(_EVENT_MESSAGE, parent, data=ctypes.byref(message))
        child = message.value
        os.waitpid(child, _WALL)
        if not shares_code:
            memory = os.open(f"/proc/{child}/mem", os.O_RDWR | os.O_CLOEXEC)
            for at, code in self._code.items():
                os.pwrite(memory, code, at)
            os.close(memory)
        _ptrace(_DETACH, child)

    def _called(self, pid: int) -> bool:
        """Notes a call if a thread is at one, and executes the instruction that stood there."""
        registers = self._registers(pid)
        at = registers[self._cpu.pc] - self._cpu.past
        if at not in self._code:
            return False
        call = self._calls[at]
        if len(self.found) < _MOST:
            text = self._text(call["form"], registers[self._cpu.parameter])
            self.found.append((call["kind"], text))
        registers[self._cpu.pc] = at
        self._set_registers(pid, registers)
        os.pwrite(self._memory, self._code[at], at)
        _ptrace(_STEP, pid)
        _, status = os.waitpid(pid, _WALL)
        if os.WIFSTOPPED(status):
            os.pwrite(self._memory, self._cpu.trap, at)
            _ptrace(_CONT, pid)
        return True

    def _registers(self, pid: int) -> list[int]:
        values = (ctypes.c_uint64 * self._cpu.count)()
        vector = _Vector(ctypes.addressof(values), ctypes.sizeof(values))
        _ptrace(_GET_REGISTERS, pid, _GENERAL, ctypes.byref(vector))
        return list(values)

    def _set_registers(self, pid: int, registers: list[int]) -> None:
        values = (ctypes.c_uint64 * self._cpu.count)(*registers)
        vector = _Vector(ctypes.addressof(values), ctypes.sizeof(values))
        _ptrace(_SET_REGISTERS, pid, _GENERAL, ctypes.byref(vector))

    def _text(self, form: str, at: int) -> str:
        try:
            return self._bytes(form, at).decode("utf-8", "backslashreplace")
        except (OSError, OverflowError, struct.error):
            return ""

    def _bytes(self, form: str, at: int) -> bytes:
        if form == "char":
            return os.pread(self._memory, _LONGEST, at).partition(b"\0")[0]
        head = os.pread(self._memory, 24, at)
        if form == "libc++" and not head[0] & 1:
            return head[1 : 1 + (head[0] >> 1)]
        # libstdc++ has pointer and length first, libc++ capacity, length and pointer.
        at, size = struct.unpack("<QQ", head[:16])
        if form == "libc++":
            size, at = struct.unpack("<QQ", head[8:])
        return os.pread(self._memory, min(size, _LONGEST), at)


def _traced(calls: dict[str, Any], command: list[str]) -> tuple[int, list[tuple[str, str]]]:
    """Runs a program; returns its raw status, and what was found."""
    pid = os.fork()
    if pid == 0:
        try:
            _ptrace(_TRACEME, 0)
            os.execv(command[0], command)
        except OSError:
            os._exit(FORBIDDEN)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        return status, []
    _ptrace(_SET_OPTIONS, pid, data=ctypes.c_long(_OPTIONS))
    tracer = _Tracer(pid, calls)
    _ptrace(_CONT, pid)
    while True:
        stopped, status = os.waitpid(-1, _WALL)
        if os.WIFSTOPPED(status):
            try:
                tracer.stopped(stopped, status)
            except ProcessLookupError:  # killed meanwhile
                continue
        elif stopped == pid:
            return status, tracer.found


def main(arguments: list[str]) -> int:
    """Runs the command line; returns the exit status of the program."""
    output, calls, *command = arguments
    try:
        status, found = _traced(json.loads(calls), command)
    except (OSError, KeyError) as error:
        print(f"it cannot be traced: {error}")
        return FORBIDDEN
    with open(output, "w", encoding="utf-8") as file:
        json.dump(found, file)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
