"""The command of the collector, `bazel run //tools:collector -- --data DIR [options]`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from starlette.types import ASGIApp

from rules_codspeed.collector.app import Collector
from rules_codspeed.collector.durable import write_durably
from rules_codspeed.collector.fault_injection import FaultInjection
from rules_codspeed.collector.faults import FaultPlan
from rules_codspeed.collector.headers import Credentials
from rules_codspeed.collector.pages.reports import Reports
from rules_codspeed.collector.server.connection import Patience
from rules_codspeed.collector.server.connection_limit import connection_limit
from rules_codspeed.collector.server.http_server import HttpServer
from rules_codspeed.collector.server.log_limit import LogLimit
from rules_codspeed.collector.signature import Signer
from rules_codspeed.collector.store import Store, open_store
from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.printing import print_text

_LOG = logging.getLogger(__name__)

_DEFAULT_MAX_ARCHIVE = 4 << 30


def _path(text: str) -> Path:
    """Returns an absolute path: relative ones start where the user is, not the program."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), text).absolute()


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = CommandParser(prog="bazel run //tools:collector --", description=__doc__)
    option = parser.add_argument
    option("--data", type=_path, required=True, metavar="DIR", help="folder for received runs")
    option("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    option("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    option(
        "--public-url", metavar="URL", help="URL by which clients reach it, if not by host and port"
    )
    option(
        "--token-file",
        type=_path,
        metavar="FILE",
        help="file with the token that clients must send",
    )
    option(
        "--read-token-file",
        type=_path,
        metavar="FILE",
        help="file with a token that reads, and sends nothing; browsers send it as the password",
    )
    option(
        "--max-archive-bytes",
        type=int,
        default=_DEFAULT_MAX_ARCHIVE,
        metavar="N",
        help="size of the largest archive (%(default)s)",
    )
    option("--port-file", type=_path, metavar="FILE", help="file to write the port into")
    option(
        "--faults",
        type=_path,
        metavar="FILE",
        help="for tests: JSON file that lists which requests fail",
    )
    option("--allow-faults", action="store_true", help="for tests: let POST /_faults set them")
    return parser.parse_args(arguments)


def _listen(host: str, port: int) -> socket.socket:
    try:
        # Without the port: it would be taken modulo 65536.
        (family, *_), *_ = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        listener = socket.create_server((host, port), family=family)
        # Connections inherit it. asyncio sets it only where the listener's protocol is given.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, OverflowError) as error:
        raise CodSpeedError(
            f"cannot listen on {host}, port {port}",
            got=error,
            expected="an address of this machine and a free port",
            fix="choose another --host or --port",
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _token(file: Path | None, option: str) -> str | None:
    if not file:
        return None
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        # The text of a decoding error shows bytes of the file.
        got = error.strerror if isinstance(error, OSError) else "text that is not ASCII"
    else:
        if token and " " not in token:
            return token
        got = "no token, or more than one"
    raise CodSpeedError(
        f"no token in {file}",
        got=got,
        expected="a file with the token alone",
        fix=f"write it there, or leave out {option}",
    )


def _write_port(file: Path, listener: socket.socket) -> None:
    try:
        write_durably(file, f"{listener.getsockname()[1]}\n".encode())
    except OSError as error:
        raise CodSpeedError(
            "cannot write the port",
            got=error,
            expected="a writable folder",
            fix="choose another --port-file",
        ) from error


def _app(options: argparse.Namespace, store: Store, url: str) -> ASGIApp:
    collector = Collector(
        store,
        Signer(store.key()),
        Credentials(
            _token(options.token_file, "--token-file"),
            _token(options.read_token_file, "--read-token-file"),
        ),
        (options.public_url or url).rstrip("/"),
        options.max_archive_bytes,
        Reports(store, options.data / "reports"),
    )
    if not options.faults and not options.allow_faults:
        return collector.app()
    plan = FaultPlan(options.faults)
    return FaultInjection(collector.app(plan if options.allow_faults else None), plan)


def _run(arguments: list[str] | None) -> None:
    options = _parse(arguments)
    limit = connection_limit()
    with open_store(options.data) as store, _listen(options.host, options.port) as listener:
        server = HttpServer(_app(options, store, _url(listener)), limit, Patience())
        if options.port_file:
            _write_port(options.port_file, listener)
        print_text(f"Collector listens on {_url(listener)}, data in {options.data}")
        _LOG.info("at most %d connections are open at once", limit)
        server.run(sockets=[listener])


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    handler = logging.StreamHandler()
    handler.addFilter(LogLimit())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=[handler])
    # uvicorn has its own handlers while it serves, and raises the signal again at its end.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    return run_entry(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(main())
