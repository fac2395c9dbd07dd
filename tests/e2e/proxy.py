"""A proxy on loopback that may change what it forwards: the only way out for a program."""

from __future__ import annotations

import array
import http.server
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

# In a network namespace of its own: turns loopback on, listens there, hands the socket over, and
# becomes the program.
_WITHIN = """
import array, fcntl, os, socket, struct, sys
handed = socket.socket(fileno=int(sys.argv[1]))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
listening = socket.create_server(("127.0.0.1", 3128))
number = array.array("i", [listening.fileno()])
handed.sendmsg([b"-"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, number)])
handed.close()
listening.close()
os.execvp(sys.argv[2], sys.argv[2:])
"""
ADDRESS = "http://127.0.0.1:3128"

# Changes the body of an answer to a request for a package: by its file's name, the first byte that
# is wanted, and the body.
Change = Callable[[str, int, bytes], bytes]


class Proxy:
    """Forwards plain requests, and refuses CONNECT.

    Attributes:
      connects: hosts of the refused CONNECT requests.
    """

    def __init__(self, change: Change) -> None:
        self.connects: list[str] = []
        self.change = change

    def run(self, *command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs a command that reaches this proxy and nothing else. Needs root."""
        ours, theirs = socket.socketpair()
        within = ["unshare", "--net", sys.executable, "-c", _WITHIN, str(theirs.fileno()), *command]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            within, env=env, stdout=pipe, stderr=pipe, text=True, pass_fds=[theirs.fileno()]
        ) as process:
            theirs.close()
            with ours, _Server(self, _received(ours)) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                printed, said = process.communicate(timeout=600)
                server.shutdown()
        return subprocess.CompletedProcess(command, process.returncode, printed, said)


def _received(channel: socket.socket) -> socket.socket:
    number = array.array("i", [0])
    _, [(_, _, data)], _, _ = channel.recvmsg(1, socket.CMSG_LEN(number.itemsize))
    number.frombytes(data)
    return socket.socket(fileno=number[1])


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy, listening: socket.socket) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.proxy = proxy


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Forwards the request over the machine's own network."""
        start = 0
        headers = {name: value for name, value in self.headers.items() if name not in _HOP_BY_HOP}
        file = self.path.rpartition("/")[2]
        if file.endswith(".deb"):
            # Not every mirror answers a request for a range with one.
            start = int(headers.pop("Range", "bytes=0-")[len("bytes=") :].split("-")[0])
            headers.pop("If-Range", None)
        request = urllib.request.Request(self.path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, headers, body = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, headers, body = error.code, dict(error.headers), error.read()
        if start:
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            body = body[start:]
        length = len(body)
        if file.endswith(".deb"):
            body = self.server.proxy.change(file, start, body)
        self.send_response(status)
        for name, value in headers.items():
            if name not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = len(body) != length

    def do_CONNECT(self) -> None:
        """Refuses."""
        self.server.proxy.connects.append(self.path)
        self.send_error(HTTPStatus.FORBIDDEN)

    def log_message(self, *_: Any) -> None:
        """Prints nothing."""


_HOP_BY_HOP = {"Connection", "Content-Length", "Host", "Proxy-Connection", "Transfer-Encoding"}
