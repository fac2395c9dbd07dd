from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules_codspeed.collector.serve import main
from tests.collector.server import command, environment, serve
from tests.collector.uploads import simulation

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_SHAPE = re.compile(r"rules_codspeed: .+\. Got: .+\. Expected: .+\. Fix: .+\.")


@pytest.fixture
def error(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """Runs the command in this process, which must fail; returns its message."""

    def run(*arguments: str | Path) -> str:
        assert main([str(argument) for argument in arguments]) == 1
        said, message = capsys.readouterr()
        assert said == ""
        assert _SHAPE.fullmatch(message.strip()), message
        return message

    handlers = [(number, signal.getsignal(number)) for number in _SIGNALS]
    yield run
    for number, handler in handlers:
        signal.signal(number, handler)


def test_logs_where_it_listens(tmp_path: Path) -> None:
    port_file, data = tmp_path / "port", tmp_path / "deep" / "data"
    with serve(data, "--port-file", port_file) as server:
        port = port_file.read_text().strip()
        assert server.line == f"Collector listens on http://127.0.0.1:{port}, data in {data}\n"
        assert server.client.get("/healthz").status_code == 200
    assert sorted(os.listdir(tmp_path)) == ["deep", "port"]


@pytest.mark.parametrize("number", _SIGNALS)
def test_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    with log.open("w") as errors, serve(tmp_path / "data", errors=errors) as server:
        upload = simulation({"1.out": b"content"})
        assert upload.put(server.client).status_code == 200
        assert server.stop(number) == 0
    assert "Traceback" not in log.read_text()
    # Everything is in the index itself.
    assert not (tmp_path / "data" / "index.sqlite-wal").exists()


def test_ends_cleanly_as_soon_as_it_listens(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as server:
        assert server.stop() == 0


def test_a_second_collector_is_refused(tmp_path: Path, error: Callable[..., str]) -> None:
    with serve(tmp_path / "data") as server:
        run = subprocess.run(
            command("--data", tmp_path / "data"),
            env=environment(),
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
        assert "another collector" in run.stderr
        assert error("--data", tmp_path / "data") == run.stderr
        assert server.client.get("/healthz").status_code == 200
        server.kill()
    with serve(tmp_path / "data") as server:
        assert server.client.get("/healthz").status_code == 200


def test_a_port_in_use_is_reported(tmp_path: Path, error: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"port {port}" in error("--data", tmp_path / "data", "--port", port)
    assert "port 99999" in error("--data", tmp_path / "data", "--port", "99999")


def test_folders_and_files_that_cannot_be_used_are_reported(
    tmp_path: Path, error: Callable[..., str]
) -> None:
    file, data = tmp_path / "file", tmp_path / "data"
    file.write_text("two tokens")
    assert "cannot serve" in error("--data", file / "data")
    assert "no token" in error("--data", data, "--token-file", tmp_path / "none")
    said = error("--data", data, "--token-file", file)
    assert "two tokens" not in said
    assert "cannot write the port" in error("--data", data, "--port-file", file / "port")
    assert "no faults" in error("--data", data, "--faults", file)


def test_an_index_of_another_kind_is_reported(tmp_path: Path, error: Callable[..., str]) -> None:
    tmp_path.joinpath("index.sqlite").write_bytes(b"no database" * 99)
    assert "Fix: remove index.sqlite*" in error("--data", tmp_path)


def test_paths_are_relative_to_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    with serve(Path("here")) as server:
        assert server.line.endswith(f"data in {tmp_path}/here\n")


def test_the_public_url_is_used(tmp_path: Path) -> None:
    with serve(tmp_path / "data", "--public-url", "https://bench.example/c/") as server:
        url = simulation({}).url(server.client)
    assert url.startswith("https://bench.example/c/archives/")


def test_the_key_is_secret_and_stays(tmp_path: Path) -> None:
    with serve(tmp_path):
        key = (tmp_path / "key").read_bytes()
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with serve(tmp_path):
        assert (tmp_path / "key").read_bytes() == key
    assert len(key) == 32
