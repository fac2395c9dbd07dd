"""Sockets that give the value of a variable to processes of the same user."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.instruments.secret import folder, is_private, of_this_user, socket_path

_WAITING = 64  # connections
_TIMEOUT_S = 5.0


@contextlib.contextmanager
def offered(values: Mapping[str, str], parent: str) -> Iterator[dict[int, Offer]]:
    """Offers values until the end; yields the sockets by descriptor, which the caller serves.

    Args:
      values: by the name of a variable.
      parent: of the folder of the sockets.

    Raises:
      CodSpeedError: the sockets cannot be made, or somebody else offers a variable.
    """
    place = folder(parent)
    with contextlib.suppress(FileExistsError):
        os.mkdir(place, 0o700)
    if not is_private(place):
        raise CodSpeedError(
            f"secrets cannot be offered in {place}",
            got="something that others may enter, or that is not of this user",
            expected=f"a folder of user id {os.geteuid()} with mode 700",
            fix="remove it",
        )
    with contextlib.ExitStack() as held:
        with _alone(place):
            offers = [held.enter_context(Offer(name, values[name], parent)) for name in values]
        yield {one.fileno(): one for one in offers}


@contextlib.contextmanager
def _alone(place: str) -> Iterator[None]:
    """Keeps others from making sockets: one that is bound and not served yet looks left behind."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Offer:
    """One variable."""

    def __init__(self, name: str, value: str, parent: str) -> None:
        self._value = value.encode()
        self._path = socket_path(name, parent)
        _remove_left(name, self._path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(self._path)
            self._listener.listen(_WAITING)
        except OSError:
            self._listener.close()
            raise

    def __enter__(self) -> Offer:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        self._listener.close()

    def fileno(self) -> int:
        """The descriptor that becomes readable when somebody asks."""
        return self._listener.fileno()

    def serve(self) -> None:
        """Gives the value to one process, if that is of this user."""
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(_TIMEOUT_S)
                if of_this_user(connection):
                    connection.sendall(self._value)


def _remove_left(name: str, path: str) -> None:
    """Removes a socket that nobody serves; refuses one that somebody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(_TIMEOUT_S)
        try:
            client.connect(path)
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            os.unlink(path)
            return
    raise CodSpeedError(
        f"the variable {name} is offered already",
        got=f"a process that serves {path}",
        expected="one at a time: measurements could not tell values apart",
        fix="wait for the other with_secrets, or end it",
    )
