"""Runs a command while the tracer runs: a process of its own, around the measured program.

The driver kills all that this starts whenever it ends the program, so no tracer is left, whatever
happens. Source of what the tracer is told: `src/instruments/mongo_tracer.rs` of CodSpeed's runner.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

_READY_S = 30.0
_STOP_S = 30.0
_LARGEST = 64 << 20  # bytes of what the tracer answers


class _TracerError(Exception):
    """The tracer does not do what it should; `main` catches it, and the driver reads why."""


class _Options(NamedTuple):
    """What MongoInstrument passes as JSON.

    Attributes:
      tracer: its program.
      control: port of its own server.
      proxy: port that programs connect to.
      destination: host and port of MongoDB; empty where the program names it.
      output: file for what it found; others beside it have its log, and what went wrong.
    """

    tracer: str
    control: int
    proxy: int
    destination: str
    output: str


def main(arguments: list[str]) -> int:
    """Runs a command; returns its exit status.

    Args:
      arguments: `_Options` as a JSON list, and the command.
    """
    options = _Options(*json.loads(arguments[0]))
    try:
        with _started(options) as tracer:
            _await_ready(tracer, (options.control, options.proxy))
            status = subprocess.call(arguments[1:])
            content = _terminate(options.control)
        with open(options.output, "wb") as file:
            file.write(content)
    except (_TracerError, OSError, http.client.HTTPException) as error:
        with open(f"{options.output}.error", "w", encoding="utf-8") as file:
            file.write(str(error) or type(error).__name__)
        return 1
    if status < 0:
        # As the command ended. No process may choose what SIGKILL does.
        with contextlib.suppress(OSError):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


@contextlib.contextmanager
def _started(options: _Options) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the tracer; ends it in every case."""
    with open(f"{options.output}.log", "wb") as log:
        tracer = subprocess.Popen(
            [options.tracer], env=_variables(options), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield tracer
    finally:
        tracer.kill()
        tracer.wait()


def _variables(options: _Options) -> dict[str, str]:
    variables = {
        "PATH": "/usr/bin:/bin",
        "RUST_LOG": "debug",
        "CODSPEED_MONGO_INSTR_SERVER_ADDRESS": f"0.0.0.0:{options.control}",
        "CODSPEED_MONGO_PROXY_HOST_PORT": f"127.0.0.1:{options.proxy}",
    }
    if options.destination:
        variables["CODSPEED_MONGO_DEST_HOST_PORT"] = options.destination
    return variables


def _await_ready(tracer: subprocess.Popen[bytes], ports: tuple[int, int]) -> None:
    end = time.monotonic() + _READY_S
    for port in ports:
        while not _listens(port):
            if tracer.poll() is not None:
                raise _TracerError(f"it ended with {tracer.returncode} before it was ready")
            if time.monotonic() > end:
                raise _TracerError(f"it does not listen at port {port} after {_READY_S:g} s")
            time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        with contextlib.suppress(OSError):
            client.connect(("127.0.0.1", port))
            return True
    return False


def _terminate(port: int) -> bytes:
    """Has the tracer stop; returns its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_STOP_S)
    try:
        connection.request("POST", "/terminate")
        answer = connection.getresponse()
        content = answer.read(_LARGEST + 1)
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise _TracerError(f"it answered {answer.status} to /terminate")
    if len(content) > _LARGEST:
        raise _TracerError(f"it answered more than {_LARGEST} bytes")
    return content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
