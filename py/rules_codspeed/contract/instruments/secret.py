"""Secrets on their way from a person's environment to a measurement, by the name of a variable.

What Bazel knows of an action ends in its key, its command line and its logs. So a secret does not
go through Bazel: `secrets/main.py` offers it on a socket while it runs a command, to processes of
the same user on the same machine, and the driver of a measurement asks there.
"""

from __future__ import annotations

import os
import socket
import stat
import struct

from rules_codspeed.contract.errors import CodSpeedError

LONGEST = 1 << 16  # bytes of a value
_TIMEOUT_S = 5.0
PARENT = "/var/tmp"
"""Of the folder of the sockets. Of /tmp, actions in Bazel's sandbox have one of their own."""


def folder(parent: str = PARENT) -> str:
    """Returns the folder of the sockets of this user, which may not be there."""
    return f"{parent}/rules_codspeed.{os.geteuid()}"


def socket_path(name: str, parent: str = PARENT) -> str:
    """Returns the path of the socket that offers a variable."""
    return f"{folder(parent)}/{name}"


def is_private(path: str) -> bool:
    """Returns whether a path is a folder of this user that nobody else may enter."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    own = found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return stat.S_ISDIR(found.st_mode) and own


def of_this_user(connection: socket.socket) -> bool:
    """Returns whether the process at the other end is of this user, or of root."""
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, user, _ = struct.unpack("3i", found)
    return user in (os.geteuid(), 0)


def read_secret(name: str, label: str, parent: str = PARENT) -> str:
    """Asks for the value of a variable.

    Args:
      name: of the variable.
      label: of the target that needs it.
      parent: of the folder of the sockets.

    Raises:
      CodSpeedError: nobody offers it.
    """
    try:
        if not is_private(folder(parent)):
            raise FileNotFoundError
        return _received(socket_path(name, parent))
    except (OSError, ValueError) as error:
        raise CodSpeedError(
            f"{label} needs the value of the variable {name}, which never goes through Bazel",
            got="nobody offers it on this machine"
            if isinstance(error, FileNotFoundError | ConnectionRefusedError)
            else f"it is offered, but cannot be read: {error}",
            expected=f"a command that runs with {name} of its environment",
            fix=f"set {name}, and put the command that measures behind the script of "
            f"@rules_codspeed//tools:with_secrets: with_secrets {name} -- bazel … "
            "(docs/databases.md states how to make it)",
        ) from error


def _received(path: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        connection.connect(path)
        if not of_this_user(connection):
            raise PermissionError(f"{path} is served by another user")
        content = b""
        while block := connection.recv(LONGEST):
            content += block
            if len(content) > LONGEST:
                raise ValueError(f"more than {LONGEST} bytes")
    return content.decode()
