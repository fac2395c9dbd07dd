#!/usr/bin/env python3
"""Speaks the tracer's side: CodSpeed's is closed. A proxy that counts messages of MongoDB.

It is told what CodSpeed's runner tells it, by variables. The name of the destination decides how
it behaves badly.
"""

from __future__ import annotations

import http.server
import json
import os
import socket
import struct
import sys
import threading
import time

_OP_MSG = 2013
found: list[int] = []


def pump(source: socket.socket, target: socket.socket, counted: bool) -> None:
    """Copies bytes; counts the messages among them."""
    held = b""
    while data := source.recv(1 << 16):
        target.sendall(data)
        held += data
        while counted and len(held) >= 16:
            length, _, _, code = struct.unpack_from("<iiii", held)
            if len(held) < length:
                break
            found.append(code)
            held = held[length:]
    target.shutdown(socket.SHUT_WR)


def serve(listener: socket.socket, destination: tuple[str, int]) -> None:
    """Connects each client to the server."""
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(destination)
        for one in ((client, server, True), (server, client, False)):
            threading.Thread(target=pump, args=one, daemon=True).start()


class Control(http.server.BaseHTTPRequestHandler):
    """Answers /terminate."""

    def do_POST(self) -> None:
        content = json.dumps({"messages": found, "path": self.path}).encode()
        self.send_response(500 if behaviour == "refuses" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def place(name: str) -> tuple[str, int]:
    host, _, port = os.environ[name].rpartition(":")
    return host, int(port)


behaviour = os.environ.get("CODSPEED_MONGO_DEST_HOST_PORT", "").rpartition(":")[0]
print("log level", os.environ["RUST_LOG"], flush=True)
if behaviour == "ends":
    sys.exit("no tracer today")
if behaviour == "slow":
    time.sleep(2)
proxy = socket.create_server(place("CODSPEED_MONGO_PROXY_HOST_PORT"))
if behaviour not in ("slow", "refuses"):
    destination = place("CODSPEED_MONGO_DEST_HOST_PORT")
    threading.Thread(target=serve, args=(proxy, destination), daemon=True).start()
http.server.HTTPServer(place("CODSPEED_MONGO_INSTR_SERVER_ADDRESS"), Control).serve_forever()
