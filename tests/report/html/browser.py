"""Drives a headless Chromium by its DevTools protocol over two pipes; standard library only."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PATIENCE = 60.0  # seconds for one answer: on a busy machine the start takes long
_ABOVE = 10  # the pipes must not be where the browser wants them already


def find_browser() -> str | None:
    """Returns the path of a Chromium, if there is one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class BrowserError(Exception):
    """The browser does not answer, or a script in it failed."""


class Page:
    """A page of a running browser.

    Attributes:
      console: what scripts and policies wrote to the console.
      requests: addresses that were asked for.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self.console: list[str] = []
        self.requests: list[str] = []
        self._reading, self._writing = reading, writing
        self._buffer = b""
        self._number = 0
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        # What a page took is counted from its start only if it is counted before.
        self.call("Performance.enable", timeDomain="threadTicks")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Calls a method of the protocol and returns its result."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _PATIENCE
        while True:
            answer = self._receive(until)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _receive(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._reading], [], [], left)[0]:
                raise BrowserError("no answer in time")
            data = os.read(self._reading, 1 << 20)
            if not data:
                raise BrowserError("the browser ended")
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(one.get("value")) for one in parameters["args"]))
        elif method == "Log.entryAdded":
            self.console.append(parameters["entry"]["text"])

    def open(self, file: Path, fragment: str = "") -> None:
        """Opens a report from the disk, and waits until it is shown."""
        self.call("Page.navigate", url=f"{file.as_uri()}{fragment}")
        self.wait(f"document.body?.dataset.ready === {json.dumps(fragment)}")

    def follow(self, fragment: str) -> None:
        """Goes to another page of the report."""
        self.run(f"location.hash = {json.dumps(fragment)}")
        self.wait(f"document.body.dataset.ready === {json.dumps(fragment)}")

    def run(self, script: str) -> Any:
        """Returns the value of an expression."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Waits until an expression is true."""
        until = time.monotonic() + _PATIENCE
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > until:
                raise BrowserError(f"never true: {condition}; console: {self.console}")
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Presses keys, as a user with a keyboard does."""
        for key in keys:
            text = {"Enter": "\r", " ": " ", "/": "/"}.get(key)
            code = {"Enter": 13, "Tab": 9, "Escape": 27}.get(key, 0)
            down: dict[str, object] = {"key": key, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text or "", **down)
            self.call("Input.dispatchKeyEvent", type="keyUp", **down)

    def thread_seconds(self) -> float:
        """Returns the processor time of the thread that shows the page, since it was opened."""
        found = self.call("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in found if one["name"] == "ThreadTime")

    def screenshot(self, file: Path) -> None:
        """Writes a screenshot as PNG."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(data))

    def resize(self, width: int, height: int) -> None:
        """Sets the size of the window, in pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def prefer(self, scheme: str, media: str = "screen") -> None:
        """Sets the colour scheme, `light` or `dark`, and the medium, `screen` or `print`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)


@contextlib.contextmanager
def open_browser(program: str, profile: Path) -> Iterator[Page]:
    """Yields a page of a browser that uses an empty folder for its state and has no network."""
    command = [
        program,
        "--headless=new",
        "--remote-debugging-pipe",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--hide-scrollbars",
        "--proxy-server=127.0.0.1:9",
        f"--user-data-dir={profile}",
    ]
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()
    inner = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for one in (from_us, to_us)]
    nowhere = os.open(os.devnull, os.O_RDWR)
    actions = [
        *((os.POSIX_SPAWN_DUP2, nowhere, stream) for stream in (0, 1, 2)),
        (os.POSIX_SPAWN_DUP2, inner[0], 3),
        (os.POSIX_SPAWN_DUP2, inner[1], 4),
    ]
    environment = {**os.environ, "HOME": str(profile), "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
    process = os.posix_spawn(program, command, environment, file_actions=actions, setpgroup=0)
    for one in (from_us, to_us, nowhere, *inner):
        os.close(one)
    try:
        yield Page(from_browser, to_browser)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(from_browser)
        os.close(to_browser)
