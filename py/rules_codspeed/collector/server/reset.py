"""An ASGI extension of uvicorn: resets the connection of a request."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# Key among the scope's `extensions`; the value resets the connection when it is called.
RESET = "rules_codspeed.reset"

_LINGER_NOT = struct.pack("ii", 1, 0)


class ResettableProtocol(H11Protocol):
    """HTTP/1.1 whose requests can reset their connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to serve a connection."""
        super().connection_made(transport)
        self.app: Any = _with_reset(self.app, transport)


def _with_reset(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    def reset() -> None:
        # The peer gets RST rather than FIN, and what was not sent is dropped.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()

    async def app_with_reset(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), RESET: reset}
        await app({**scope, "extensions": extensions}, receive, send)

    return app_with_reset
