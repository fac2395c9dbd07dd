"""Runs the services until its input ends, as the first process of namespaces of its own.

`python3 -m tests.e2e.cluster.services FOLDER INSTALLED PORT`, by cluster.py. The kernel kills all
services when this process ends, however it ends.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.cluster.packages import PLACE, loader_of
from tests.e2e.libc import other_libc

# PostgreSQL refuses a user without a name. The workers' have neither a name nor a home.
SERVICE = 65534  # nobody
_ROOT = PLACE / "root"
# Less than 10 s where nothing else runs.
_TIMEOUT_S = 300


@dataclass(frozen=True)
class Worker:
    """One that executes actions.

    Attributes:
      name: of its bot and its folder.
      user: that it runs as.
      pool: that actions ask for, as `Pool`; by default the client asks for bench.
      other_libc: whether it has another libc than this machine.
    """

    name: str
    user: int
    pool: str
    other_libc: bool = False


_WORKERS = (
    Worker("one", 60001, "bench"),
    Worker("two", 60002, "bench"),
    Worker("three", 60003, "other", other_libc=True),
)


class Services:
    """Starts programs of `PLACE`.

    Attributes:
      folder: holds a folder for each user, with what its programs print and keep.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def home(self, name: str, user: int) -> Path:
        """Makes the folder of a user that nobody else can read."""
        home = self.folder / name
        home.mkdir(mode=0o700)
        os.chown(home, user, user)
        return home

    def command(self, user: int, home: Path, program: Sequence[str | Path]) -> list[str]:
        """Returns a command that runs a program as a user with few variables and no rights."""
        who = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        rights = ["--inh-caps=-all", "--no-new-privs"]
        variables = [f"HOME={home}", "PATH=/usr/local/bin:/usr/bin:/bin"]
        variables += ["TZ=GMT", "LC_ALL=C.UTF-8"]
        variables += [f"PYTHONPATH={PLACE}/site", "PYTHONDONTWRITEBYTECODE=1"]
        return [*who, *rights, "env", "-i", *variables, *map(str, program)]

    def run(self, user: int, home: Path, *program: str | Path) -> None:
        """Runs a program to its end."""
        subprocess.run(
            self.command(user, home, program),
            cwd=home,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=_TIMEOUT_S,
        )

    def start(
        self, user: int, home: Path, *program: str | Path, within: Sequence[str] = ()
    ) -> None:
        """Starts a program that runs until this process ends; a command may run that command."""
        log = home / f"{Path(program[0]).name}.log"
        with log.open("wb") as output:
            subprocess.Popen(
                [*within, *self.command(user, home, program)],
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


def wait_until(is_ready: Callable[[], bool], what: str) -> None:
    """Waits until something is ready; ends this process if it takes too long."""
    end = time.monotonic() + _TIMEOUT_S
    while not is_ready():
        if time.monotonic() > end:
            sys.exit(f"cluster: {what} is not ready after {_TIMEOUT_S} s")
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Returns whether somebody listens at a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def start_postgres(
    services: Services, home: Path, how: Sequence[str], settings: Sequence[str]
) -> Path:
    """Starts PostgreSQL; returns the folder of its programs.

    Args:
      services: that are started.
      home: of its user, which gets its socket.
      how: options of initdb.
      settings: of the server.
    """
    (programs,) = (_ROOT / "usr/lib/postgresql").glob("*/bin")
    data = home / "database"
    always = ["--username=postgres", "--no-sync", "--encoding=UTF8"]
    services.run(SERVICE, home, programs / "initdb", *always, *how, data)
    common = ["fsync=off", "timezone=GMT", "log_timezone=GMT", f"unix_socket_directories={home}"]
    options = " ".join(f"-c {one}" for one in [*common, *settings])
    control = [f"--pgdata={data}", f"--log={home}/postgres.log", "--wait"]
    services.run(SERVICE, home, programs / "pg_ctl", *control, f"--options={options}", "start")
    return programs


def start_database(services: Services, home: Path) -> str:
    """Starts the service's database; returns its address, a socket in the folder of its user."""
    programs = start_postgres(services, home, ["--auth=trust"], ["listen_addresses="])
    services.run(SERVICE, home, programs / "createdb", f"--host={home}", "-Upostgres", "grid")
    return f"postgresql://postgres@/grid?host={home}"


def start_service(services: Services, port: int) -> None:
    """Starts BuildGrid with its database."""
    home = services.home("service", SERVICE)
    database = start_database(services, home)
    template = Path(__file__).with_name("buildgrid.yml").read_text("utf-8")
    configuration = home / "buildgrid.yml"
    text = template.format(port=port, database=database, folder=home)
    configuration.write_text(text, "utf-8")
    os.chown(configuration, SERVICE, SERVICE)
    program = "import sys; from buildgrid.server.app import cli; sys.exit(cli())"
    python: list[str | Path] = [*loader_of(_ROOT), _ROOT / "usr/bin/python3.13", "-s", "-P"]
    bgd: list[str | Path] = [*python, "-c", program]
    services.run(SERVICE, home, *bgd, "migrate", "apply", database)
    services.start(SERVICE, home, *bgd, "server", "start", configuration)
    wait_until(lambda: answers(port), "BuildGrid")


def start_worker(services: Services, worker: Worker, port: int) -> None:
    """Starts a worker and its own copy of what it needs of the storage."""
    home = services.home(worker.name, worker.user)
    programs = _ROOT / "usr/bin"
    service = f"http://127.0.0.1:{port}"
    address = home / "casd.sock"
    own: list[str | Path] = [f"--bind=unix:{address}", home / "cache"]
    services.start(worker.user, home, programs / "buildbox-casd", f"--cas-remote={service}", *own)
    wait_until(address.exists, f"the storage of worker {worker.name}")
    properties = ["--platform", "OSFamily=linux", "--platform", f"Pool={worker.pool}"]
    services.start(
        worker.user,
        home,
        programs / "buildbox-worker",
        f"--bots-remote={service}",
        f"--cas-remote=unix:{address}",
        f"--buildbox-run={programs}/buildbox-run-hosttools",
        "--concurrent-jobs=2",
        *properties,
        worker.name,
        within=other_libc(home) if worker.other_libc else (),
    )


def main(folder: Path, installed: Path, port: int) -> None:
    """Mounts, starts all of it, prints a line, and waits for the end of its input."""
    subprocess.run(["mount", "--bind", installed, PLACE], check=True)
    # Workers share one, as those of one machine do, but not with what else runs on this one.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "none", "/tmp"], check=True)
    services = Services(folder)
    start_service(services, port)
    for worker in _WORKERS:
        start_worker(services, worker, port)
    print("started", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
