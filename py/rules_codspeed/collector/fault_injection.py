"""ASGI middleware that makes requests fail as a fault plan says."""

from __future__ import annotations

import asyncio
import json

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rules_codspeed.collector.faults import (
    Action,
    Answer,
    Delay,
    FaultPlan,
    JsonField,
    Reset,
    SlowRead,
)
from rules_codspeed.collector.server.reset import RESET
from rules_codspeed.contract.errors import CodSpeedError

FAULTS_PATH = "/_faults"


class FaultInjection:
    """Wraps an application."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        try:
            action = self._take(scope)
        except CodSpeedError as error:
            await JSONResponse({"error": str(error)}, 500)(scope, receive, send)
            return
        match action:
            case None:
                await self._app(scope, receive, send)
            case Answer(status=status, body=body):
                answer = Response(body, status, media_type="application/json")
                await answer(scope, receive, send)
            case Delay(seconds=seconds):
                await asyncio.sleep(seconds)
                await self._app(scope, receive, send)
            case SlowRead(bytes_per_second=rate):
                await self._app(scope, _slowly(receive, rate), send)
            case Reset(after_bytes=count):
                limited = receive if count is None else _up_to(receive, count)
                await self._app(scope, limited, _nothing)
                scope["extensions"][RESET]()
                # uvicorn answers for an application that returns before the end is noticed.
                while (await receive())["type"] != "http.disconnect":
                    pass
            case JsonField(field=field, value=value):
                await self._app(scope, receive, _JsonPatch(send, field, value).send)

    def _take(self, scope: Scope) -> Action | None:
        if scope["type"] != "http" or scope["path"] == FAULTS_PATH:
            return None
        return self._plan.take(scope["method"], scope["path"])


def _slowly(receive: Receive, rate: int) -> Receive:
    async def slow_receive() -> Message:
        message = await receive()
        await asyncio.sleep(len(message.get("body", b"")) / rate)
        return message

    return slow_receive


def _up_to(receive: Receive, count: int) -> Receive:
    """Returns a receiver of fewer than `count` bytes of the body, then a lost connection."""
    left = count

    async def limited_receive() -> Message:
        nonlocal left
        message = await receive() if left else {}
        body = message.get("body", b"")
        if len(body) < left and message.get("more_body"):
            left -= len(body)
            return message
        left = 0
        return {"type": "http.disconnect"}

    return limited_receive


async def _nothing(message: Message) -> None:
    """Drops an answer."""


class _JsonPatch:
    """Sends an answer when it is complete, with one field set."""

    def __init__(self, send: Send, field: str, value: object) -> None:
        self._send = send
        self._field = field
        self._value = value
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            body = json.dumps({**json.loads(self._body), self._field: self._value}).encode()
            headers = [one for one in self._start["headers"] if one[0] != b"content-length"]
            headers.append((b"content-length", str(len(body)).encode()))
            await self._send({**self._start, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})
