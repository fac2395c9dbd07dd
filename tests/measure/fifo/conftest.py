"""No lock: nothing here uses the stage that the tests of the folder above lock."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def alone() -> None:
    """In place of the lock: these tests run beside each other."""
