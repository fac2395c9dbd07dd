"""A cluster for a test: started, asked and stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.bazel import REPOSITORY
from tests.e2e.cluster.packages import installed


@dataclass(frozen=True)
class Cluster:
    """A running service with three workers.

    Attributes:
      port: of the service, on loopback.
      folder: holds what the services print and keep.
    """

    port: int
    folder: Path

    @property
    def flags(self) -> list[str]:
        """The flags that send actions there, as docs/remote.md has them."""
        return [
            f"--remote_executor=grpc://127.0.0.1:{self.port}",
            "--spawn_strategy=remote,local",
            "--remote_default_exec_properties=OSFamily=linux",
            # Else what asks for no pool could run on the worker with another libc.
            "--remote_default_exec_properties=Pool=bench",
            "--experimental_remote_cache_eviction_retries=5",
        ]

    def lose_everything(self) -> None:
        """Removes all that the service's storage holds, as a cache does that is full or broken."""
        for file in (self.folder / "service/cas").rglob("*"):
            if file.is_file():
                file.unlink()


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Runs a cluster within the context.

    Raises:
      unittest.SkipTest: this machine cannot have one.
    """
    with running("services") as (folder, port):
        yield Cluster(port, folder)


@contextlib.contextmanager
def running(module: str) -> Iterator[tuple[Path, int]]:
    """Runs what a module beside this one starts; yields a folder of its own, and a free port.

    Raises:
      unittest.SkipTest: this machine cannot.
    """
    spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() or subprocess.run([*spaces, "true"], capture_output=True).returncode:
        raise unittest.SkipTest("needs root, to run services as other users")
    programs = installed()
    # Where other users can enter, and not below /tmp: that is the workers' own.
    folder = Path(tempfile.mkdtemp(prefix="cluster-rules_codspeed.", dir="/var/tmp"))
    folder.chmod(0o755)
    port = _free_port()
    command = [*spaces, sys.executable, "-m", f"tests.e2e.cluster.{module}", str(folder)]
    try:
        with (
            (folder / "services.log").open("w+") as log,
            subprocess.Popen(
                [*command, str(programs), str(port)],
                cwd=REPOSITORY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as process,
        ):
            try:
                assert process.stdout
                if process.stdout.readline() != "started\n":
                    log.seek(0)
                    raise AssertionError(f"{module} did not start:\n{log.read()}")
                yield folder, port
            finally:
                process.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
