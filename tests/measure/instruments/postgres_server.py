"""A real PostgreSQL server of this machine, for one test session."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules_codspeed.measure.instruments.postgres.client import Session
from rules_codspeed.measure.instruments.postgres.dsn import parse_dsn

PASSWORD = "s3cret of the tests"
_NOBODY = 65534
_TIMEOUT_S = 60


@dataclass(frozen=True)
class Postgres:
    """A running server.

    Attributes:
      port: on loopback, where passwords are checked by SCRAM.
      folder: of its socket, where they are not.
    """

    port: int
    folder: Path

    @property
    def dsn(self) -> str:
        """Of a superuser, by TCP."""
        password = PASSWORD.replace(" ", "%20")
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def by_socket(self) -> str:
        """The same without a password."""
        return f"host={self.folder} port={self.port} user=postgres dbname=postgres"

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Another client than that under test."""
        session = Session(parse_dsn(self.by_socket))
        try:
            yield session
        finally:
            session.close()


def _programs() -> Path:
    """Returns the folder of the newest server's programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]),
    )
    if not found:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    return found[-1].parent


def _as_user() -> list[str]:
    """Returns the start of a command that PostgreSQL takes: it refuses root."""
    if os.geteuid():
        return []
    command = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this sandbox has no user but root, as which PostgreSQL does not run")
    return command


@contextlib.contextmanager
def running_postgres(preload: str = "pg_stat_statements") -> Iterator[Postgres]:
    """Starts a server, and stops it.

    Args:
      preload: libraries that it loads.
    """
    programs, user = _programs(), _as_user()
    # Short, for the socket; where others can enter.
    folder = Path(tempfile.mkdtemp(prefix="pg.", dir="/var/tmp"))
    if user:
        os.chown(folder, _NOBODY, _NOBODY)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Postgres(probe.getsockname()[1], folder)
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}

    def run(*command: str | Path) -> None:
        subprocess.run(
            [*user, *map(str, command)],
            env=variables,
            cwd=folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
        )

    data = folder / "data"
    try:
        how = ["--auth-local=trust", "--auth-host=scram-sha-256", "--username=postgres"]
        run(programs / "initdb", *how, "--no-sync", "--encoding=UTF8", "-D", data)
        settings = [
            f"shared_preload_libraries={preload}",
            f"port={server.port}",
            f"unix_socket_directories={folder}",
            *("listen_addresses=127.0.0.1", "fsync=off"),
        ]
        options = " ".join(f"-c {one}" for one in settings)
        log = f"--log={folder}/log"
        run(programs / "pg_ctl", "-D", data, log, "--wait", f"--options={options}", "start")
        try:
            with server.session() as session:
                session.query(f"ALTER USER postgres PASSWORD '{PASSWORD}'", 5)
            yield server
        finally:
            run(programs / "pg_ctl", "-D", data, "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
