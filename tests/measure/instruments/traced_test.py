"""What `traced` leaves where the program or the tracer ends badly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.measure.instruments.mongodb import traced
from rules_codspeed.measure.instruments.mongodb.instrument import _free_ports

_READY = """#!/usr/bin/env python3
import http.server, os, threading

class Control(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

def server(name):
    host, _, port = os.environ[name].rpartition(":")
    return http.server.HTTPServer((host, int(port)), Control)

proxy = server("CODSPEED_MONGO_PROXY_HOST_PORT")
server("CODSPEED_MONGO_INSTR_SERVER_ADDRESS").serve_forever()
"""


def _run(folder: Path, content: str, *command: str) -> subprocess.CompletedProcess[str]:
    tracer = folder / "tracer"
    tracer.write_text(content)
    tracer.chmod(0o755)
    control, proxy = _free_ports()
    options = json.dumps([str(tracer), control, proxy, "", str(folder / "mongo.json")])
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(traced.__file__), options, *command],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_by_the_signal_of_the_program(tmp_path: Path, number: signal.Signals) -> None:
    ended = _run(tmp_path, _READY, "sh", "-c", f"kill -{int(number)} $$")
    assert (ended.returncode, ended.stderr) == (-number, "")
    assert (tmp_path / "mongo.json").read_text() == "{}"


def test_a_tracer_that_cannot_be_started(tmp_path: Path) -> None:
    ended = _run(tmp_path, "no program", "true")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "Exec format error" in (tmp_path / "mongo.json.error").read_text()
