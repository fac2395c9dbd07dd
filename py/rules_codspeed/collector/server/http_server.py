"""The server: uvicorn with limits that no client can get around."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from rules_codspeed.collector.server.connection import Connection, Patience
from rules_codspeed.collector.server.connection_limit import ACCEPTED_AT_ONCE, OpenConnections

_SECONDS_TO_FINISH = 5  # for requests in progress when the collector is asked to end
_QUEUE = 128  # connections that the kernel keeps until they are accepted


class HttpServer(uvicorn.Server):
    """Serves an application on sockets that listen."""

    def __init__(self, app: ASGIApp, limit: int, patience: Patience) -> None:
        """Makes a server; `run` serves.

        Args:
          app: the application.
          limit: connections that are open at once.
          patience: with each.
        """
        protocol = partial(Connection, OpenConnections(limit), patience)
        super().__init__(
            uvicorn.Config(
                app,
                http=cast(type[asyncio.Protocol], protocol),
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                backlog=ACCEPTED_AT_ONCE,
                timeout_graceful_shutdown=_SECONDS_TO_FINISH,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to serve."""
        await super().startup(sockets)
        for listener in sockets or []:
            # asyncio takes one number for the kernel's queue and for what it accepts in a turn.
            listener.listen(_QUEUE)
