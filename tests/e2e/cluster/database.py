"""Runs a PostgreSQL that is observed, until its input ends.

`python3 -m tests.e2e.cluster.database FOLDER INSTALLED PORT`, by cluster.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.cluster.packages import PLACE
from tests.e2e.cluster.services import SERVICE, Services, start_postgres

PASSWORD = "the-s3cret-of-the-database"


def main(folder: Path, installed: Path, port: int) -> None:
    """Starts it, where connections by TCP need the password, and waits."""
    subprocess.run(["mount", "--bind", installed, PLACE], check=True)
    services = Services(folder)
    home = services.home("database", SERVICE)
    stated = home / "password"
    stated.write_text(f"{PASSWORD}\n", "utf-8")
    os.chown(stated, SERVICE, SERVICE)
    how = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={stated}"]
    settings = ["shared_preload_libraries=pg_stat_statements", f"port={port}"]
    start_postgres(services, home, how, [*settings, "listen_addresses=127.0.0.1"])
    print("started", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
