"""How many connections are open at once: always fewer than the process may open files."""

from __future__ import annotations

import logging
import resource
from typing import Protocol

from rules_codspeed.contract.errors import CodSpeedError

_LOG = logging.getLogger(__name__)

_MOST = 1000
# Its socket, the archive that comes or goes, and the same archive while it is checked.
_FILES_EACH = 3
# Of the program itself, of the index, and of connections that are accepted and not counted yet.
# asyncio counts one three turns of its loop after it was accepted.
_RESERVED = 64
ACCEPTED_AT_ONCE = 8
"""Connections that are accepted in one turn of the loop."""


class Peer(Protocol):
    """What is open."""

    @property
    def waits(self) -> bool:
        """Whether nothing happens until the peer sends or takes something."""

    def drop(self) -> None:
        """Closes it at once."""


class OpenConnections:
    """The open connections, at most `limit`: one more closes that which was silent longest.

    So whoever holds many connections, and sends nothing, keeps nobody else away.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[Peer, None] = {}  # the one that was silent longest comes first

    def add(self, peer: Peer) -> None:
        """Adds one, which waits; closes another one, if there are too many."""
        self._open[peer] = None
        if len(self._open) > self._limit:
            silent = next(one for one in self._open if one.waits)
            self.remove(silent)
            silent.drop()
            _LOG.warning(
                "more than %d connections: those that were silent for longest are closed",
                self._limit,
            )

    def touch(self, peer: Peer) -> None:
        """Records that a peer sent or took something."""
        if peer in self._open:
            del self._open[peer]
            self._open[peer] = None

    def remove(self, peer: Peer) -> None:
        """Removes one that is closed."""
        self._open.pop(peer, None)


def connection_limit(open_files: int | None = None) -> int:
    """Returns how many connections may be open at once.

    Args:
      open_files: how many files the process may open; None asks the kernel (`ulimit -n`).

    Raises:
      CodSpeedError: the process may open too few.
    """
    if open_files is None:
        open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if open_files == resource.RLIM_INFINITY:
        return _MOST
    limit = min(_MOST, (open_files - _RESERVED) // _FILES_EACH)
    if limit < 1:
        raise CodSpeedError(
            "the collector may open too few files",
            got=f"a limit of {open_files}",
            expected=f"at least {_RESERVED + _FILES_EACH}",
            fix="raise it with 'ulimit -n 1024'",
        )
    return limit
