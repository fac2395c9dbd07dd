"""No lock of the stage: nothing here measures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.measure.instruments.postgres_server import Postgres, running_postgres


@pytest.fixture(scope="session", autouse=True)
def alone() -> None:
    """In place of the lock: these tests run beside each other."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real server."""
    with running_postgres() as server:
        yield server
