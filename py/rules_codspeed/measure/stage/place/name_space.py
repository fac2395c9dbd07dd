"""Mounts that only this process and its children have.

They are in a mount name space, for which a process without privileges needs a user name space.
"""

from __future__ import annotations

import ctypes
import os

BIND, READ_ONLY = 0x1000, 1  # <linux/mount.h>
BIND_ALL = BIND | 0x4000
"""With all that is mounted below."""
_REMOUNT, _REC, _PRIVATE, _RELATIME = 0x20, 0x4000, 0x40000, 0x200000
_MNT_DETACH = 2
_CLONE_NEWNS, _CLONE_NEWUSER = 0x20000, 0x10000000  # <linux/sched.h>
# As asm/unistd.h of the architectures numbers it: the C library has no function.
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def enter_name_space() -> None:
    """Gives this process mounts of its own.

    Raises:
      OSError: the kernel refuses.
    """
    user, group = os.geteuid(), os.getegid()
    if _libc().unshare(_CLONE_NEWNS) == 0:
        pass
    elif _libc().unshare(_CLONE_NEWNS | _CLONE_NEWUSER) == 0:
        maps = [
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ]
        for name, text in maps:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    else:
        raise _failure()
    mount("none", "/", _REC | _PRIVATE)


def mount(source: str, target: str, flags: int) -> None:
    """Mounts a file or folder, as the system call of this name.

    Raises:
      OSError: the kernel refuses.
    """
    if _libc().mount(os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None):
        raise _failure()


def unmount(target: str) -> None:
    """Unmounts what is at a path as soon as nobody uses it; nothing if nothing is."""
    _libc().umount2(os.fsencode(target), _MNT_DETACH)


def change_root(folder: str) -> None:
    """Makes a folder at which something is mounted the root, and that read-only.

    The working directory is then the root.

    Raises:
      OSError: the kernel refuses.
    """
    os.chdir(folder)
    call = ctypes.c_long(_PIVOT_ROOT[os.uname().machine])
    # The old root is mounted over the new one, and goes from there.
    if _libc().syscall(call, b".", b"."):
        raise _failure()
    unmount(".")
    os.chdir("/")
    # In a user name space, what a mount of the machine forbids must stay forbidden.
    found = os.statvfs("/").f_flag
    kept = found & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME)
    kept |= _RELATIME if found & os.ST_RELATIME else 0
    mount("none", "/", _REMOUNT | BIND | READ_ONLY | kept)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _failure() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
